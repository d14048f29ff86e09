//! How well a stack of layers answers with images, and how it uses its patterns.

use std::ops::Range;

use burn::tensor::{Tensor, assert_shape};
use hopfield_layer::{Answer, HopfieldLayer, Usage, distinct_patterns};
use serde::Serialize;

use crate::stack::CHUNK;
use crate::{HopfieldStack, Likeness, mse_per_pixel, simplex_bound, squared_error};

/// Answers that an [`Evaluation`] keeps.
const SHOWN: usize = 16;

/// What was measured on held-out images.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// The error, in the objective's [measure](crate::Measure).
    pub error: f64,
    /// Every layer, from the input on; empty for a classifier.
    pub layers: Vec<LayerEvaluation>,
    /// The weights of every layer; empty for a classifier.
    pub usages: Vec<Usage>,
    /// The answers to the first states, at most 16, if they are images: `[≤ 16, m]`.
    pub answers: Option<Tensor<2>>,
    /// The least error that the values of the last layer allow, if it was [measured](Self::add_simplex_bound).
    pub simplex_bound: Option<f64>,
}

/// The simplex bound is measured for layers of so many patterns at most: it takes time in proportion to their square.
const MOST_BOUND: usize = 1024;

impl Evaluation {
    /// Measures how much the patterns of each layer look like `images`, if they are of the images' dimension. This takes
    /// about a sixth of the multiplications of an epoch of training with these images.
    pub fn add_likeness(&mut self, stack: &HopfieldStack, images: &Tensor<2>) {
        let [_, d] = images.dims();
        for (found, layer) in self.layers.iter_mut().zip(&stack.layers) {
            let values = layer.values.as_ref().unwrap_or(&layer.patterns).val();
            found.likeness = (values.dims()[1] == d).then(|| Likeness::new(&values, images));
        }
    }

    /// Measures the [`simplex_bound`] of the last layer for the targets that the error was measured on, if the stack answers
    /// with images and that layer has 1,024 patterns at most.
    pub fn add_simplex_bound(&mut self, stack: &HopfieldStack, targets: &Tensor<2>) {
        let last = stack.layers.last().expect("a stack has layers");
        if self.answers.is_some() && last.pattern_count() <= MOST_BOUND {
            self.simplex_bound = simplex_bound(last, targets);
        }
    }
}

/// How a layer uses its patterns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerEvaluation {
    /// The inverse temperature β of every head.
    pub beta: Vec<f64>,
    /// How much the answers differ from state to state: their variance over the states, averaged over their
    /// entries and divided by the variance of the entries of the values. 0: every state gets the same answer.
    pub output_variance: f64,
    /// How many patterns share a state's weight: `exp(−Σ_n P_bn ln P_bn)`, averaged over states and heads.
    /// 1: one pattern has all of it; N: all have the same weight.
    pub perplexity: f64,
    /// The smallest k such that the k largest weights of a state sum to .9, averaged over states and heads.
    pub metastable_size: f64,
    /// The number of patterns, counted in every head, that are the best match of at least one state, or have a mean weight
    /// of at least a tenth of 1/N. Copies with equal values [count once](hopfield_layer::distinct_patterns).
    pub used_patterns: usize,
    /// How much what it answers with (its values, or else its patterns) looks like training images; none if it was not
    /// measured, or is no image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likeness: Option<Likeness>,
}

impl LayerEvaluation {
    fn new(layer: &HopfieldLayer, usage: &Usage, variance: f64) -> Self {
        let sizes = usage.metastable_sizes();
        let values = layer.values.as_ref().unwrap_or(&layer.patterns).val().without_autodiff();
        let of_values = (values.clone() - values.mean().unsqueeze()).square().mean();
        let of_values = of_values.into_scalar::<f64>();
        Self {
            beta: layer.beta(),
            output_variance: if of_values == 0.0 { 0.0 } else { variance / of_values },
            perplexity: usage.perplexity(),
            metastable_size: sizes.iter().sum::<usize>() as f64 / sizes.len() as f64,
            used_patterns: used_patterns(layer, usage),
            likeness: None,
        }
    }
}

