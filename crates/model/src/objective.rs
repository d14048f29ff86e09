//! What the answers of a stack are compared with, and how the stack learns from the difference.

use burn::tensor::Tensor;

use crate::{Evaluation, HopfieldStack, LearningRates, ObjectiveError, Sgd};

/// Images as the network sees them, with what it may have to answer: B of each.
#[derive(Debug, Clone)]
pub struct Batch {
    /// What the network sees: `[B, d]`.
    pub states: Tensor<2>,
    /// The clean images: `[B, d]`.
    pub targets: Tensor<2>,
    /// Their labels; none if the images have none.
    pub labels: Vec<usize>,
}

/// The error that an objective reports.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Its name in `metrics.jsonl`, such as `mse`.
    pub name: &'static str,
    /// What it is per, if that needs to be said: `" per pixel"`.
    pub per: &'static str,
    /// An error for people, with its name.
    pub text: fn(f64) -> String,
}

/// What a step reports.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The error, summed over the batch, before the step: `[1]`, still on its device.
    pub error: Tensor<1>,
    /// How many images of the batch had a gradient.
    pub learning: usize,
}

/// What a stack is trained for: [`Reconstruction`](crate::Reconstruction) compares its answers with images,
/// [`Association`](crate::Association) with labels.
pub trait Objective {
    /// The error that is reported.
    fn measure(&self) -> Measure;

    /// m, the dimension that the last layer must answer in, for images of `pixels` pixels.
    fn output_dim(&self, pixels: usize) -> usize;

    /// Checks that images of so many pixels, with labels up to the largest, can be trained on.
    ///
    /// # Errors
    ///
    /// The data does not fit the objective.
    fn check_data(&self, _pixels: usize, _largest_label: usize) -> Result<(), ObjectiveError> {
        Ok(())
    }

    /// One step of SGD after `epochs` whole epochs.
    ///
    /// # Panics
    ///
    /// If `sgd` or the batch does not fit the stack.
    fn step(
        &self,
        stack: &mut HopfieldStack,
        sgd: &mut Sgd,
        batch: Batch,
        rates: LearningRates,
        epochs: u64,
    ) -> Learned;

    /// The mean error per image (and pixel, if it is measured so) of `images` images, by the sum of the errors that steps reported.
    fn mean_error(&self, sum: f64, images: usize, pixels: usize) -> f64;

    /// Measures a stack, which must be without autodiff, on held-out images.
    fn evaluate(&self, stack: &HopfieldStack, batch: &Batch) -> Evaluation;

    /// The error on held-out images of the best answer that is the same for all images, if it is of interest.
    fn baseline(&self, _images: &Tensor<2>, _held_out: &Batch) -> Option<f64> {
        None
    }

    /// Checks after an epoch that learning is still possible, by how many of its images had a gradient and by their mean
    /// error.
    ///
    /// # Errors
    ///
    /// It isn't.
    fn check_epoch(&self, _learning: usize, _error: f64) -> Result<(), ObjectiveError> {
        Ok(())
    }
}
