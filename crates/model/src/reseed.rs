//! A new start for dead patterns, between epochs.

use burn::tensor::Tensor;
use hopfield_layer::Usage;

use crate::{HopfieldStack, ModelError, Sgd};

/// Number of states that patterns are looked for with; it tells the dead ones well enough.
const STATES: usize = 2048;

/// Finds the dead patterns of a stack, those that none of the states it sees uses, and replaces them by images.
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
    /// Whether it is due after `done` of `epochs` epochs, every `every` epochs (0: never). After the last epoch it is not.
    pub fn is_due(done: u64, every: u64, epochs: u64) -> bool {
        every > 0 && done.is_multiple_of(every) && done < epochs
    }

    /// The number of batches that it has to [see](Self::see).
    pub fn batches(batch_size: usize) -> usize {
        STATES.div_ceil(batch_size)
    }

    /// Creates an empty tally for the layers of `stack`.
    pub fn new(stack: &HopfieldStack) -> Self {
        Self { usages: stack.layers.iter().map(|layer| Usage::new(layer.heads())).collect() }
    }

    /// Tallies which patterns these states use. `stack` must be without autodiff.
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
    ///
    /// # Panics
    ///
    /// If `stack` or `sgd` has other layers than the stack given to [`new`](Self::new).
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

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use hopfield_layer::HopfieldLayer;

    #[test]
    fn dead_patterns_are_replaced_as_far_as_there_are_images() {
        let device = Device::flex();
        let rows = |rows: [[f32; 2]; 4]| Tensor::<2>::from_data(rows, &device);
        // All states are near the first pattern.
        let patterns = rows([[9.0, 0.0], [-9.0, 0.0], [-9.0, 1.0], [-9.0, -1.0]]);
        let layer = HopfieldLayer::from_patterns(patterns, 10.0).unwrap();
        let mut stack = HopfieldStack::new(vec![layer]).unwrap();
        let mut sgd = Sgd::new(0.9, None, &stack);
        let mut reseeding = Reseeding::new(&stack);
        reseeding.see(&stack, rows([[1.0, 0.0]; 4]));
        let images = Tensor::<2>::from_data([[5.0, 5.0], [6.0, 6.0]], &device);
        let found = reseeding.replace(&mut stack, &mut sgd, &images, 1, 3).unwrap();
        assert_eq!(found, [Reseeded { dead: 3, replaced: 2 }]);
        let after: Vec<f32> = stack.layers[0].patterns.val().into_data().iter().collect();
        assert_eq!((after[0], &after[6..]), (9.0, &[-9.0, -1.0][..]));
        let mut new = [after[2], after[4]];
        new.sort_by(f32::total_cmp);
        assert_eq!(new, [5.0, 6.0]);
    }

    #[test]
    fn it_is_due_between_epochs() {
        let due: Vec<u64> = (1..=6).filter(|&done| Reseeding::is_due(done, 2, 6)).collect();
        assert_eq!(due, [2, 4]);
        assert!(!Reseeding::is_due(2, 0, 6));
        assert_eq!((Reseeding::batches(128), Reseeding::batches(3000)), (16, 1));
    }
}
