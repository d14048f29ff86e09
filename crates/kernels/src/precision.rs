//! Products of matrices with factors of a chosen precision.

use std::fmt::{self, Display, Formatter};

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::{cube, fused};

/// How exactly the factors of a product of matrices are taken. Products are added up in `f32`, whatever the precision.
///
/// The tensor cores of GPUs take the shorter ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 24 binary digits: all that there are. (PyTorch's `highest`.)
    #[default]
    F32,
    /// 11 binary digits, with the range of `f32`. (PyTorch's `high`.)
    Tf32,
    /// 8 binary digits, with the range of `f32`. (PyTorch's `medium`.)
    Bf16,
}

impl Display for Precision {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::F32 => "f32",
            Self::Tf32 => "tf32",
            Self::Bf16 => "bf16",
        })
    }
}

impl Precision {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::F32, Self::Tf32, Self::Bf16];

    /// Whether a device takes factors of this precision. The flex backend takes all: it rounds them and is no faster for it.
    pub fn works_on(self, device: &Device) -> bool {
        self == Self::F32 || fused::is_flex(device) || cube::has(self, device)
    }
}

/// `lhs · rhs`, of matrices or of equally many along the other axes, exactly. Burn's own `matmul` may round
/// factors to [`Tf32`](Precision::Tf32) on a GPU, if its tuner finds that faster.
///
/// # Shapes
///
/// - lhs: `[.., S, K]`, rhs: `[.., K, N]`, result: `[.., S, N]`
///
/// # Panics
///
/// If the shapes do not fit each other.
pub fn matmul<const D: usize>(lhs: Tensor<D>, rhs: Tensor<D>) -> Tensor<D> {
    matmul_with(Precision::F32, lhs, rhs)
}

/// [`matmul`] with factors of this precision. So are those of its gradients.
///
/// # Shapes
///
/// - lhs: `[.., S, K]`, rhs: `[.., K, N]`, result: `[.., S, N]`
///
/// # Panics
///
/// If the shapes do not fit each other, or the precision does not [work](Precision::works_on) on the device.
pub fn matmul_with<const D: usize>(
    precision: Precision,
    lhs: Tensor<D>,
    rhs: Tensor<D>,
) -> Tensor<D> {
    let device = lhs.device();
    let is_cube = cube::fits(&[&lhs, &rhs]);
    let burn_rounds = || cube::has(Precision::Tf32, &device);
    match precision {
        Precision::F32 if is_cube && burn_rounds() => cube::product(lhs, rhs, precision),
        Precision::Bf16 if is_cube => cube::product(lhs, rhs, precision),
        Precision::Tf32 | Precision::Bf16 if fused::is_flex(&device) => {
            fused::rounded_product(lhs, rhs, precision)
        }
        _ => {
            assert!(precision.works_on(&device), "this device has no products with {precision}");
            #[expect(clippy::disallowed_methods, reason = "its rounding is what is asked for")]
            lhs.matmul(rhs)
        }
    }
}
