//! Which tensors suit, and how large launches are.

use burn::backend::DispatchDevice;
use burn::tensor::{DType, Device, Shape, Tensor};
use burn_cubecl::cubecl::client::Client;
use burn_cubecl::cubecl::ir::{ElemType, FloatKind};
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;

use crate::Precision;

/// Units that work on a row at most.
const UNITS: usize = 256;
/// Cubes along the first axis of a launch at most.
const CUBES: usize = 1 << 15;

/// The type of the numbers.
pub(super) const F32: ElemType = ElemType::Float(FloatKind::F32);

/// Whether matrix products take factors of this precision there.
pub(super) fn has(precision: Precision, device: &Device) -> bool {
    let DispatchDevice::Cube(device) = device.clone().inner().as_dispatch().clone() else {
        return false;
    };
    let number = ElemType::Float(match precision {
        Precision::F32 => FloatKind::F32,
        Precision::Tf32 => FloatKind::TF32,
        Precision::Bf16 => FloatKind::BF16,
    });
    device.client().properties().supports_type(number)
}

pub(super) fn is_cube<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32
        && matches!(tensor.device().inner().as_dispatch(), DispatchDevice::Cube(_))
}

/// How many units work on a row of so many entries: a power of two; one on a CPU, where they would wait for each other.
pub(super) fn units(client: &Client, entries: usize) -> usize {
    let hardware = &client.properties().hardware;
    match hardware.num_cpu_cores {
        Some(_) => 1,
        None => {
            let most = UNITS.min(hardware.max_units_per_cube as usize);
            let most = if most.is_power_of_two() { most } else { most.next_power_of_two() / 2 };
            entries.next_power_of_two().clamp(1, most)
        }
    }
}

/// The width of the square that a cube finds: one unit for each entry, and one in all on a CPU.
pub(super) fn tile(client: &Client) -> usize {
    let hardware = &client.properties().hardware;
    match hardware.num_cpu_cores {
        Some(_) => 1,
        None => (1..=4)
            .map(|power| 1 << power)
            .rfind(|side| side * side <= hardware.max_units_per_cube as usize)
            .unwrap_or(1),
    }
}

/// A cube for each row, and some for none if there are many.
pub(super) fn cube_per_row(rows: usize) -> CubeCount {
    let along = rows.clamp(1, CUBES);
    CubeCount::Static(along as u32, rows.div_ceil(along).max(1) as u32, 1)
}

/// An uninitialised tensor on the device of another.
pub(super) fn empty_beside(tensor: &CubeTensor, shape: Shape) -> CubeTensor {
    let numbers = shape.num_elements();
    assert!(numbers < 1 << 32, "{numbers} numbers at once; a kernel takes fewer than 2³²");
    let (client, device) = (tensor.client.clone(), tensor.device.clone());
    empty_device_contiguous_dtype(client, device, shape, DType::F32)
}
