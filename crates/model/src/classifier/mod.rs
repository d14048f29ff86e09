//! Classification by association: memories of images with their labels.

mod labels;

use std::sync::atomic::{AtomicUsize, Ordering};

use burn::tensor::{Int, Tensor, TensorData, assert_shape};
use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Range, Separation, Similarity, Values};

use crate::HopfieldStack;
use labels::Labels;

/// Images classified at a time, to bound memory.
const CHUNK: usize = 1000;

/// A factor on all gradients, so that high powers of small errors are not lost in f32. Steps are relative to the largest
/// gradient of a memory: it changes none.
const LIFT: f64 = 1e20;

/// The dense associative memory that classifies (Krotov & Hopfield 2016, eqs. 3, 9 and 14).
///
/// A memory is an image ξ_i with C label units ξ_α beside it. An image of pixels p is a state v = 2 p − 1, whose label units are all off, −1. Each is
/// asked whether the energy `E = −Σ_μ F(ξ_μ·s)`, F(z) = max(0, z)ⁿ, would fall if it were on, +1:
///
/// ```text
/// a_μ = Σ_i ξ_μi v_i − Σ_γ ξ_μγ                       overlap with all labels off
/// c_α = tanh(Σ_μ F((a_μ + 2 ξ_μα) / T) − F(a_μ / T))   one update of a label unit
/// L   = Σ_α |c_α − t_α|²ᵐ                              t_α: +1 for the right label, −1 for the others
/// ```
///
/// T is the temperature, β = 1/Tⁿ of the paper; the label is the α with the largest argument of tanh, whatever T.
///
/// It is a way to read a [`HopfieldLayer`](hopfield_layer::HopfieldLayer): images are its patterns, label units its values, with the dot product and a
/// polynomial separation of degree n − 1. (The layer's own answer is the same update to first order in the label units,
/// normalised.) So it is saved, exported and looked at as any layer. [`Sgd::step_relative`](crate::Sgd::step_relative)
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
    memories: Tensor<2>,
    /// ξ_α: `[K, C]`.
    labels: Tensor<2>,
    /// n, of F(z) = max(0, z)ⁿ.
    degree: u32,
}

/// The loss that a classifier is trained with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassifierLoss {
    /// T
    pub temperature: f64,
    /// m, half the power.
    pub power: u32,
}

/// What [`Classifier::gradients`] found.
#[derive(Debug, Clone)]
pub struct ClassifierGradients {
    /// `∂L/∂ξ_i`, up to a factor: `[K, d]`.
    pub memories: Tensor<2>,
    /// `∂L/∂ξ_α`, up to the same factor: `[K, C]`.
    pub labels: Tensor<2>,
    /// How many images were given another label.
    pub wrong: usize,
    /// How many images have a gradient: they are wrong, or not sure enough.
    pub learning: usize,
}

impl Classifier {
    /// The settings of a layer of K memories of dimension d with C labels and the power n, 2 or more. Memories are random at
    /// first, normal with mean −.3 and standard deviation .3, and stay in [−1, 1], as in the paper.
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

    /// The classifier that a stack is, if it is one: a single layer of one head and one step, with dot product, a polynomial
    /// separation, and values of another dimension.
    pub fn of(stack: &HopfieldStack) -> Option<Self> {
        let [layer] = &stack.layers[..] else { return None };
        let degree = degree(layer.similarity, layer.separation)?;
        let plain = layer.heads() == 1 && layer.steps == 1 && layer.output_dim() != layer.dim();
        let labels = layer.values.as_ref().filter(|_| plain)?.val().without_autodiff();
        let memories = layer.patterns.val().without_autodiff();
        Some(Self { memories, labels, degree })
    }

    /// C
    pub fn label_count(&self) -> usize {
        self.labels.dims()[1]
    }

