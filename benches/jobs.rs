//! What the benchmarks do.

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Precision, Similarity};
use hopfield_model::{HopfieldStackConfig, LearningRates, Sgd, squared_error};

/// d of MNIST.
pub const DIM: usize = 784;

/// Numbers between 0 and 1.
pub fn numbers(count: usize) -> Vec<f32> {
    let number = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0;
    (0..count).map(number).collect()
}

/// Rows of numbers between 0 and 1.
pub fn rows(count: usize, dim: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(numbers(count * dim), [count, dim]), device)
}

/// Trains with the next batch, gives the loss.
pub fn training(
    layers: usize,
    patterns: usize,
    batch: usize,
    similarity: Similarity,
    images: Tensor<2>,
    precision: Precision,
) -> impl FnMut() -> Tensor<1> {
    let [count, dim] = images.dims();
    let device = images.device();
    let batches: Vec<_> = (0..count / batch)
        .map(|at| images.clone().slice_dim(0, at * batch..(at + 1) * batch))
        .collect();
    let layer = HopfieldLayerConfig::new(patterns, dim)
        .with_similarity(similarity)
        .with_beta(Some(Beta::Fixed(0.05)))
        .with_init(Init::Uniform { low: 0.0, high: 1.0 });
    let config = HopfieldStackConfig { layers: vec![layer; layers], residual: false };
    let like = Tensor::zeros([1, dim], &device.clone().autodiff());
    let mut stack = config.init(0, &like, &like).expect("a stack");
    stack.layers.iter_mut().for_each(|layer| layer.precision = precision);
    let mut sgd = Sgd::new(0.0, None, &stack);
    // The mean over pixels and images, with a rate of .001, as in the other programs.
    let rates = LearningRates { patterns: 1e-3, log_beta: 0.0 };
    let mut next = 0;
    move || {
        let images = batches[next % batches.len()].clone();
        next += 1;
        let loss = squared_error(stack.forward(images.clone()), images) / (batch * dim) as f64;
        sgd.step(&mut stack, &loss.backward(), rates);
        loss
    }
}
