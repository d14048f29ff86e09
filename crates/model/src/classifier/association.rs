//! Answering with the label.

use burn::tensor::Tensor;

use super::gradients::ClassifierLoss;
use super::network::Classifier;
use crate::{
    Batch, Evaluation, HopfieldStack, Learned, LearningRates, Measure, Objective, ObjectiveError,
    Sgd,
};

/// The stack is a [`Classifier`], which answers with the label.
#[derive(Debug, Clone)]
pub struct Association {
    /// C, the number of labels.
    pub labels: usize,
    /// The loss.
    pub loss: ClassifierLoss,
    /// The learning rate is multiplied by this after every epoch.
    pub decay: f64,
    /// Memories whose velocity is below this fraction of the largest one take smaller steps: see
    /// [`Sgd::step_relative`].
    pub floor: f64,
}

impl Objective for Association {
    fn measure(&self) -> Measure {
        let text = |error| format!("error {:.2}%", 100.0 * error);
        Measure { name: "label_error", per: "", text }
    }

    fn output_dim(&self, _pixels: usize) -> usize {
        self.labels
    }

    fn check_data(&self, pixels: usize, largest_label: usize) -> Result<(), ObjectiveError> {
        match self.labels {
            labels if labels == pixels => Err(ObjectiveError::AsManyLabelsAsPixels { labels }),
            labels if largest_label >= labels => {
                Err(ObjectiveError::Labels { largest: largest_label, labels })
            }
            _ => Ok(()),
        }
    }

    fn step(
        &self,
        stack: &mut HopfieldStack,
        sgd: &mut Sgd,
        batch: Batch,
        rates: LearningRates,
        epochs: u64,
    ) -> Learned {
        let device = batch.states.device();
        let found = of(stack).gradients(batch.states, &batch.labels, self.loss);
        let rate = rates.patterns * self.decay.powf(epochs as f64);
        sgd.step_relative(stack, [found.memories, found.labels], rate, self.floor);
        let error = Tensor::from_data([found.wrong as f32], &device);
        Learned { error, learning: found.learning }
    }

    fn mean_error(&self, sum: f64, images: usize, _pixels: usize) -> f64 {
        sum / images as f64
    }

    fn evaluate(&self, stack: &HopfieldStack, batch: &Batch) -> Evaluation {
        let found = of(stack).classify(batch.states.clone());
        let wrong = found.iter().zip(&batch.labels).filter(|(found, label)| found != label);
        let error = self.mean_error(wrong.count() as f64, batch.labels.len(), 0);
        Evaluation {
            error,
            layers: Vec::new(),
            usages: Vec::new(),
            answers: None,
            simplex_bound: None,
        }
    }

    fn check_epoch(&self, learning: usize, error: f64) -> Result<(), ObjectiveError> {
        // At the end of a good training, the few images that are wrong may have no gradient either.
        match learning == 0 && error > 0.5 {
            true => Err(ObjectiveError::Saturated { temperature: self.loss.temperature }),
            false => Ok(()),
        }
    }
}

/// # Panics
///
/// If the stack is no classifier.
fn of(stack: &HopfieldStack) -> Classifier {
    Classifier::of(stack).expect("the stack is a classifier")
}
