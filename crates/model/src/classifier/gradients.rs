//! The gradients that a classifier learns from.

use std::sync::atomic::{AtomicUsize, Ordering};

use burn::tensor::{Int, Tensor, TensorData};
use hopfield_kernels::matmul;

use super::network::{Classifier, largest, states};

/// A factor on all gradients, so that high powers of small errors don't underflow in f32. It does not change the steps, which
/// are relative to the largest gradient of a memory.
pub(super) const LIFT: f64 = 1e20;

/// The settings of the loss that a classifier is trained with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassifierLoss {
    /// T
    pub temperature: f64,
    /// m, half the power.
    pub power: u32,
}

/// The result of [`Classifier::gradients`].
#[derive(Debug, Clone)]
pub struct ClassifierGradients {
    /// `∂L/∂ξ_i`, up to a factor: `[K, d]`.
    pub memories: Tensor<2>,
    /// `∂L/∂ξ_α`, up to the same factor: `[K, C]`.
    pub labels: Tensor<2>,
    /// How many images got a wrong label.
    pub wrong: usize,
    /// How many images have a gradient: those that are wrong, or not clear enough.
    pub learning: usize,
}

impl Classifier {
    /// The gradients of the loss, summed over images with these labels.
    ///
    /// # Shapes
    ///
    /// - images: `[B, d]`, pixels in [0, 1]
    ///
    /// # Panics
    ///
    /// If the last axis is not d, there are not as many labels as images, or a label is not below C.
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
        let found =
            parts.backward(&overlaps, Some(loss.temperature.recip() as f32), |image, fields| {
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
        // Images whose labels are all right add nothing to the products.
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
                matmul(slopes.transpose(), states(images.select(0, chosen)))
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
}