fn used_patterns(layer: &HopfieldLayer, usage: &Usage) -> usize {
    let dead = usage.dead_patterns();
    let used = (0..usage.best_matches().len()).filter(|index| dead.binary_search(index).is_err());
    let host = |numbers: Tensor<2>| -> Vec<f32> { numbers.into_data().iter().collect() };
    let values = layer.values.as_ref().map(|values| host(values.val()));
    let patterns = host(layer.patterns.val());
    distinct_patterns(used, &patterns, values.as_deref(), [layer.pattern_count(), layer.heads()])
}

/// Answers `states` and compares the answers with `targets`.
///
/// # Shapes
///
/// - states: `[n, d]`
/// - targets: `[n, m]`
///
/// # Panics
///
/// If there are no states, or they have other shapes.
pub fn evaluate(stack: &HopfieldStack, states: &Tensor<2>, targets: &Tensor<2>) -> Evaluation {
    evaluate_and(stack, states, targets, |_, _| {})
}

/// [`evaluate`]s, and lets `see` see what each layer makes of the states: their rows, some at a time, and the
/// [trace](HopfieldStack::trace) of these.
///
/// # Shapes
///
/// - states: `[n, d]`
/// - targets: `[n, m]`
///
/// # Panics
///
/// If there are no states, or they have other shapes.
pub fn evaluate_and(
    stack: &HopfieldStack,
    states: &Tensor<2>,
    targets: &Tensor<2>,
    mut see: impl FnMut(Range<usize>, &[Answer]),
) -> Evaluation {
    let [n, _] = states.dims();
    let dim = stack.output_dim();
    assert_shape!(targets, [n, dim]);
    let usage = |layer: &HopfieldLayer| Usage::new(layer.heads());
    let mut usages: Vec<Usage> = stack.layers.iter().map(usage).collect();
    let mut variances = vec![0.0; stack.layers.len()];
    let mut error = 0.0;
    let mut shown = None;
    stack.trace_in_chunks(states, |rows, answers| {
        let share = rows.len() as f64 / n as f64;
        for (answer, (usage, variance)) in answers.iter().zip(usages.iter_mut().zip(&mut variances))
        {
            usage.add(&answer.weights);
            // Around the chunk's own mean, which rounds less than a difference of squares.
            let retrieved = answer.retrieved.clone();
            let centred = retrieved.clone() - retrieved.mean_dim(0);
            *variance += share * centred.square().mean().into_scalar::<f64>();
        }
        let last = answers.last().expect("a stack has layers").retrieved.clone();
        shown.get_or_insert_with(|| last.clone().slice_dim(0, 0..rows.len().min(SHOWN)));
        let target = targets.clone().slice_dim(0, rows.clone());
        error += squared_error(last, target).into_scalar::<f64>();
        see(rows, answers);
    });
    let layers = stack.layers.iter().zip(&usages).zip(variances);
    let layers =
        layers.map(|((layer, usage), variance)| LayerEvaluation::new(layer, usage, variance));
    let error = mse_per_pixel(error, n, dim);
    Evaluation { error, layers: layers.collect(), usages, answers: shown, simplex_bound: None }
}

/// The mean squared error per pixel of a stack that answers images with themselves. `stack` must be without autodiff.
///
/// # Shapes
///
/// - images: `[n, d]`
///
/// # Panics
///
/// If there are no images, or the stack takes or answers in another dimension.
pub fn reconstruction_error(stack: &HopfieldStack, images: &Tensor<2>) -> f64 {
    let [count, dim] = images.dims();
    let chunks = images.clone().split(CHUNK, 0).into_iter();
    let errors =
        chunks.map(|chunk| squared_error(stack.forward(chunk.clone()), chunk).into_scalar::<f64>());
    mse_per_pixel(errors.sum(), count, dim)
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
        let error =
            squared_error(stack.forward(states.clone()), states.clone()).into_scalar::<f64>();
        assert!((found.error - error / (2 * n) as f64).abs() < 1e-6);
        assert_eq!(found.layers[0].used_patterns, 3);
        // All states in one chunk, by hand.
        let answers = stack.forward(states);
        let whole = (answers.clone() - answers.mean_dim(0)).square().mean().into_scalar::<f64>();
        let of_values = 4.0 / 6.0; // the entries 1, 0, 0, 1, −1, −1 have mean 0
        let output_variance = found.layers[0].output_variance;
        assert!((output_variance - whole / of_values).abs() < 0.01, "{output_variance}");
        assert!(output_variance > 0.1);
    }
}
