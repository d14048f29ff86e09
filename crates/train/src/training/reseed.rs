//! A new start for dead patterns, between epochs.

use burn::module::Module;
use hopfield_layer::Usage;
use hopfield_model::ModelError;

use super::run::Run;
use crate::TrainError;
use crate::checkpoint::State;
use crate::printer::Printer;

/// Training images that dead patterns are looked for with.
const RESEED_IMAGES: u64 = 2048;

impl Run<'_> {
    /// Replaces the dead patterns of all layers by training images. A pattern is dead if the first images of the next
    /// epoch don't use it.
    pub(super) fn reseed(&self, state: &mut State, printer: &Printer) -> Result<(), TrainError> {
        let epoch = state.progress.epochs;
        let order = self.batches.order(epoch);
        let batches = RESEED_IMAGES.div_ceil(self.config.training.batch_size as u64);
        let stack = state.stack.valid();
        let mut usages: Vec<_> =
            stack.layers.iter().map(|layer| Usage::new(layer.heads())).collect();
        for batch in 0..batches.min(self.batches.per_epoch()) {
            let states = self.batches.batch(epoch, &order, batch).states;
            for (answer, usage) in stack.trace(states).iter().zip(&mut usages) {
                usage.add(&answer.weights);
            }
        }
        let images = self.batches.images();
        for (index, usage) in usages.iter().enumerate() {
            let mut dead = usage.dead_patterns();
            dead.truncate(images.dims()[0]);
            // Each layer draws its own images after each epoch.
            let seed = self.seeds.reseed ^ (epoch << 32 | index as u64);
            let made = state.stack.layers[index].reseed(&dead, images, seed);
            made.map_err(|source| ModelError::Layer { layer: index, source })?;
            state.sgd.stop(&state.stack, index, &dead);
        }
        let counts: Vec<_> =
            usages.iter().map(|usage| usage.dead_patterns().len().to_string()).collect();
        printer.note(&format!("reseeded {} dead patterns from training images", counts.join(" ")));
        Ok(())
    }
}
