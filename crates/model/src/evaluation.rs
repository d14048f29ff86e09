//! How well a stack answers, and how it uses its patterns.

use std::ops::Range;

use burn::tensor::{Tensor, assert_shape};
use hopfield_layer::{HopfieldLayer, Usage};
use serde::Serialize;

use crate::{HopfieldStack, mse_per_pixel, squared_error};

/// States answered at a time, to bound memory.
const CHUNK: usize = 1000;

/// What [`evaluate`] found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Mean squared error per pixel.
    pub mse: f64,
    /// Every layer, from the input on.
    pub layers: Vec<LayerEvaluation>,
}

/// How a layer uses its patterns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerEvaluation {
    /// The inverse temperature β of every head.
    pub beta: Vec<f64>,
    /// How many patterns share a state's weight: `exp(−Σ_n P_bn ln P_bn)`, the mean over states and heads.
    /// 1 = one pattern takes all, N = all are alike.
    pub perplexity: f64,
    /// The smallest k such that the k largest weights of a state sum to .9, the mean over states and heads.
    pub metastable_size: f64,
    /// Patterns, counted in every head, that are the best match of at least one state, or carry on average
    /// at least a tenth of the mean weight 1/N.
    pub used_patterns: usize,
}

impl LayerEvaluation {
    fn new(beta: Vec<f64>, usage: &Usage) -> Self {
        let sizes = usage.metastable_sizes();
        Self {
            beta,
            perplexity: usage.perplexity(),
            metastable_size: sizes.iter().sum::<usize>() as f64 / sizes.len() as f64,
            used_patterns: usage.best_matches().len() - usage.dead_patterns().len(),
        }
    }
}

/// Answers `states` and compares with `targets`.
///
/// # Shapes
///
/// - states: `[n, d]`
/// - targets: `[n, m]`
///
/// # Panics
///
/// If the shapes are others.
pub fn evaluate(stack: &HopfieldStack, states: &Tensor<2>, targets: &Tensor<2>) -> Evaluation {
    let [n, _] = states.dims();
    let dim = stack.output_dim();
    assert_shape!(targets, [n, dim]);
    let usage = |layer: &HopfieldLayer| Usage::new(layer.heads());
    let mut usages: Vec<Usage> = stack.layers.iter().map(usage).collect();
    let mut error = 0.0;
    for start in (0..n).step_by(CHUNK) {
        let chunk: Range<usize> = start..n.min(start + CHUNK);
        let mut retrieved = states.clone().slice_dim(0, chunk.clone());
        for (answer, usage) in stack.trace(retrieved.clone()).into_iter().zip(&mut usages) {
            usage.add(&answer.weights);
            retrieved = answer.retrieved;
        }
        let target = targets.clone().slice_dim(0, chunk);
        error += squared_error(retrieved, target).into_scalar::<f64>();
    }
    let layers = stack.layers.iter().zip(usages);
    Evaluation {
        mse: mse_per_pixel(error, n, dim),
        layers: layers.map(|(layer, usage)| LayerEvaluation::new(layer.beta(), &usage)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn chunks_make_no_difference() {
        let device = Device::flex();
        let n = 2 * CHUNK + 17;
        let numbers: Vec<f32> = (0..n * 2).map(|i| (i as f32 * 0.37).sin()).collect();
        let states = Tensor::<2>::from_data(TensorData::new(numbers, [n, 2]), &device);
        let patterns = Tensor::from_data([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]], &device);
        let layer = HopfieldLayer::from_patterns(patterns, 2.0).unwrap();
        let stack = HopfieldStack::new(vec![layer]).unwrap();
        let found = evaluate(&stack, &states, &states);
        let error = squared_error(stack.forward(states.clone()), states).into_scalar::<f64>();
        assert!((found.mse - error / (2 * n) as f64).abs() < 1e-6);
        assert_eq!(found.layers[0].used_patterns, 3);
    }
}
