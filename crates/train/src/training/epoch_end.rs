//! What happens between two epochs: measuring, saving, warning, reseeding.

use hopfield_model::Evaluation;

use super::run::Run;
use crate::TrainError;
use crate::checkpoint::{Progress, State};
use crate::config::Training;
use crate::health::Health;
use crate::metrics::{Errors, Metrics};
use crate::printer::Printer;
use crate::run_folder::RunFolder;

impl Run<'_> {
    /// Measures the stack after an epoch, saves the state and reports; returns what was measured.
    pub(super) fn end_epoch(
        &self,
        state: &mut State,
        images_per_sec: f64,
        folder: &RunFolder,
        printer: &Printer,
        health: &mut Health<'_>,
    ) -> Result<Evaluation, TrainError> {
        let [train, _] = self.batches.images().dims();
        let train_error = self.mean_error(state.epoch_error.clone(), train);
        let found = self.evaluate(&state.stack, self.measured());
        let epoch = state.progress.epochs + 1;
        if let Err(source) = self.objective.check_epoch(state.progress.learning, train_error) {
            printer.end();
            return Err(TrainError::Stuck { epoch, source });
        }
        if !(train_error.is_finite() && found.error.is_finite()) {
            printer.end();
            let checkpoint = Some(folder.last_checkpoint()).filter(|path| path.exists());
            return Err(TrainError::diverged(epoch, checkpoint.as_ref()));
        }
        let measured = if self.validation.is_some() { "validation" } else { "test" };
        let of = [("train", train_error), (measured, found.error)];
        let errors = Errors { measure: self.objective.measure(), of };
        let metrics = Metrics { epoch, errors, images_per_sec, layers: &found.layers };
        // First the line, then the checkpoint: a run killed in between repeats the epoch and its line.
        let line = serde_json::to_string(&metrics).expect("metrics are plain data");
        folder.add_metrics(&line)?;
        let best = state.progress.best_error.is_none_or(|best| found.error < best);
        state.progress = Progress {
            epochs: epoch,
            batches: 0,
            best_error: if best { Some(found.error) } else { state.progress.best_error },
            learning: 0,
        };
        state.epoch_error = state.epoch_error.zeros_like();
        let Training { epochs, reseed_every, .. } = self.config.training;
        let reseeds = reseed_every > 0 && epoch.is_multiple_of(reseed_every) && epoch < epochs;
        // The best state is the one that was measured, before any reseeding.
        let mut paths: Vec<_> = best.then(|| folder.best_checkpoint()).into_iter().collect();
        if !reseeds {
            paths.push(folder.last_checkpoint());
        }
        state.save(&paths, self.image_shape, &self.provenance)?;
        printer.note(&metrics.for_people(epochs));
        printer.data(&metrics);
        for warning in health.check(epoch, &found, self.config) {
            printer.note(&format!("warning: {warning}"));
        }
        if reseeds {
            self.reseed(state, printer)?;
            state.save(&[folder.last_checkpoint()], self.image_shape, &self.provenance)?;
        }
        Ok(found)
    }
}
