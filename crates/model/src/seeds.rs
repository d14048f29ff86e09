//! The seeds of a training, and the order in which it shows its images.

use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// The seeds of a training, all drawn from one. Each decides one thing, so that a change of one leaves the others as they are.
#[derive(Debug, Clone, Copy)]
pub struct Seeds {
    /// Seed of the first patterns.
    pub init: u64,
    order: u64,
    /// Seed of what is done to images before the network sees them.
    pub damage: u64,
    /// Seed of the images that replace dead patterns.
    pub reseed: u64,
    /// Seed of how far images are shifted.
    pub shift: u64,
}

impl Seeds {
    /// The seeds of a training that was given this one.
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let [init, order, damage, reseed, shift] = std::array::from_fn(|_| rng.next_u64());
        Self { init, order, damage, reseed, shift }
    }

    /// The seed of the sample that stands for rows that are too many.
    pub fn sample(self) -> u64 {
        self.init ^ 1
    }

    /// The order in which an epoch, counted from 0, shows so many images; it depends on the seed and these two numbers only.
    pub fn order_of(self, epoch: u64, images: usize) -> Vec<u32> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.order);
        rng.set_stream(epoch);
        let mut order: Vec<u32> = (0..images as u32).collect();
        order.shuffle(&mut rng);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_its_own_order_of_all_images() {
        let seeds = Seeds::new(1);
        let mut order = seeds.order_of(3, 100);
        assert_eq!(order, seeds.order_of(3, 100));
        assert_ne!(order, seeds.order_of(4, 100));
        assert_ne!(order, Seeds::new(2).order_of(3, 100));
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<u32>>());
    }
}
