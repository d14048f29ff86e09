//! The steps of an epoch.

use std::time::{Duration, Instant};

use burn::tensor::Tensor;
use hopfield_layer::Beta;
use hopfield_model::{Batch, Learned, LearningRates};

use super::run::Run;
use super::snapshots::Snapshots;
use crate::TrainError;
use crate::checkpoint::State;
use crate::interrupt::Interrupt;
use crate::printer::Printer;

impl Run<'_> {
    /// Does the rest of an epoch; returns images per second, or nothing if it was interrupted.
    pub(super) fn epoch(
        &self,
        state: &mut State,
        snapshots: &Snapshots<'_>,
        printer: &mut Printer,
        interrupt: &Interrupt,
    ) -> Result<Option<f64>, TrainError> {
        let epoch = state.progress.epochs;
        let order = self.batches.order(epoch);
        let began = Instant::now();
        let mut images = 0;
        while state.progress.batches < self.batches.per_epoch() {
            if interrupt.is_asked() {
                return Ok(None);
            }
            let batch = self.batches.batch(epoch, &order, state.progress.batches);
            let size = batch.labels.len();
            let error = self.step(state, batch);
            snapshots.keep(self, state)?;
            images += size;
            printer.step(|| {
                let error = (self.objective.measure().text)(self.mean_error(error, size));
                let speed = images_per_sec(images, began.elapsed());
                format!("epoch {} · {error} · {speed:.0} images/s", epoch + 1)
            });
        }
        let _ = self.device.sync();
        Ok(Some(images_per_sec(images, began.elapsed())))
    }

    /// One step of SGD; returns the error summed over the batch.
    fn step(&self, state: &mut State, batch: Batch) -> Tensor<1> {
        let training = &self.config.training;
        let per_epoch = self.batches.per_epoch();
        let (done, total) = (state.progress.steps(per_epoch), training.epochs * per_epoch);
        for (layer, settings) in state.stack.layers.iter_mut().zip(&self.config.layers) {
            if let Beta::Scheduled(schedule) = &settings.beta {
                // The last step is the end of the schedule.
                layer.set_beta(&[schedule.at(done as f64 / (total - 1).max(1) as f64)]);
            }
        }
        let factor = training.schedule.factor(done, total);
        let rates = LearningRates {
            patterns: factor * training.learning_rate,
            log_beta: factor * training.beta_learning_rate,
        };
        let State { stack, sgd, progress, epoch_error } = state;
        let Learned { error, learning } =
            self.objective.step(stack, sgd, batch, rates, progress.epochs);
        *epoch_error = epoch_error.clone() + error.clone();
        progress.learning += learning;
        progress.batches += 1;
        error
    }
}

fn images_per_sec(images: usize, elapsed: Duration) -> f64 {
    images as f64 / elapsed.as_secs_f64().max(1e-9)
}
