//! A new start for dead patterns, between epochs.

use burn::module::Module;
use hopfield_model::{Reseeded, Reseeding};

use super::trainer::Trainer;
use crate::TrainError;

impl Trainer<'_> {
    /// Replaces the dead patterns of all layers by training images. A pattern is dead if the first images of the next
    /// epoch don't use it.
    pub(super) fn reseed(&mut self) -> Result<(), TrainError> {
        let Self { run, state, .. } = self;
        let epoch = state.progress.epochs;
        let mut next = run.batches.epoch(epoch);
        let batches = Reseeding::batches(run.config.training.batch_size) as u64;
        let stack = state.stack.valid();
        let mut reseeding = Reseeding::new(&stack);
        for batch in 0..batches.min(run.batches.per_epoch()) {
            reseeding.see(&stack, run.batches.batch(&mut next, batch)?.states);
        }
        let (images, seed) = (run.batches.images(), run.seeds.reseed);
        let counts = reseeding.replace(&mut state.stack, &mut state.sgd, images, seed, epoch)?;
        let counts: Vec<_> = counts
            .into_iter()
            .map(|Reseeded { dead, replaced }| match replaced {
                count if count < dead => format!("{count} of {dead}"),
                count => count.to_string(),
            })
            .collect();
        if counts.iter().any(|count| count != "0") {
            let counts = counts.join(", ");
            run.printer.note(&format!("reseeded {counts} dead patterns from training images"));
        }
        Ok(())
    }
}
