//! The loop of a training: epochs, and the steps of each.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use burn::tensor::Tensor;
use hopfield_model::{Batch, Learned, TrainingSchedule};

use super::run::Run;
use crate::TrainError;
use crate::checkpoint::State;
use crate::health::Health;
use crate::interrupt::Interrupt;
use crate::run_folder::{RunFolder, Unneeded};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs are done and the results are written.
    Finished,
    /// It was interrupted, and its state was saved for `--resume`.
    Interrupted,
    /// There was nothing to do: a run is only begun or continued if that is needed.
    Unneeded(Unneeded),
}

impl From<Unneeded> for Outcome {
    fn from(unneeded: Unneeded) -> Self {
        Self::Unneeded(unneeded)
    }
}

/// A training under way.
pub(super) struct Trainer<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) folder: &'a RunFolder,
    pub(super) state: State,
    schedule: TrainingSchedule,
    /// The steps after which a snapshot is taken.
    pub(super) snapshots: BTreeSet<u64>,
    pub(super) health: Health<'a>,
    pub(super) began: Instant,
    /// When the patterns were last drawn.
    pub(super) drawn: Option<Instant>,
}

impl<'a> Trainer<'a> {
    /// A training that goes on from `state`.
    pub(super) fn new(run: &'a Run<'a>, folder: &'a RunFolder, mut state: State) -> Self {
        for layer in &mut state.stack.layers {
            layer.precision = run.config.training.precision;
        }
        let began = Instant::now();
        let baseline = run.objective.baseline(run.batches.images(), run.measured());
        let health = Health::new(|| run.untrained_error(), baseline);
        let snapshots = run.snapshots(&state.stack);
        let schedule = run.config.schedule(run.batches.per_epoch());
        Self { run, folder, state, schedule, snapshots, health, began, drawn: None }
    }

    /// Trains to the end, and writes the results.
    pub(super) fn train(mut self, interrupt: &Interrupt) -> Result<Outcome, TrainError> {
        let Run { config, batches, printer, .. } = self.run;
        let (epochs, steps_done) = (config.training.epochs, self.steps_done());
        if steps_done == 0 {
            self.keep_snapshot()?;
        }
        printer.begin(epochs * batches.per_epoch(), steps_done);
        let mut last = None;
        while self.state.progress.epochs < epochs {
            let Some(images_per_sec) = self.epoch(interrupt)? else {
                self.save(&[self.folder.last_checkpoint()])?;
                printer.end();
                printer.note(&format!(
                    "interrupted in epoch {} and saved in {}; continue with --resume",
                    self.state.progress.epochs + 1,
                    self.folder.path.display()
                ));
                return Ok(Outcome::Interrupted);
            };
            last = Some(self.end_epoch(images_per_sec)?);
        }
        // Without validation images, the last epoch was measured on the test images.
        self.finish(last.filter(|_| self.run.validation.is_none()))?;
        Ok(Outcome::Finished)
    }

    /// Does the rest of an epoch; returns images per second, or nothing if it was interrupted.
    fn epoch(&mut self, interrupt: &Interrupt) -> Result<Option<f64>, TrainError> {
        let Run { batches, objective, printer, .. } = self.run;
        let epoch = self.state.progress.epochs;
        let mut drawn = batches.epoch(epoch);
        let began = Instant::now();
        let mut images = 0;
        while self.state.progress.batches < batches.per_epoch() {
            if interrupt.is_asked() {
                return Ok(None);
            }
            let batch = batches.batch(&mut drawn, self.state.progress.batches)?;
            let [size, _] = batch.targets.dims();
            let error = self.step(batch);
            self.keep_snapshot()?;
            images += size;
            printer.step(|| {
                let error = (objective.measure().text)(self.run.mean_error(error, size));
                let speed = images_per_sec(images, began.elapsed());
                format!("epoch {} · {error} · {speed:.0} images/s", epoch + 1)
            });
        }
        let _ = self.run.device.sync();
        Ok(Some(images_per_sec(images, began.elapsed())))
    }

    /// One step of SGD; returns the error summed over the batch.
    fn step(&mut self, batch: Batch) -> Tensor<1> {
        let done = self.steps_done();
        let State { stack, sgd, progress, epoch_error } = &mut self.state;
        let rates = self.schedule.begin_step(stack, done);
        let objective = &self.run.objective;
        let Learned { error, learning } = objective.step(stack, sgd, batch, rates, progress.epochs);
        *epoch_error = epoch_error.clone() + error.clone();
        progress.learning += learning;
        progress.batches += 1;
        error
    }

    /// Steps done since the training began.
    pub(super) fn steps_done(&self) -> u64 {
        let progress = &self.state.progress;
        progress.epochs * self.run.batches.per_epoch() + progress.batches
    }

    /// Saves the state in each of `paths`.
    pub(super) fn save(&self, paths: &[PathBuf]) -> Result<(), TrainError> {
        self.state.save(paths, &self.run.database(&self.state.stack))
    }
}

fn images_per_sec(images: usize, elapsed: Duration) -> f64 {
    images as f64 / elapsed.as_secs_f64().max(1e-9)
}
