//! A new start for dead patterns, between epochs.

use burn::tensor::Tensor;
use hopfield_layer::Usage;

use crate::{HopfieldStack, ModelError, Sgd};

/// Looks for the dead patterns of a stack, those that none of the states it sees uses, and replaces them by images.
#[derive(Debug)]
pub struct Reseeding {
    usages: Vec<Usage>,
}

/// The dead patterns of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reseeded {
    /// How many there were.
    pub dead: usize,
    /// How many of them were replaced: all of them, unless there are fewer images.
    pub replaced: usize,
}

impl Reseeding {
    /// So many states are enough to tell which patterns are dead.
    pub const STATES: usize = 2048;

    /// Nothing seen yet.
    pub fn new(stack: &HopfieldStack) -> Self {
        Self { usages: stack.layers.iter().map(|layer| Usage::new(layer.heads())).collect() }
    }

    /// Sees which patterns these states use. `stack` must be without autodiff.
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    pub fn see(&mut self, stack: &HopfieldStack, states: Tensor<2>) {
        for (answer, usage) in stack.trace(states).iter().zip(&mut self.usages) {
            usage.add(&answer.weights);
        }
    }

    /// Replaces the dead patterns of all layers by images drawn from `images` and brings them to rest; what is drawn depends on
    /// the seed, the layer and the number of epochs done.
    ///
    /// # Shapes
    ///
    /// - images: `[n, d]`
    ///
    /// # Errors
    ///
    /// A layer can't take images as patterns.
    pub fn replace(
        self,
        stack: &mut HopfieldStack,
        sgd: &mut Sgd,
        images: &Tensor<2>,
        seed: u64,
        epochs: u64,
    ) -> Result<Vec<Reseeded>, ModelError> {
        let mut counts = Vec::with_capacity(self.usages.len());
        for (layer, usage) in self.usages.iter().enumerate() {
            let mut patterns = usage.dead_patterns();
            let dead = patterns.len();
            patterns.truncate(images.dims()[0]);
            let seed = seed ^ (epochs << 32 | layer as u64);
            let made = stack.layers[layer].reseed(&patterns, images, seed);
            made.map_err(|source| ModelError::Layer { layer, source })?;
            sgd.stop(stack, layer, &patterns);
            counts.push(Reseeded { dead, replaced: patterns.len() });
        }
        Ok(counts)
    }
}
