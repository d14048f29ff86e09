//! The dense associative memory that classifies.

use burn::tensor::{Tensor, assert_shape};
use hopfield_kernels::matmul;
use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Range, Separation, Similarity, Values};

use super::labels::Labels;
use crate::HopfieldStack;

/// Images classified at a time, to limit memory.
const CHUNK: usize = 1000;

/// The dense associative memory that classifies (Krotov & Hopfield 2016, eqs. 3, 9 and 14).
///
/// A memory is an image ξ_i with C label parts ξ_α. An image with pixels p is a state v = 2 p − 1 whose label units are all off, −1. For each unit,
/// the question is whether the energy `E = −Σ_μ F(ξ_μ·s)`, F(z) = max(0, z)ⁿ, would fall if it were on, +1:
///
/// ```text
/// a_μ = Σ_i ξ_μi v_i − Σ_γ ξ_μγ                       overlap with all labels off
/// c_α = tanh(Σ_μ F((a_μ + 2 ξ_μα) / T) − F(a_μ / T))   one update of a label unit
/// L   = Σ_α |c_α − t_α|²ᵐ                              t_α: +1 for the right label, −1 for the others
/// ```
///
/// T is the temperature, β = 1/Tⁿ of the paper; the label is the α with the largest argument of tanh, whatever T.
///
/// It is another view of a [`HopfieldLayer`](hopfield_layer::HopfieldLayer) with the dot product and a polynomial separation of degree n − 1: the
/// image parts ξ_i are its patterns, the label parts ξ_α its values. (The layer's own answer is the same update to first order
/// in the label units, normalised.) So it is saved, exported and shown like any layer. [`Sgd::step_relative`](crate::Sgd::step_relative)
/// trains it.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use hopfield_model::{Classifier, ClassifierLoss, HopfieldStack, Sgd};
///
/// // Is the first pixel lighter than the second?
/// let images = [[1.0, 0.0, 0.5], [0.7, 0.5, 1.0], [0.4, 0.9, 0.7], [0.0, 0.5, 0.0]];
/// let images = Tensor::<2>::from_data(images, &Device::flex());
/// let layer = Classifier::layer(6, 3, 2, 3).try_init(1, &Device::flex())?;
/// let mut stack = HopfieldStack::new(vec![layer]).unwrap();
/// let mut sgd = Sgd::new(0.6, None, &stack);
/// for _ in 0..100 {
///     let classifier = Classifier::of(&stack).unwrap();
///     let loss = ClassifierLoss { temperature: 2.0, power: 2 };
///     let found = classifier.gradients(images.clone(), &[0, 0, 1, 1], loss);
///     sgd.step_relative(&mut stack, [found.memories, found.labels], 0.1, 0.0);
/// }
/// assert_eq!(Classifier::of(&stack).unwrap().classify(images), [0, 0, 1, 1]);
/// # Ok::<(), hopfield_layer::LayerError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Classifier {
    /// ξ_i: `[K, d]`.
    pub(super) memories: Tensor<2>,
    /// ξ_α: `[K, C]`.
    pub(super) labels: Tensor<2>,
    /// n, of F(z) = max(0, z)ⁿ.
    degree: u32,
}

impl Classifier {
    /// The settings of a layer of K memories of dimension d with C labels and the power n, 2 or more. As in the paper,
    /// memories start as normal numbers with mean −.3 and standard deviation .3, and stay in [−1, 1].
    pub fn layer(memories: usize, dim: usize, labels: usize, degree: u32) -> HopfieldLayerConfig {
        let init = Init::Normal { mean: -0.3, std: 0.3 };
        HopfieldLayerConfig {
            values: Some(Values { dim: labels, init }),
            separation: Separation::Polynomial(degree - 1),
            init,
            range: Some(Range { low: -1.0, high: 1.0 }),
            ..HopfieldLayerConfig::new(memories, dim)
        }
        .with_beta(Some(Beta::Fixed(1.0)))
    }

    /// The stack as a classifier, if it is one: a single layer of one head and one step, with the dot product, a polynomial
    /// separation, and values of another dimension than the patterns.
    pub fn of(stack: &HopfieldStack) -> Option<Self> {
        let [layer] = &stack.layers[..] else { return None };
        let degree = degree(layer.similarity, layer.separation)?;
        let plain = layer.heads() == 1 && layer.steps == 1 && layer.output_dim() != layer.dim();
        let labels = layer.values.as_ref().filter(|_| plain)?.val().without_autodiff();
        let memories = layer.patterns.val().without_autodiff();
        Some(Self { memories, labels, degree })
    }

    /// C, the number of labels.
    pub fn label_count(&self) -> usize {
        self.labels.dims()[1]
    }

    /// Whether a stack of such layers is a classifier.
    pub fn is_one(layers: &[HopfieldLayerConfig]) -> bool {
        let [layer] = layers else { return false };
        let values = layer.values.is_some_and(|values| values.dim != layer.dim);
        let plain = layer.heads == 1 && layer.steps == 1 && values;
        plain && degree(layer.similarity, layer.separation).is_some()
    }

    /// The labels of images, with pixels in [0, 1].
    ///
    /// # Shapes
    ///
    /// - images: `[B, d]`
    ///
    /// # Panics
    ///
    /// If the last axis is not d.
    pub fn classify(&self, images: Tensor<2>) -> Vec<usize> {
        let [count, _] = images.dims();
        let [_, labels] = self.labels.dims();
        let parts = self.parts();
        let chunks = (0..count).step_by(CHUNK).flat_map(|from| {
            let chunk = images.clone().narrow(0, from, CHUNK.min(count - from));
            parts.relative_fields(&self.overlaps(chunk))
        });
        let fields: Vec<f32> = chunks.collect();
        fields.chunks_exact(labels).map(largest).collect()
    }

    /// `Σ_i ξ_μi v_i`, on the host: B × K.
    pub(super) fn overlaps(&self, images: Tensor<2>) -> Vec<f32> {
        let [_, d] = self.memories.dims();
        assert_shape!(images, [.., d]);
        let overlaps = matmul(states(images), self.memories.clone().transpose()).into_data();
        overlaps.try_to_vec().unwrap_or_else(|_| overlaps.iter::<f32>().collect())
    }

    pub(super) fn parts(&self) -> Labels {
        let [memories, _] = self.labels.dims();
        let parts = self.labels.clone().transpose().into_data();
        Labels { parts: parts.iter::<f32>().collect(), memories, degree: self.degree }
    }
}

/// Pixels in [0, 1] as units in [−1, 1].
pub(super) fn states(images: Tensor<2>) -> Tensor<2> {
    images * 2.0 - 1.0
}

/// n, if a layer with these settings may be a classifier.
fn degree(similarity: Similarity, separation: Separation) -> Option<u32> {
    match (similarity, separation) {
        (Similarity::Dot, Separation::Polynomial(degree)) => Some(degree + 1),
        _ => None,
    }
}

/// The index of the largest field, the first of equal ones.
pub(super) fn largest(fields: &[f32]) -> usize {
    let larger =
        |best: usize, label: usize| if fields[label] > fields[best] { label } else { best };
    (0..fields.len()).fold(0, larger)
}
