//! Classification by association: memories of images with their labels.

mod labels;

use burn::tensor::{Device, Int, Tensor, TensorData, assert_shape};
use hopfield_layer::{HopfieldLayer, HopfieldLayerConfig, LayerError, Separation, Values};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use crate::{Archive, ArchiveError};
use labels::Labels;

/// Images classified at a time, to bound memory.
const CHUNK: usize = 1000;

/// A factor on all gradients, so that high powers of small errors are not lost in f32. Steps are relative to the largest
/// gradient of a memory: it changes none.
const LIFT: f64 = 1e20;

/// The dense associative memory that classifies (Krotov & Hopfield 2016, eqs. 3, 9 and 14).
///
/// A memory is an image ξ_i with C label units ξ_α beside it. An image v is a state whose label units are all off, −1. Each is
/// asked whether the energy `E = −Σ_μ F(ξ_μ·s)`, F(z) = max(0, z)ⁿ, would fall if it were on, +1:
///
/// ```text
/// a_μ = Σ_i ξ_μi v_i − Σ_γ ξ_μγ                       overlap with all labels off
/// c_α = tanh(Σ_μ F((a_μ + 2 ξ_μα) / T) − F(a_μ / T))   one update of a label unit
/// L   = Σ_α |c_α − t_α|²ᵐ                              t_α: +1 for the right label, −1 for the others
/// ```
///
/// T is the temperature, β = 1/Tⁿ of the paper; the label is the α with the largest argument of tanh, whatever T. Memories are
/// trained, not stored, by [`step`](Self::step). Our rows are memories, as theirs.
///
/// As a [`HopfieldLayer`] it has its images as patterns, its labels as values, dot product, and a polynomial separation
/// of degree n − 1: the layer's answer, normalised, is the update to first order in the label parts.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use hopfield_model::{Classifier, Rates};
///
/// // Is the first pixel lighter than the second?
/// let images = [[1.0, -1.0], [0.4, 0.1], [-0.2, 0.9], [-1.0, 0.0]];
/// let images = Tensor::<2>::from_data(images, &Device::flex());
/// let mut classifier = Classifier::new([6, 2], 2, 3, 1, &Device::flex());
/// let rates = Rates { rate: 0.1, momentum: 0.6, temperature: 2.0, loss_power: 2 };
/// for _ in 0..100 {
///     classifier.step(images.clone(), &[0, 0, 1, 1], rates);
/// }
/// assert_eq!(classifier.classify(images), [0, 0, 1, 1]);
/// ```
#[derive(Debug, Clone)]
pub struct Classifier {
    /// The images: `[K, d]`.
    pub memories: Tensor<2>,
    /// The label units: `[K, C]`.
    pub labels: Tensor<2>,
    /// n, of F(z) = max(0, z)ⁿ.
    pub degree: u32,
    velocities: [Tensor<2>; 2],
}

/// What a step depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// ε, the largest change of an entry of each memory.
    pub rate: f64,
    /// p, of the velocities.
    pub momentum: f64,
    /// T
    pub temperature: f64,
    /// m, half the power of the loss.
    pub loss_power: u32,
}

const VELOCITIES: [&str; 2] = ["classifier.memories.velocity", "classifier.labels.velocity"];

impl Classifier {
    /// K random memories, `[K, d]`, of C labels, normal with mean −.3 and standard deviation .3, as in the paper.
    pub fn new(shape: [usize; 2], labels: usize, degree: u32, seed: u64, device: &Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let normal = Normal::new(-0.3f32, 0.3).expect("the standard deviation is positive");
        let mut draw = |shape: [usize; 2]| {
            let numbers: Vec<f32> =
                normal.sample_iter(&mut rng).take(shape[0] * shape[1]).collect();
            Tensor::<2>::from_data(TensorData::new(numbers, shape), device)
        };
        let (memories, labels) = (draw(shape), draw([shape[0], labels]));
        let velocities = [memories.zeros_like(), labels.zeros_like()];
        Self { memories, labels, degree, velocities }
    }

