//! What decides a classification, and how little changes it.

use burn::tensor::{Tensor, TensorData};
use hopfield_kernels::matmul;

use super::network::{Classifier, largest};

/// The result of [`Classifier::cross_border`].
#[derive(Debug, Clone)]
pub struct Crossed {
    /// The images: those that were moved across a border, just behind it; `[B, d]`.
    pub images: Tensor<2>,
    /// Whether each is now given another label than its own.
    pub crossed: Vec<bool>,
}

impl Classifier {
    /// How many memories decide: the fewest whose contributions to the field of the label that each image gets, in size, are
    /// `share` of those of all memories. Features decide together, prototypes almost alone (Krotov & Hopfield 2016, section 5).
    ///
    /// # Shapes
    ///
    /// - images: `[B, d]`, pixels in [0, 1]
    ///
    /// # Panics
    ///
    /// If the last axis is not d.
    pub fn deciding_memories(&self, images: Tensor<2>, share: f64) -> Vec<usize> {
        let [memories, _] = self.labels.dims();
        let overlaps = self.overlaps(images.clone());
        let (labels, parts) = (self.classify(images), self.parts());
        let rows = overlaps.chunks_exact(memories).zip(labels);
        let deciding = rows.map(|(overlaps, label)| {
            let found = parts.contributions(overlaps, label);
            let mut sizes: Vec<f64> = found.into_iter().map(|x| f64::from(x.abs())).collect();
            sizes.sort_by(|a, b| b.total_cmp(a));
            let wanted = share * sizes.iter().sum::<f64>();
            let mut sum = 0.0;
            let enough = sizes.iter().position(|size| {
                sum += size;
                sum >= wanted
            });
            enough.map_or(memories, |place| place + 1)
        });
        deciding.collect()
    }

    /// Moves each image towards another label by small steps, in the direction in which the field of the strongest other label
    /// gains most on that of its own, until it gets another label: an adversarial image (Krotov & Hopfield 2018, *Dense
    /// Associative Memory is Robust to Adversarial Inputs*). Pixels stay in [0, 1]. An image that gets another label than its
    /// own already is not moved.
    ///
    /// `step` is the Euclidean length of a step; after `most` steps an image stays where it is.
    ///
    /// # Shapes
    ///
    /// - images: `[B, d]`, pixels in [0, 1]
    ///
    /// # Panics
    ///
    /// If the last axis is not d, or there are not as many labels as images, or a label is not below C.
    pub fn cross_border(
        &self,
        images: Tensor<2>,
        labels: &[usize],
        step: f64,
        most: usize,
    ) -> Crossed {
        let [count, _] = images.dims();
        let memories = self.labels.dims()[0];
        assert!(labels.len() == count && labels.iter().all(|&label| label < self.label_count()));
        let (device, parts) = (images.device(), self.parts());
        let mut images = images;
        for _ in 0..most {
            let overlaps = self.overlaps(images.clone());
            let found = parts.backward(&overlaps, None, |image, fields| {
                let own = labels[image];
                let mut slopes = vec![0.0; fields.len()];
                if largest(fields) == own {
                    let others: Vec<f32> = fields
                        .iter()
                        .enumerate()
                        .map(|(label, &field)| if label == own { f32::NEG_INFINITY } else { field })
                        .collect();
                    slopes[largest(&others)] = 1.0;
                    slopes[own] = -1.0;
                }
                slopes
            });
            if found.overlaps.iter().all(|&slope| slope == 0.0) {
                break;
            }
            let by_overlap = TensorData::new(found.overlaps, [count, memories]);
            let by_overlap = Tensor::<2>::from_data(by_overlap, &device);
            let gradient = matmul(by_overlap, self.memories.clone()); // [B, d]
            let length = gradient.clone().square().sum_dim(1).sqrt().clamp_min(f32::MIN_POSITIVE);
            images = (images + gradient / length * step).clamp(0.0, 1.0);
        }
        let crossed = self.classify(images.clone()).into_iter().zip(labels);
        let crossed = crossed.map(|(found, own)| found != *own).collect();
        Crossed { images, crossed }
    }
}
