//! The gradients of H, I and β against central finite differences, in f64.

use burn::tensor::{DType, Device, Tensor, TensorData};
use hopfield_layer::{Beta, HopfieldLayer, HopfieldLayerConfig};

const N: usize = 5;
const D: usize = 7;
const B: usize = 4;

/// Fixed pseudo-random numbers in [-1, 1), so that the check has no other source of randomness.
fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let step = |_| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..count).map(step).collect()
}

fn tensor(values: &[f64], shape: [usize; 2], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (device, DType::F64))
}

fn layer(h: &[f64], beta: f64, device: &Device) -> HopfieldLayer {
    let config = HopfieldLayerConfig::new(N, D).with_beta(Beta::Trainable(beta));
    let mut layer = config.init(0, device).unwrap();
    layer.patterns = burn::module::Param::from_tensor(tensor(h, [N, D], device));
    let log_beta = Tensor::from_data(TensorData::from([beta.ln()]), (device, DType::F64));
    layer.log_beta = burn::module::Param::from_tensor(log_beta);
    layer
}

/// `L = Σ R ∘ G`, so `∂L/∂R = G`.
fn loss(h: &[f64], i: &[f64], beta: f64, g: &[f64], device: &Device) -> f64 {
    let retrieved = layer(h, beta, device).forward(tensor(i, [B, D], device));
    (retrieved * tensor(g, [B, D], device)).sum().into_scalar::<f64>()
}

/// Central difference of fourth order in one variable.
fn difference(f: impl Fn(f64) -> f64) -> f64 {
    let step = 1e-3;
    (8.0 * (f(step) - f(-step)) - (f(2.0 * step) - f(-2.0 * step))) / (12.0 * step)
}

fn changed(values: &[f64], index: usize, by: f64) -> Vec<f64> {
    let mut values = values.to_vec();
    values[index] += by;
    values
}

fn assert_close(found: f64, expected: f64, what: &str) {
    let error = (found - expected).abs() / expected.abs().max(1.0);
    assert!(error < 1e-6, "{what}: {found} by autodiff, {expected} by differences");
}

#[test]
fn gradients_equal_finite_differences() {
    let plain = Device::flex();
    let device = plain.clone().autodiff();
    for beta in [0.05, 1.0, 4.0] {
        let (h, i, g) = (numbers(N * D, 1), numbers(B * D, 2), numbers(B * D, 3));
        let layer = layer(&h, beta, &device);
        let states = tensor(&i, [B, D], &device).require_grad();
        let retrieved = layer.forward(states.clone());
        let gradients = (retrieved * tensor(&g, [B, D], &device)).sum().backward();
        let of = |gradient: Tensor<2>| gradient.into_data().try_to_vec::<f64>().unwrap();

        let dh = of(layer.patterns.val().grad(&gradients).unwrap());
        assert_eq!(dh.len(), N * D);
        for (k, &found) in dh.iter().enumerate() {
            let expected = difference(|e| loss(&changed(&h, k, e), &i, beta, &g, &plain));
            assert_close(found, expected, &format!("∂L/∂H[{k}] at β = {beta}"));
        }
        let di = of(states.grad(&gradients).unwrap());
        assert_eq!(di.len(), B * D);
        for (k, &found) in di.iter().enumerate() {
            let expected = difference(|e| loss(&h, &changed(&i, k, e), beta, &g, &plain));
            assert_close(found, expected, &format!("∂L/∂I[{k}] at β = {beta}"));
        }
        let found = layer.log_beta.val().grad(&gradients).unwrap().into_scalar::<f64>();
        let expected = difference(|e| loss(&h, &i, beta * e.exp(), &g, &plain));
        assert_close(found, expected, &format!("∂L/∂log β at β = {beta}"));
    }
}
