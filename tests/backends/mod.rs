//! Whether a backend does what `flex` does.

mod layers;
mod products;
mod training;

use burn::tensor::{Device, Tensor, TensorData};

/// Compares the device of this name with `flex`, and panics where it finds something else.
pub type Check = fn(&str, &Device);

/// All checks by name.
pub const CHECKS: [(&str, Check); 8] = [
    ("products", products::every_layout),
    ("rounded products", products::every_precision),
    ("every pair of similarity and separation", layers::every_pair),
    ("heads, values and steps", layers::heads_values_and_steps),
    ("unusual states", layers::unusual_states),
    ("attention", layers::attention),
    ("usage", layers::usage),
    ("steps of training", training::steps_and_measures),
];

/// The backends that are compiled in, beside `flex`, by the names of their devices.
#[allow(deprecated, clippy::vec_init_then_push, unused_mut)]
pub fn devices() -> Vec<(&'static str, Device)> {
    let mut devices = Vec::new();
    #[cfg(feature = "ndarray")]
    devices.push(("ndarray", Device::ndarray()));
    #[cfg(feature = "wgpu")]
    devices.push(("wgpu", Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)));
    #[cfg(feature = "cpu")]
    devices.push(("cpu", Device::cpu()));
    #[cfg(feature = "cuda")]
    devices.push(("cuda", Device::cuda(0)));
    devices
}

/// How far numbers may be from those of `flex`, relative to the largest of a tensor.
const VALUES: f32 = 1e-4;
/// The same for gradients.
pub const GRADIENTS: f32 = 1e-3;

/// Compares tensors with those of `flex`; NaN equals NaN.
#[track_caller]
pub fn compare(name: &str, found: TensorData, expected: TensorData, tolerance: f32) {
    assert_eq!(found.shape(), expected.shape(), "{name}");
    let [found, expected] = [found, expected].map(|data| data.iter::<f32>().collect::<Vec<_>>());
    let finite = expected.iter().filter(|number| number.is_finite());
    let largest = finite.fold(f32::MIN_POSITIVE, |largest, number| largest.max(number.abs()));
    for (index, (&found, &expected)) in found.iter().zip(&expected).enumerate() {
        let near = (found - expected).abs() <= tolerance * largest;
        let equal = found == expected || (found.is_nan() && expected.is_nan());
        assert!(near || equal, "{name}: entry {index} is {found}, on flex {expected}");
    }
}

/// Numbers from −1 to 1, another series for each seed.
fn numbers<const D: usize>(shape: [usize; D], seed: usize, device: &Device) -> Tensor<D> {
    let number = |i: usize| {
        let mut mixed = (i as u32).wrapping_add(seed as u32 * 7919);
        for by in [0x7feb_352d, 0x846c_a68b] {
            mixed = (mixed ^ mixed >> 16).wrapping_mul(by);
        }
        (mixed ^ mixed >> 15) as f32 / u32::MAX as f32 * 2.0 - 1.0
    };
    let count = shape.iter().product();
    Tensor::from_data(TensorData::new((0..count).map(number).collect(), shape), device)
}
