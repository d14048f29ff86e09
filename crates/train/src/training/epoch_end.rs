//! What happens between two epochs: measuring, saving, warning, reseeding.

use burn::module::Module;
use hopfield_model::{Evaluation, Reseeding};

use super::trainer::Trainer;
use crate::TrainError;
use crate::checkpoint::Progress;
use crate::config::Training;
use crate::metrics::{Errors, Metrics};

/// How often the likeness of patterns and images is measured during a training: it takes a sixth of an epoch's multiplications.
const LIKENESSES: u64 = 10;

impl Trainer<'_> {
    /// Measures the stack after an epoch, saves the state and reports; returns what was measured.
    pub(super) fn end_epoch(&mut self, images_per_sec: f64) -> Result<Evaluation, TrainError> {
        let (run, folder, state) = (self.run, self.folder, &mut self.state);
        let train = run.batches.count();
        let train_error = run.mean_error(state.epoch_error.clone(), train);
        let mut found = run.evaluate(&state.stack, run.measured());
        let epoch = state.progress.epochs + 1;
        let Training { epochs, reseed_every, .. } = run.config.training;
        if let Err(source) = run.objective.check_epoch(state.progress.learning, train_error) {
            run.printer.end();
            return Err(TrainError::Stuck { epoch, source });
        }
        if !(train_error.is_finite() && found.error.is_finite()) {
            run.printer.end();
            return Err(TrainError::diverged(epoch, &[folder.last_checkpoint()]));
        }
        let measured = if run.validation.is_some() { "validation" } else { "test" };
        let of = [("train", train_error), (measured, found.error)];
        let errors = Errors { measure: run.objective.measure(), of };
        let stack = state.stack.valid();
        if epoch.is_multiple_of(epochs.div_ceil(LIKENESSES)) || epoch == epochs {
            found.add_likeness(&stack, run.batches.images());
        }
        if epoch == epochs {
            found.add_simplex_bound(&stack, &run.measured().targets);
        }
        let Evaluation { layers, simplex_bound, .. } = &found;
        let simplex_bound = *simplex_bound;
        let metrics = Metrics { epoch, errors, images_per_sec, simplex_bound, layers };
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
        let reseeds = Reseeding::is_due(epoch, reseed_every, epochs);
        let last = folder.last_checkpoint();
        // The best state is the one that was measured, before any reseeding.
        let mut paths: Vec<_> = best.then(|| folder.best_checkpoint()).into_iter().collect();
        paths.extend((!reseeds).then(|| last.clone()));
        self.save(&paths)?;
        run.printer.note(&metrics.for_people(epochs));
        run.printer.data(&metrics);
        for warning in self.health.check(epoch, &found, run.config) {
            run.printer.note(&format!("warning: {warning}"));
        }
        if reseeds {
            self.reseed()?;
            self.save(&[last])?;
        }
        if epoch < epochs {
            self.redraw()?;
        }
        Ok(found)
    }
}