    /// The classifier that a layer is, if it is one: dot product, a polynomial separation, and values.
    pub fn from_layer(layer: &HopfieldLayer) -> Option<Self> {
        let Separation::Polynomial(degree) = layer.separation else { return None };
        let values = layer.values.as_ref()?;
        let plain = layer.heads() == 1 && layer.steps == 1;
        let (memories, labels) = (layer.patterns.val(), values.val());
        let (memories, labels) = (memories.without_autodiff(), labels.without_autodiff());
        let velocities = [memories.zeros_like(), labels.zeros_like()];
        let is_one = plain && layer.similarity == hopfield_layer::Similarity::Dot;
        is_one.then_some(Self { memories, labels, degree: degree + 1, velocities })
    }

    /// As a layer.
    ///
    /// # Errors
    ///
    /// n is 1, of which there is no separation.
    pub fn to_layer(&self) -> Result<HopfieldLayer, LayerError> {
        let [memories, dim] = self.memories.dims();
        let mut config = HopfieldLayerConfig::new(memories, dim)
            .with_separation(Separation::Polynomial(self.degree - 1))
            .with_beta(hopfield_layer::Beta::Fixed(1.0))
            .with_range(-1.0, 1.0);
        let [_, labels] = self.labels.dims();
        config.values = Some(Values { dim: labels, init: hopfield_layer::Init::Data });
        config.store(self.memories.clone(), Some(self.labels.clone()))
    }

