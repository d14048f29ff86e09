//! How well a stack answers, and how it uses its patterns.

use std::ops::Range;

use burn::tensor::{Tensor, assert_shape};
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
    /// The inverse temperature β.
    pub beta: f64,
    /// How many patterns share a state's weight: `exp(−Σ_n P_bn ln P_bn)`, the mean over the states.
    /// 1 = one pattern takes all, N = all are alike.
    pub perplexity: f64,
    /// Patterns that are the best match of at least one state, or carry on average at least a tenth of
    /// the mean weight 1/N.
    pub used_patterns: usize,
}

/// Answers `states` and compares with `targets`.
///
/// # Shapes
///
/// - states, targets: `[n, d]`
///
/// # Panics
///
/// If the shapes differ, or their last axis is not the stack's dimension.
pub fn evaluate(stack: &HopfieldStack, states: &Tensor<2>, targets: &Tensor<2>) -> Evaluation {
    let [n, dim] = states.dims();
    assert_shape!(targets, [n, dim]);
    let mut usages: Vec<Usage> = stack.layers.iter().map(|_| Usage::default()).collect();
    let mut error = 0.0;
    for start in (0..n).step_by(CHUNK) {
        let chunk: Range<usize> = start..n.min(start + CHUNK);
        let mut retrieved = states.clone().slice_dim(0, chunk.clone());
        for (trace, usage) in stack.trace(retrieved.clone()).into_iter().zip(&mut usages) {
            usage.add(trace.weights);
            retrieved = trace.retrieved;
        }
        let target = targets.clone().slice_dim(0, chunk);
        error += squared_error(retrieved, target).into_scalar::<f64>();
    }
    let layers = stack.layers.iter().zip(usages);
    Evaluation {
        mse: mse_per_pixel(error, n, dim),
        layers: layers.map(|(layer, usage)| usage.finish(layer.beta(), n)).collect(),
    }
}

/// Sums over the states seen so far.
#[derive(Default)]
struct Usage {
    perplexity: f64,
    weights: Vec<f64>,
    best_match: Vec<bool>,
}

impl Usage {
    /// weights: `[B, N]`.
    fn add(&mut self, weights: Tensor<2>) {
        let [_, n] = weights.dims();
        self.weights.resize(n, 0.0);
        self.best_match.resize(n, false);

        let log = weights.clone().clamp_min(f32::MIN_POSITIVE).log();
        let entropy = -(weights.clone() * log).sum_dim(1); // [B, 1]
        self.perplexity += entropy.exp().sum().into_scalar::<f64>();
        for best in host::<i64>(weights.clone().argmax(1).into_data()) {
            self.best_match[best as usize] = true;
        }
        let sums = host::<f64>(weights.sum_dim(0).into_data());
        for (total, sum) in self.weights.iter_mut().zip(sums) {
            *total += sum;
        }
    }

    fn finish(self, beta: f64, states: usize) -> LayerEvaluation {
        let enough = 0.1 * states as f64 / self.weights.len() as f64;
        let used = |(&best, &weight): (&bool, &f64)| best || weight >= enough;
        let patterns = self.best_match.iter().zip(&self.weights);
        LayerEvaluation {
            beta,
            perplexity: self.perplexity / states as f64,
            used_patterns: patterns.filter(|&pattern| used(pattern)).count(),
        }
    }
}

/// The numbers, on the host.
fn host<E: burn::tensor::Element>(data: burn::tensor::TensorData) -> Vec<E> {
    data.iter::<E>().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use hopfield_layer::HopfieldLayer;

    #[test]
    fn usage_by_hand() {
        let device = Device::flex();
        let mut usage = Usage::default();
        usage.add(Tensor::from_data([[0.5, 0.5, 0.0, 0.0]], &device));
        usage.add(Tensor::from_data([[1.0, 0.0, 0.0, 0.0], [0.85, 0.0, 0.0, 0.15]], &device));
        let found = usage.finish(2.0, 3);
        // Perplexities 2, 1 and exp(H(.85, .15)); the last pattern carries .05 ≥ .1 / 4 on average.
        let third = (-(0.85f64 * 0.85f64.ln() + 0.15 * 0.15f64.ln())).exp();
        assert!((found.perplexity - (2.0 + 1.0 + third) / 3.0).abs() < 1e-6);
        assert_eq!(found.used_patterns, 3);
        assert_eq!(found.beta, 2.0);
    }

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
