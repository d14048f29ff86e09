//! A new start for dead patterns, between epochs.

use burn::module::Module;
use hopfield_layer::Usage;
use hopfield_model::ModelError;

use super::trainer::Trainer;
use crate::TrainError;

/// Training images that dead patterns are looked for with.
const RESEED_IMAGES: u64 = 2048;

impl Trainer<'_> {
    /// Replaces the dead patterns of all layers by training images. A pattern is dead if the first images of the next
    /// epoch don't use it.
    pub(super) fn reseed(&mut self) -> Result<(), TrainError> {
        let Self { run, state, .. } = self;
        let epoch = state.progress.epochs;
        let mut next = run.batches.epoch(epoch);
        let batches = RESEED_IMAGES.div_ceil(run.config.training.batch_size as u64);
        let stack = state.stack.valid();
        let mut usages: Vec<_> =
            stack.layers.iter().map(|layer| Usage::new(layer.heads())).collect();
        for batch in 0..batches.min(run.batches.per_epoch()) {
            let states = run.batches.batch(&mut next, batch)?.states;
            for (answer, usage) in stack.trace(states).iter().zip(&mut usages) {
                usage.add(&answer.weights);
            }
        }
        let images = run.batches.images();
        let mut counts = Vec::new();
        for (index, usage) in usages.iter().enumerate() {
            let mut dead = usage.dead_patterns();
            let all = dead.len();
            dead.truncate(images.dims()[0]);
            counts.push(match dead.len() {
                some if some < all => format!("{some} of {all}"),
                all => all.to_string(),
            });
            // Each layer draws its own images after each epoch.
            let seed = run.seeds.reseed ^ (epoch << 32 | index as u64);
            let made = state.stack.layers[index].reseed(&dead, images, seed);
            made.map_err(|source| ModelError::Layer { layer: index, source })?;
            state.sgd.stop(&state.stack, index, &dead);
        }
        if counts.iter().any(|count| count != "0") {
            let counts = counts.join(", ");
            run.printer.note(&format!("reseeded {counts} dead patterns from training images"));
        }
        Ok(())
    }
}
