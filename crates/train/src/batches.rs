//! The images on the device: what the network sees in each batch and what it should answer.

use burn::tensor::{Device, Int, Tensor, TensorData};
use hopfield_data::{Split, Task};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// The seeds of a run, all drawn from the config's.
#[derive(Debug, Clone, Copy)]
pub struct Seeds {
    pub(crate) init: u64,
    order: u64,
    damage: u64,
    /// Of the images that take the place of dead patterns.
    pub(crate) reseed: u64,
}

impl Seeds {
    /// Those of a run with this seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Self {
            init: rng.next_u64(),
            order: rng.next_u64(),
            damage: rng.next_u64(),
            reseed: rng.next_u64(),
        }
    }
}

/// States and the clean images that they come from, `[B, d]` each, with their labels.
#[derive(Debug, Clone)]
pub struct Batch {
    /// What the network sees.
    pub states: Tensor<2>,
    /// What it should answer.
    pub targets: Tensor<2>,
    /// Of the images.
    pub labels: Vec<usize>,
}

/// The training images as one tensor; a batch is a gather by index, its damage a function of
/// (seed, epoch, batch) only.
pub(crate) struct Batches<'a> {
    split: &'a Split,
    images: Tensor<2>,
    task: Task,
    shape: [usize; 2],
    batch_size: usize,
    seeds: Seeds,
}

impl<'a> Batches<'a> {
    pub(crate) fn new(
        split: &'a Split,
        shape: [usize; 2],
        task: Task,
        batch_size: usize,
        seeds: Seeds,
        device: &Device,
    ) -> Self {
        Self {
            split,
            images: upload(split.unit_pixels(), split.dim(), device),
            task,
            shape,
            batch_size,
            seeds,
        }
    }

    /// All images, clean: `[n, d]`.
    pub(crate) fn images(&self) -> &Tensor<2> {
        &self.images
    }

    /// The labels of all images.
    pub(crate) fn labels(&self) -> impl Iterator<Item = usize> {
        self.split.labels().iter().map(|&label| label.into())
    }

    /// Batches in an epoch; the last may be smaller.
    pub(crate) fn per_epoch(&self) -> u64 {
        self.split.count().div_ceil(self.batch_size) as u64
    }

    /// The order of the images in an epoch, a function of (seed, epoch) only.
    pub(crate) fn order(&self, epoch: u64) -> Vec<usize> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seeds.order);
        rng.set_stream(epoch);
        let mut order: Vec<usize> = (0..self.split.count()).collect();
        order.shuffle(&mut rng);
        order
    }

    /// A batch of an epoch whose order is `order`.
    pub(crate) fn batch(&self, epoch: u64, order: &[usize], batch: u64) -> Batch {
        let start = batch as usize * self.batch_size;
        let chosen = &order[start..order.len().min(start + self.batch_size)];
        let device = self.images.device();
        let indices: Vec<i64> = chosen.iter().map(|&image| image as i64).collect();
        let indices =
            Tensor::<1, Int>::from_data(TensorData::new(indices, [chosen.len()]), &device);
        let targets = self.images.clone().select(0, indices);
        let states = if self.task.damages() {
            let pixels = self.split.unit_pixels_of(chosen);
            damaged(pixels, self.task, self.shape, self.seeds, epoch << 32 | batch, &device)
        } else {
            targets.clone()
        };
        let labels = self.split.labels();
        let labels = chosen.iter().map(|&image| labels[image].into()).collect();
        Batch { states, targets, labels }
    }
}

/// Held-out images of rows and columns `shape`, damaged once and for all.
pub fn held_out(
    split: &Split,
    shape: [usize; 2],
    task: Task,
    seeds: Seeds,
    device: &Device,
) -> Batch {
    Batch {
        states: damaged(split.unit_pixels(), task, shape, seeds, u64::MAX, device),
        targets: upload(split.unit_pixels(), split.dim(), device),
        labels: split.labels().iter().map(|&label| label.into()).collect(),
    }
}

fn damaged(
    mut pixels: Vec<f32>,
    task: Task,
    [height, width]: [usize; 2],
    seeds: Seeds,
    stream: u64,
    device: &Device,
) -> Tensor<2> {
    task.damage(&mut pixels, height, width, seeds.damage, stream);
    upload(pixels, height * width, device)
}

fn upload(pixels: Vec<f32>, dim: usize, device: &Device) -> Tensor<2> {
    let count = pixels.len() / dim;
    Tensor::from_data(TensorData::new(pixels, [count, dim]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopfield_data::Mask;

    #[test]
    fn an_epoch_shows_every_image_once_in_its_own_order() {
        let digits = hopfield_data::bundled().unwrap();
        let device = Device::flex();
        let batches =
            Batches::new(&digits.test, [28, 28], Task::Reconstruct, 300, Seeds::new(1), &device);
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
        let expected = digits.test.unit_pixels_of(&order[1800..]);
        let expected = TensorData::new(expected, [200, 784]);
        last.targets.to_data().assert_eq(&expected, true);
        last.states.to_data().assert_eq(&expected, true);
    }

    #[test]
    fn damaged_states_belong_to_their_targets() {
        let digits = hopfield_data::bundled().unwrap();
        let task = Task::Complete(Mask::Bottom);
        let device = Device::flex();
        let batches = Batches::new(&digits.test, [28, 28], task, 50, Seeds::new(1), &device);
        let order = batches.order(0);
        let Batch { states, targets, .. } = batches.batch(0, &order, 2);
        let upper = |images: Tensor<2>| images.slice([0..50, 0..392]).into_data();
        upper(states.clone()).assert_eq(&upper(targets), true);
        assert_eq!(states.slice([0..50, 392..784]).sum().into_scalar::<f32>(), 0.0);
    }
}