    /// Whether a stack of such layers is a classifier.
    pub(crate) fn is_one(layers: &[HopfieldLayerConfig]) -> bool {
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

    /// The gradients of the loss, summed over images with these labels.
    ///
    /// # Shapes
    ///
    /// - images: `[B, d]`, pixels in [0, 1]
    ///
    /// # Panics
    ///
    /// If the last axis is not d, there is another number of labels than of images, or there is no such label.
    pub fn gradients(
        &self,
        images: Tensor<2>,
        labels: &[usize],
        loss: ClassifierLoss,
    ) -> ClassifierGradients {
        let [batch, _] = images.dims();
        let [memories, count] = self.labels.dims();
        assert!(labels.len() == batch && labels.iter().all(|&label| label < count));
        let device = images.device();
        let overlaps = self.overlaps(images.clone());
        let parts = self.parts();
        let wrong = AtomicUsize::new(0);
        let found = parts.backward(&overlaps, loss.temperature.recip() as f32, |image, fields| {
            if largest(fields) != labels[image] {
                wrong.fetch_add(1, Ordering::Relaxed);
            }
            let slope = |(label, &field): (usize, &f32)| {
                let target = if label == labels[image] { 1.0 } else { -1.0 };
                let answer = f64::from(field).tanh();
                let error = (answer - target) / 2.0;
                (LIFT * error.powi(2 * loss.power as i32 - 1) * (1.0 - answer * answer)) as f32
            };
            fields.iter().enumerate().map(slope).collect()
        });
        // Images whose labels are all right have no part in the products.
        let is_in = |row: &[f32]| row.iter().any(|&slope| slope != 0.0);
        let rows = found.overlaps.chunks_exact(memories).enumerate();
        let (chosen, slopes): (Vec<i64>, Vec<&[f32]>) =
            rows.filter(|(_, row)| is_in(row)).map(|(image, row)| (image as i64, row)).unzip();
        let learning = chosen.len();
        let by_memory = match learning {
            0 => self.memories.zeros_like(),
            n => {
                let chosen = Tensor::<1, Int>::from_data(TensorData::new(chosen, [n]), &device);
                let slopes = TensorData::new(slopes.concat(), [n, memories]);
                let slopes = Tensor::<2>::from_data(slopes, &device);
                slopes.transpose().matmul(states(images.select(0, chosen)))
            }
        };
        let by_part = TensorData::new(found.parts, [count, memories]);
        let by_part = Tensor::<2>::from_data(by_part, &device).transpose();
        ClassifierGradients {
            memories: by_memory,
            labels: by_part,
            wrong: wrong.into_inner(),
            learning,
        }
    }

    /// `Σ_i ξ_μi v_i`, on the host: B × K.
    fn overlaps(&self, images: Tensor<2>) -> Vec<f32> {
        let [_, d] = self.memories.dims();
        assert_shape!(images, [.., d]);
        let overlaps = states(images).matmul(self.memories.clone().transpose()).into_data();
        overlaps.try_to_vec().unwrap_or_else(|_| overlaps.iter::<f32>().collect())
    }

    fn parts(&self) -> Labels {
        let [memories, _] = self.labels.dims();
        let parts = self.labels.clone().transpose().into_data();
        Labels { parts: parts.iter::<f32>().collect(), memories, degree: self.degree }
    }
}

/// Pixels in [0, 1] as units in [−1, 1].
fn states(images: Tensor<2>) -> Tensor<2> {
    images * 2.0 - 1.0
}

/// n, of layers that may be classifiers.
fn degree(similarity: Similarity, separation: Separation) -> Option<u32> {
    match (similarity, separation) {
        (Similarity::Dot, Separation::Polynomial(degree)) => Some(degree + 1),
        _ => None,
    }
}

/// The first of the largest.
fn largest(fields: &[f32]) -> usize {
    let larger =
        |best: usize, label: usize| if fields[label] > fields[best] { label } else { best };
    (0..fields.len()).fold(0, larger)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const DIM: usize = 5;
    const MEMORIES: usize = 70; // more than one block, and no multiple of it
    const LABELS: usize = 3;

    fn stack(degree: u32) -> HopfieldStack {
        let layer = Classifier::layer(MEMORIES, DIM, LABELS, degree).try_init(3, &Device::flex());
        HopfieldStack::new(vec![layer.unwrap()]).unwrap()
    }

    fn images(count: usize) -> Vec<Vec<f64>> {
        let pixel = |image: usize, at: usize| {
            ((image * 37 + at * 61 + image * at * 17) % 41) as f64 / 20.0 - 1.0
        };
        (0..count).map(|image| (0..DIM).map(|at| pixel(image, at)).collect()).collect()
    }

    /// Units in [−1, 1] as pixels.
    fn tensor(rows: &[Vec<f64>]) -> Tensor<2> {
        let numbers: Vec<f32> = rows.concat().into_iter().map(|x| (x as f32 + 1.0) / 2.0).collect();
        Tensor::from_data(TensorData::new(numbers, [rows.len(), DIM]), &Device::flex())
    }

    fn rows(of: &Tensor<2>) -> Vec<Vec<f64>> {
        let [_, width] = of.dims();
        let numbers: Vec<f64> = of.to_data().iter::<f64>().collect();
        numbers.chunks_exact(width).map(<[f64]>::to_vec).collect()
    }

    /// The arguments of tanh by their definition: what the energy would fall by, with the whole state written out.
    fn fields(
        memories: &[Vec<f64>],
        parts: &[Vec<f64>],
        image: &[f64],
        degree: u32,
        t: f64,
    ) -> Vec<f64> {
        let energy = |labels: &[f64]| -> f64 {
            let overlap = |(memory, part): (&Vec<f64>, &Vec<f64>)| -> f64 {
                let of_image: f64 = memory.iter().zip(image).map(|(a, b)| a * b).sum();
                of_image + part.iter().zip(labels).map(|(a, b)| a * b).sum::<f64>()
            };
            let f = |z: f64| (z.max(0.0) / t).powi(degree as i32);
            -memories.iter().zip(parts).map(overlap).map(f).sum::<f64>()
        };
        let off = vec![-1.0; LABELS];
        let field = |label: usize| {
            let mut on = off.clone();
            on[label] = 1.0;
            energy(&off) - energy(&on)
        };
        (0..LABELS).map(field).collect()
    }

    #[test]
    fn gradients_are_those_of_the_loss() {
        let images = images(40);
        let targets: Vec<usize> = (0..images.len()).map(|image| image % LABELS).collect();
        for (degree, power, temperature) in [(2, 1, 4.0), (3, 2, 3.0), (7, 2, 2.0)] {
            let stack = stack(degree);
            let classifier = Classifier::of(&stack).unwrap();
            let (memories, parts) = (rows(&classifier.memories), rows(&classifier.labels));
            let loss = |memories: &[Vec<f64>], parts: &[Vec<f64>]| -> f64 {
                let of_image = |(image, &target): (&Vec<f64>, &usize)| -> f64 {
                    let fields = fields(memories, parts, image, degree, temperature);
                    let term = |(label, field): (usize, f64)| {
                        let wanted = if label == target { 1.0 } else { -1.0 };
                        (field.tanh() - wanted).abs().powi(2 * power)
                    };
                    fields.into_iter().enumerate().map(term).sum()
                };
                images.iter().zip(&targets).map(of_image).sum()
            };
            let settings = ClassifierLoss { temperature, power: power as u32 };
            let found = classifier.gradients(tensor(&images), &targets, settings);
            // What a step does not see: the factor of the loss's derivative, and ours.
            let factor = 2.0 * f64::from(power) * 2f64.powi(2 * power - 1) / LIFT;
            let largest = found.memories.clone().abs().max().into_scalar::<f64>() * factor;
            assert!(largest > 1e-3, "{largest}");
            for memory in [0, 1, 63, 64, 69] {
                for at in 0..DIM + LABELS {
                    let moved = |by: f64| {
                        let (mut memories, mut parts) = (memories.clone(), parts.clone());
                        match at.checked_sub(DIM) {
                            None => memories[memory][at] += by,
                            Some(label) => parts[memory][label] += by,
                        }
                        loss(&memories, &parts)
                    };
                    let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    let found = match at.checked_sub(DIM) {
                        None => rows(&found.memories)[memory][at],
                        Some(label) => rows(&found.labels)[memory][label],
                    };
                    let error = (found * factor - expected).abs();
                    assert!(
                        error < 2e-4 * largest,
                        "n = {degree}: {} not {expected}",
                        found * factor
                    );
                }
            }
            let wrong = images.iter().zip(&targets).filter(|&(image, &target)| {
                let fields = fields(&memories, &parts, image, degree, temperature);
                let best = (0..LABELS).max_by(|&a, &b| fields[a].total_cmp(&fields[b])).unwrap();
                best != target
            });
            assert_eq!(found.wrong, wrong.count());
        }
    }

    #[test]
    fn labels_are_those_of_the_energy_at_any_degree() {
        let images = images(40);
        for degree in [2, 5, 20, 101] {
            let stack = stack(degree);
            let classifier = Classifier::of(&stack).unwrap();
            let (memories, parts) = (rows(&classifier.memories), rows(&classifier.labels));
            let found = classifier.classify(tensor(&images));
            for (image, found) in images.iter().zip(found) {
                let fields = fields(&memories, &parts, image, degree, 3.0);
                let best = fields.iter().fold(f64::NEG_INFINITY, |best, &field| best.max(field));
                assert!(fields[found] >= best - 1e-4 * best.abs(), "{found} of {fields:?}");
            }
        }
    }

    /// Whatever else is in its batch, however dark: with a common scale, its powers would be lost.
    #[test]
    fn an_image_is_classified_alone_as_among_others() {
        let images: Vec<Vec<f64>> = images(40)
            .into_iter()
            .enumerate()
            .map(|(image, pixels)| {
                let dark = if image % 2 == 0 { 1.0 } else { 0.1 };
                pixels.into_iter().map(|x| dark * x).collect()
            })
            .collect();
        let stack = stack(100);
        let classifier = Classifier::of(&stack).unwrap();
        let together = classifier.classify(tensor(&images));
        let alone = images
            .iter()
            .flat_map(|image| classifier.classify(tensor(std::slice::from_ref(image))));
        assert_eq!(alone.collect::<Vec<_>>(), together);
    }

    #[test]
    fn other_stacks_are_no_classifiers() {
        let layer = |config: HopfieldLayerConfig| {
            HopfieldStack::new(vec![config.try_init(1, &Device::flex()).unwrap()]).unwrap()
        };
        assert!(Classifier::of(&layer(HopfieldLayerConfig::new(4, 3))).is_none());
        assert!(Classifier::of(&layer(Classifier::layer(4, 3, 3, 5))).is_none());
        assert!(Classifier::of(&layer(Classifier::layer(4, 3, 2, 5))).is_some());
        let cosine = Classifier::layer(4, 3, 2, 5).with_similarity(Similarity::Cosine);
        assert!(Classifier::of(&layer(cosine)).is_none());
    }
}
