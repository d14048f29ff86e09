//! A classifier by association in the place of a stack: its step, and its error.

use hopfield_model::{Classifier, ClassifierLoss, HopfieldStack};

use super::Run;
use crate::TrainError;
use crate::batches::Batch;
use crate::checkpoint::State;
use crate::config::Classify;

impl Run<'_> {
    /// Whether all labels are among those of the config.
    pub(super) fn check_labels(&self) -> Result<(), TrainError> {
        let Some(Classify { labels, .. }) = self.config.classify else { return Ok(()) };
        let pixels = self.image_shape.iter().product::<usize>();
        if labels == pixels {
            return Err(TrainError::AsManyLabelsAsPixels { labels });
        }
        let batches = [Some(&self.test), self.validation.as_ref()].into_iter().flatten();
        let held_out = batches.flat_map(|batch| batch.labels.iter().copied());
        match self.batches.labels().chain(held_out).max() {
            Some(largest) if largest >= labels => Err(TrainError::Labels { largest, labels }),
            _ => Ok(()),
        }
    }

    /// One step; gives how many images of the batch had another label before, and how many had a gradient.
    pub(super) fn classify_step(
        &self,
        classify: &Classify,
        state: &mut State,
        batch: Batch,
        factor: f64,
    ) -> [usize; 2] {
        let Classify { temperature, loss_power, decay, floor, .. } = *classify;
        let classifier = classifier(&state.stack);
        let loss = ClassifierLoss { temperature, power: loss_power };
        let found = classifier.gradients(batch.states, &batch.labels, loss);
        let rate = factor * self.config.training.learning_rate;
        let rate = rate * decay.powf(state.progress.epochs as f64);
        state.sgd.step_relative(&mut state.stack, [found.memories, found.labels], rate, floor);
        [found.wrong, found.learning]
    }
}

/// The part of the images that get a wrong label.
pub(super) fn label_error(stack: &HopfieldStack, batch: &Batch) -> f64 {
    let found = classifier(stack).classify(batch.states.clone());
    let wrong = found.iter().zip(&batch.labels).filter(|(found, label)| found != label);
    wrong.count() as f64 / batch.labels.len() as f64
}

fn classifier(stack: &HopfieldStack) -> Classifier {
    Classifier::of(stack).expect("the config makes a classifier")
}
