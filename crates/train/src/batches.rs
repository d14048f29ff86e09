//! Batches: what the network sees and what it should answer, on the device.

use burn::tensor::{Device, Int, Tensor, TensorData};
use hopfield_data::{Damage, Split};
use hopfield_model::Batch;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// The seeds of a run, all drawn from the one in the config.
#[derive(Debug, Clone, Copy)]
pub struct Seeds {
    pub(crate) init: u64,
    order: u64,
    damage: u64,
    /// For the images that replace dead patterns.
    pub(crate) reseed: u64,
}

impl Seeds {
    /// The seeds of a run whose config has this seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let [init, order, damage, reseed] = std::array::from_fn(|_| rng.next_u64());
        Self { init, order, damage, reseed }
    }
}

/// The training images as one tensor. A batch is a gather by index; its damage depends on seed, epoch and batch only.
pub(crate) struct Batches {
    split: Split,
    images: Tensor<2>,
    damage: Damage,
    batch_size: usize,
    seeds: Seeds,
}

impl Batches {
    /// Puts the images of `split` on `device`.
    pub(crate) fn new(
        split: Split,
        damage: Damage,
        batch_size: usize,
        seeds: Seeds,
        device: &Device,
    ) -> Self {
        let images = upload(split.unit_pixels(), split.dim(), device);
        Self { split, images, damage, batch_size, seeds }
    }

    /// All images, clean: `[n, d]`.
    pub(crate) fn images(&self) -> &Tensor<2> {
        &self.images
    }

    /// Batches in an epoch; the last may be smaller.
    pub(crate) fn per_epoch(&self) -> u64 {
        self.split.count().div_ceil(self.batch_size) as u64
    }

    /// The order of the images in an epoch; it depends on seed and epoch only.
    pub(crate) fn order(&self, epoch: u64) -> Vec<usize> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seeds.order);
        rng.set_stream(epoch);
        let mut order: Vec<usize> = (0..self.split.count()).collect();
        order.shuffle(&mut rng);
        order
    }

    /// A batch of an epoch with this order.
    pub(crate) fn batch(&self, epoch: u64, order: &[usize], batch: u64) -> Batch {
        let start = batch as usize * self.batch_size;
        let chosen = &order[start..order.len().min(start + self.batch_size)];
        let device = self.images.device();
        let indices: Vec<i64> = chosen.iter().map(|&image| image as i64).collect();
        let indices =
            Tensor::<1, Int>::from_data(TensorData::new(indices, [chosen.len()]), &device);
        let targets = self.images.clone().select(0, indices);
        let stream = epoch << 32 | batch;
        damaged(&self.split, chosen, targets, self.damage, self.seeds, stream)
    }
}

/// Held-out images, always damaged in the same way.
pub fn held_out(split: &Split, damage: Damage, seeds: Seeds, device: &Device) -> Batch {
    let all: Vec<usize> = (0..split.count()).collect();
    let targets = upload(split.unit_pixels(), split.dim(), device);
    damaged(split, &all, targets, damage, seeds, u64::MAX)
}

/// The images `chosen` from `split`, which are on the device as `targets` already, and what the network sees of them.
fn damaged(
    split: &Split,
    chosen: &[usize],
    targets: Tensor<2>,
    damage: Damage,
    seeds: Seeds,
    stream: u64,
) -> Batch {
    let mut states = targets.clone();
    if damage != Damage::None {
        let mut pixels = split.unit_pixels_of(chosen);
        let [height, width] = split.shape();
        damage.apply(&mut pixels, height, width, seeds.damage, stream);
        states = upload(pixels, split.dim(), &targets.device());
    }
    let labels = chosen.iter().map(|&image| split.labels()[image].into()).collect();
    Batch { states, targets, labels }
}

fn upload(pixels: Vec<f32>, dim: usize, device: &Device) -> Tensor<2> {
    let count = pixels.len() / dim;
    Tensor::from_data(TensorData::new(pixels, [count, dim]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopfield_data::{Bundled, Mask, Source};

    #[test]
    fn an_epoch_shows_every_image_once_in_its_own_order() {
        let digits = Bundled.load().unwrap().test;
        let device = Device::flex();
        let batches = Batches::new(digits.clone(), Damage::None, 300, Seeds::new(1), &device);
        assert_eq!(batches.per_epoch(), 7);
        let order = batches.order(3);
        assert_eq!(order, batches.order(3));
        assert_ne!(order, batches.order(4));
        let sizes: Vec<_> = (0..7).map(|b| batches.batch(3, &order, b).targets.dims()[0]).collect();
        assert_eq!(sizes, [300, 300, 300, 300, 300, 300, 200]);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..2000).collect::<Vec<_>>());

        let last = batches.batch(3, &order, 6);
        let expected = digits.unit_pixels_of(&order[1800..]);
        let expected = TensorData::new(expected, [200, 784]);
        last.targets.to_data().assert_eq(&expected, true);
        last.states.to_data().assert_eq(&expected, true);
    }

    #[test]
    fn damaged_states_belong_to_their_targets() {
        let digits = Bundled.load().unwrap().test;
        let damage = Damage::Mask(Mask::Bottom);
        let device = Device::flex();
        let batches = Batches::new(digits.clone(), damage, 50, Seeds::new(1), &device);
        let order = batches.order(0);
        let Batch { states, targets, .. } = batches.batch(0, &order, 2);
        let upper = |images: Tensor<2>| images.slice([0..50, 0..392]).into_data();
        upper(states.clone()).assert_eq(&upper(targets), true);
        assert_eq!(states.slice([0..50, 392..784]).sum().into_scalar::<f32>(), 0.0);
    }
}