    /// The labels of images, with entries in [−1, 1].
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
        let most = self.labels.clone().abs().sum_dim(1).max().into_scalar::<f32>();
        let chunks = (0..count).step_by(CHUNK).flat_map(|from| {
            let overlaps = self.overlaps(images.clone().narrow(0, from, CHUNK.min(count - from)));
            // Powers of what is at most 1 can't overflow; the temperature decides nothing.
            let top = overlaps.iter().fold(f32::MIN_POSITIVE, |top, &z| top.max(z)) + most;
            self.parts(top.into()).fields(&overlaps)
        });
        let fields: Vec<f32> = chunks.collect();
        fields.chunks_exact(labels).map(largest).collect()
    }

    /// One step of the paper's gradient descent on images with these labels (eqs. 12 and 13):
    ///
    /// ```text
    /// V ← p V − ∂L/∂ξ        ξ_μ ← clip(ξ_μ + ε V_μ / max |V_μ|, −1, 1)
    /// ```
    ///
    /// Returns how many images had another label before.
    ///
    /// # Shapes
    ///
    /// - images: `[B, d]`, entries in [−1, 1]
    ///
    /// # Panics
    ///
    /// If the last axis is not d, there is another number of labels than of images, or there is no such label.
    pub fn step(&mut self, images: Tensor<2>, labels: &[usize], rates: Rates) -> usize {
        let (gradients, wrong) = self.gradients(images, labels, rates);
        let velocities = self.velocities.clone().map(|velocity| velocity * rates.momentum);
        let [memories, parts] = velocities;
        self.velocities = [memories - gradients[0].clone(), parts - gradients[1].clone()];
        let largest = self.velocities.clone().map(|velocity| velocity.abs().max_dim(1)); // [K, 1]
        let [a, b] = largest;
        let scale = a.max_pair(b).clamp_min(1e-30).recip() * rates.rate;
        let moved = |old: &Tensor<2>, velocity: &Tensor<2>| {
            (old.clone() + velocity.clone() * scale.clone()).clamp(-1.0, 1.0)
        };
        self.memories = moved(&self.memories, &self.velocities[0]);
        self.labels = moved(&self.labels, &self.velocities[1]);
        wrong
    }

    /// ∂L/∂ξ of images and label units, up to a factor, and how many images get another label.
    fn gradients(
        &self,
        images: Tensor<2>,
        labels: &[usize],
        rates: Rates,
    ) -> ([Tensor<2>; 2], usize) {
        let [batch, _] = images.dims();
        let [memories, count] = self.labels.dims();
        assert!(labels.len() == batch && labels.iter().all(|&label| label < count));
        let device = images.device();
        let overlaps = self.overlaps(images.clone());
        let parts = self.parts(rates.temperature);
        let wrong = std::sync::atomic::AtomicUsize::new(0);
        let found = parts.backward(&overlaps, |image, fields| {
            if largest(fields) != labels[image] {
                wrong.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            let slope = |(label, &field): (usize, &f32)| {
                let target = if label == labels[image] { 1.0 } else { -1.0 };
                let answer = f64::from(field).tanh();
                let error = (answer - target) / 2.0;
                (LIFT * error.powi(2 * rates.loss_power as i32 - 1) * (1.0 - answer * answer))
                    as f32
            };
            fields.iter().enumerate().map(slope).collect()
        });
        // Images whose labels are all right have no part in the products.
        let is_in = |row: &[f32]| row.iter().any(|&slope| slope != 0.0);
        let rows = found.overlaps.chunks_exact(memories).enumerate();
        let (chosen, slopes): (Vec<i64>, Vec<&[f32]>) =
            rows.filter(|(_, row)| is_in(row)).map(|(image, row)| (image as i64, row)).unzip();
        let by_memory = match chosen.len() {
            0 => self.memories.zeros_like(),
            n => {
                let chosen = Tensor::<1, Int>::from_data(TensorData::new(chosen, [n]), &device);
                let slopes = TensorData::new(slopes.concat(), [n, memories]);
                let slopes = Tensor::<2>::from_data(slopes, &device);
                slopes.transpose().matmul(images.select(0, chosen))
            }
        };
        let by_part = TensorData::new(found.parts, [count, memories]);
        let by_part = Tensor::<2>::from_data(by_part, &device).transpose();
        ([by_memory, by_part], wrong.into_inner())
    }

    /// `Σ_i ξ_μi v_i`, on the host: B × K.
    fn overlaps(&self, images: Tensor<2>) -> Vec<f32> {
        let [_, d] = self.memories.dims();
        assert_shape!(images, [.., d]);
        let overlaps = images.matmul(self.memories.clone().transpose()).into_data();
        overlaps.try_to_vec().unwrap_or_else(|_| overlaps.iter::<f32>().collect())
    }

    fn parts(&self, temperature: f64) -> Labels {
        let [memories, _] = self.labels.dims();
        let parts = self.labels.clone().transpose().into_data();
        Labels {
            parts: parts.iter::<f32>().collect(),
            memories,
            degree: self.degree,
            sharpness: temperature.recip() as f32,
        }
    }

    /// Adds the velocities to an archive.
    pub fn save(&self, archive: &mut Archive) {
        for (name, velocity) in VELOCITIES.iter().zip(&self.velocities) {
            archive.put((*name).into(), velocity);
        }
    }

    /// With the velocities of an archive.
    ///
    /// # Errors
    ///
    /// They are missing, or have another shape.
    pub fn load(mut self, archive: &Archive, device: &Device) -> Result<Self, ArchiveError> {
        for (name, velocity) in VELOCITIES.iter().zip(&mut self.velocities) {
            let found = archive.get::<2>(name, device)?;
            if found.dims() != velocity.dims() {
                let problem = format!("shape {:?}; needed is {:?}", found.dims(), velocity.dims());
                return Err(ArchiveError::Tensor { name: (*name).into(), problem });
            }
            *velocity = found;
        }
        Ok(self)
    }
}

/// The first of the largest.
fn largest(fields: &[f32]) -> usize {
    let larger =
        |best: usize, label: usize| if fields[label] > fields[best] { label } else { best };
    (0..fields.len()).fold(0, larger)
}
