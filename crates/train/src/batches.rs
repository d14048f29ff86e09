//! Batches: what the network sees and what it should answer, on the device.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use burn::tensor::{Device, Int, Tensor, TensorData};
use hopfield_arrays::ImageShape;
use hopfield_data::{Damage, DataError, Split, shift};
use hopfield_model::{Batch, Seeds};
use rayon::prelude::*;

/// The training images: one tensor on the device, where batches are gathered by index, or rows on the host if they are too many,
/// or are moved. The damage of a batch and how it is moved depend on seed, epoch and batch only.
pub(crate) struct Batches {
    split: Split,
    shape: ImageShape,
    /// All images, or a sample of them if there are too many for the device.
    images: Tensor<2>,
    /// By how many pixels images are moved at most.
    shift: usize,
    damage: Damage,
    /// What a fixed mask shows of each image.
    shown: Option<Tensor<2>>,
    batch_size: usize,
    seeds: Seeds,
}

/// An epoch: the order of its images, and what was drawn for its next batches.
pub(crate) struct Epoch {
    number: u64,
    order: Arc<Vec<u32>>,
    gathering: Gathering,
    /// The first of the batches that were damaged ahead, and their images.
    ahead: Option<(u64, Tensor<2>)>,
}

/// Where batches are gathered.
enum Gathering {
    /// On the device, by the order there.
    Device(Box<Tensor<1, Int>>),
    /// On the host, ahead, from the first batch that is asked for.
    Host(Option<Gathered>),
}

/// So many batches are damaged at once, on all cores, while the device still works on those before.
const AHEAD: u64 = 16;

impl Batches {
    /// Puts the images of `split`, which have this shape, on `device`.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub(crate) fn new(
        split: Split,
        shape: ImageShape,
        damage: Damage,
        batch_size: usize,
        seeds: Seeds,
        device: &Device,
    ) -> Result<Self, DataError> {
        let images = upload(split.sampled(seeds.sample()).all_rows()?, split.dim(), device);
        let shown = shown(damage, shape, device);
        Ok(Self { split, shape, images, shift: 0, damage, shown, batch_size, seeds })
    }

    /// The same, with images moved by up to so many pixels, every time anew.
    pub(crate) fn shifted(self, shift: usize) -> Self {
        Self { shift, ..self }
    }

    /// All images, clean, or a sample of them if there are too many for the device: `[n, d]`.
    pub(crate) fn images(&self) -> &Tensor<2> {
        &self.images
    }

    /// The number of images.
    pub(crate) fn count(&self) -> usize {
        self.split.count()
    }

    /// Batches in an epoch; the last may be smaller.
    pub(crate) fn per_epoch(&self) -> u64 {
        self.split.count().div_ceil(self.batch_size) as u64
    }

    /// An epoch; the order of its images depends on seed and number only.
    pub(crate) fn epoch(&self, number: u64) -> Epoch {
        let order = Arc::new(self.seeds.order_of(number, self.split.count()));
        let gathering = if self.split.is_large() || self.shift > 0 {
            Gathering::Host(None)
        } else {
            let indices: Vec<i64> = order.iter().map(|&image| image.into()).collect();
            let indices = TensorData::new(indices, [order.len()]);
            Gathering::Device(Box::new(Tensor::from_data(indices, &self.images.device())))
        };
        Epoch { number, order, gathering, ahead: None }
    }

    /// A batch of an epoch.
    ///
    /// # Errors
    ///
    /// Its images can't be read.
    pub(crate) fn batch(&self, epoch: &mut Epoch, batch: u64) -> Result<Batch, DataError> {
        let rows = self.rows(batch);
        let (targets, drawn) = match &mut epoch.gathering {
            Gathering::Device(indices) => {
                let indices = (**indices).clone().slice(rows.clone());
                let targets = self.images.clone().select(0, indices);
                let is_drawn = self.damage.is_drawn();
                (targets, if is_drawn { Some(self.drawn(epoch, batch)?) } else { None })
            }
            Gathering::Host(gathered) => {
                let new = || Gathered::new(self, &epoch.order, epoch.number, batch);
                let gathered = match gathered {
                    Some(gathered) if gathered.next == batch => gathered,
                    other => other.insert(new()),
                };
                let (clean, damaged) = gathered.take()?;
                let to_device = |rows| upload(rows, self.split.dim(), &self.images.device());
                (to_device(clean), damaged.map(to_device))
            }
        };
        let states = drawn.unwrap_or_else(|| masked(&targets, self.shown.as_ref()));
        let labels = self.split.labels().map(|labels| {
            epoch.order[rows].iter().map(|&image| labels[image as usize] as usize).collect()
        });
        Ok(Batch { states, targets, labels: labels.unwrap_or_default() })
    }

    /// The places of a batch in the order of its epoch.
    fn rows(&self, batch: u64) -> Range<usize> {
        let start = batch as usize * self.batch_size;
        start..self.split.count().min(start + self.batch_size)
    }

    /// What the network sees of a batch whose damage is random.
    fn drawn(&self, epoch: &mut Epoch, batch: u64) -> Result<Tensor<2>, DataError> {
        let (first, images) = match epoch.ahead.take() {
            Some(ahead) if (ahead.0..ahead.0 + AHEAD).contains(&batch) => ahead,
            _ => {
                let batches = batch..self.per_epoch().min(batch + AHEAD);
                let of_batch = |batch| {
                    let chosen = places(&epoch.order[self.rows(batch)]);
                    let stream = epoch.number << 32 | batch;
                    drawn(&self.split, self.shape, &chosen, self.damage, self.seeds, stream)
                };
                let pixels = batches.into_par_iter().map(of_batch);
                let pixels = pixels.collect::<Result<Vec<Vec<f32>>, _>>()?;
                (batch, upload(pixels.concat(), self.split.dim(), &self.images.device()))
            }
        };
        let (rows, from) = (self.rows(batch), self.rows(first).start);
        let states = images.clone().slice_dim(0, rows.start - from..rows.end - from);
        epoch.ahead = Some((first, images));
        Ok(states)
    }
}

fn places(order: &[u32]) -> Vec<usize> {
    order.iter().map(|&image| image as usize).collect()
}

/// The clean images of a batch and, if damage is random, what the network sees of them.
type Images = (Vec<f32>, Option<Vec<f32>>);

/// Batches of an epoch, gathered and damaged on a thread of their own while those before are trained with.
struct Gathered {
    batches: Receiver<Result<Images, DataError>>,
    /// The batch that comes next.
    next: u64,
}

/// So many batches wait to be trained with.
const WAITING: usize = 2;

impl Gathered {
    /// The batches of an epoch from `first` on.
    fn new(batches: &Batches, order: &Arc<Vec<u32>>, epoch: u64, first: u64) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let rows: Vec<_> = (first..batches.per_epoch()).map(|batch| batches.rows(batch)).collect();
        let (split, order) = (batches.split.clone(), order.clone());
        let Batches { shape, shift: most, damage, seeds, .. } = *batches;
        std::thread::spawn(move || {
            for (batch, rows) in (first..).zip(rows) {
                let chosen = places(&order[rows]);
                let stream = epoch << 32 | batch;
                let clean = split.rows_at(&chosen);
                let both = clean.map(|mut clean| {
                    if most > 0 {
                        shift(&mut clean, shape, most, seeds.shift, stream);
                    }
                    let mut damaged = damage.is_drawn().then(|| clean.clone());
                    if let Some(damaged) = &mut damaged {
                        damage.apply(damaged, shape, seeds.damage, stream);
                    }
                    (clean, damaged)
                });
                // Nobody waits for more of this epoch.
                if sender.send(both).is_err() {
                    return;
                }
            }
        });
        Self { batches: receiver, next: first }
    }

    fn take(&mut self) -> Result<Images, DataError> {
        self.next += 1;
        self.batches.recv().expect("the thread gathers all batches of the epoch")
    }
}

/// Held-out images of this shape, always damaged in the same way.
///
/// # Errors
///
/// They can't be read.
pub fn held_out(
    split: &Split,
    shape: ImageShape,
    damage: Damage,
    seeds: Seeds,
    device: &Device,
) -> Result<Batch, DataError> {
    let mut pixels = split.all_rows()?;
    let targets = upload(pixels.clone(), split.dim(), device);
    let states = if damage.is_drawn() {
        damage.apply(&mut pixels, shape, seeds.damage, u64::MAX);
        upload(pixels, split.dim(), device)
    } else {
        masked(&targets, shown(damage, shape, device).as_ref())
    };
    let labels = split.labels().unwrap_or_default().iter().map(|&label| label as usize).collect();
    Ok(Batch { states, targets, labels })
}

/// 1 where a pixel is shown and 0 where it is hidden, if that is the same in all images and some are hidden: `[1, d]`.
fn shown(damage: Damage, shape: ImageShape, device: &Device) -> Option<Tensor<2>> {
    (damage != Damage::None && !damage.is_drawn()).then(|| {
        let mut shown = vec![1.0; shape.dim()];
        damage.apply(&mut shown, shape, 0, 0);
        upload(shown, shape.dim(), device)
    })
}

/// The images with only what is shown of them.
fn masked(images: &Tensor<2>, shown: Option<&Tensor<2>>) -> Tensor<2> {
    match shown {
        Some(shown) => images.clone() * shown.clone(),
        None => images.clone(),
    }
}

/// The pixels of the images `chosen` from `split` with random damage.
fn drawn(
    split: &Split,
    shape: ImageShape,
    chosen: &[usize],
    damage: Damage,
    seeds: Seeds,
    stream: u64,
) -> Result<Vec<f32>, DataError> {
    let mut pixels = split.rows_at(chosen)?;
    damage.apply(&mut pixels, shape, seeds.damage, stream);
    Ok(pixels)
}

fn upload(pixels: Vec<f32>, dim: usize, device: &Device) -> Tensor<2> {
    let count = pixels.len() / dim;
    Tensor::from_data(TensorData::new(pixels, [count, dim]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopfield_data::{Bundled, Mask, Noise, Source};

    fn digits() -> (Split, ImageShape) {
        let digits = Bundled.load().unwrap();
        let shape = digits.shape();
        (digits.test, shape)
    }

    #[test]
    fn an_epoch_shows_every_image_once_in_its_own_order() {
        let (digits, shape) = digits();
        let device = Device::flex();
        let batches =
            Batches::new(digits.clone(), shape, Damage::None, 300, Seeds::new(1), &device);
        let batches = batches.unwrap();
        assert_eq!(batches.per_epoch(), 7);
        let mut epoch = batches.epoch(3);
        assert_eq!(epoch.order, batches.epoch(3).order);
        assert_ne!(epoch.order, batches.epoch(4).order);
        let sizes: Vec<_> =
            (0..7).map(|b| batches.batch(&mut epoch, b).unwrap().targets.dims()[0]).collect();
        assert_eq!(sizes, [300, 300, 300, 300, 300, 300, 200]);
        let mut sorted = epoch.order.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..2000).collect::<Vec<u32>>());

        let last = batches.batch(&mut epoch, 6).unwrap();
        let expected = digits.rows_at(&places(&epoch.order[1800..])).unwrap();
        let expected = TensorData::new(expected, [200, 784]);
        last.targets.to_data().assert_eq(&expected, true);
        last.states.to_data().assert_eq(&expected, true);
    }

    /// Rows that are too many for the device are gathered on a thread.
    #[test]
    fn batches_of_the_thread_are_those_of_the_device() {
        let (digits, shape) = digits();
        let device = Device::flex();
        for damage in
            [Damage::None, Damage::Mask(Mask::Bottom), Damage::Noise(Noise::Gaussian { std: 0.5 })]
        {
            let digits = digits.clone();
            let batches = Batches::new(digits, shape, damage, 300, Seeds::new(1), &device).unwrap();
            let (mut of_device, mut of_thread) = (batches.epoch(2), batches.epoch(2));
            of_thread.gathering = Gathering::Host(None);
            // Also such as a resumed epoch asks for.
            for batch in [0, 1, 4, 5, 2, 6] {
                let expected = batches.batch(&mut of_device, batch).unwrap();
                let found = batches.batch(&mut of_thread, batch).unwrap();
                found.states.into_data().assert_eq(&expected.states.into_data(), true);
                found.targets.into_data().assert_eq(&expected.targets.into_data(), true);
                assert_eq!(found.labels, expected.labels);
            }
        }
    }

    #[test]
    fn images_are_moved_anew_in_every_epoch() {
        let (digits, shape) = digits();
        let device = Device::flex();
        let damage = Damage::Mask(Mask::Bottom);
        let batches = Batches::new(digits.clone(), shape, damage, 300, Seeds::new(1), &device);
        let batches = batches.unwrap().shifted(2);
        let mut epoch = batches.epoch(1);
        let first = batches.batch(&mut epoch, 0).unwrap();
        let later = batches.batch(&mut epoch, 3).unwrap();

        let chosen = places(&epoch.order[batches.rows(3)]);
        let mut expected = digits.rows_at(&chosen).unwrap();
        shift(&mut expected, shape, 2, Seeds::new(1).shift, 1 << 32 | 3);
        let expected = TensorData::new(expected, [300, 784]);
        later.targets.clone().into_data().assert_eq(&expected, true);
        // What is seen is moved with its target.
        let shown = masked(&later.targets, batches.shown.as_ref());
        later.states.into_data().assert_eq(&shown.into_data(), true);
        let labels: Vec<usize> =
            chosen.iter().map(|&image| digits.labels().unwrap()[image] as usize).collect();
        assert_eq!(later.labels, labels);

        let again = batches.batch(&mut batches.epoch(1), 0).unwrap();
        again.targets.into_data().assert_eq(&first.targets.clone().into_data(), true);
        let other = batches.batch(&mut batches.epoch(2), 0).unwrap();
        assert_ne!(other.targets.into_data(), first.targets.into_data());
    }

    #[test]
    fn damaged_states_belong_to_their_targets() {
        let (digits, shape) = digits();
        let damage = Damage::Mask(Mask::Bottom);
        let device = Device::flex();
        let batches = Batches::new(digits, shape, damage, 50, Seeds::new(1), &device).unwrap();
        let Batch { states, targets, .. } = batches.batch(&mut batches.epoch(0), 2).unwrap();
        let upper = |images: Tensor<2>| images.slice([0..50, 0..392]).into_data();
        upper(states.clone()).assert_eq(&upper(targets), true);
        assert_eq!(states.slice([0..50, 392..784]).sum().into_scalar::<f32>(), 0.0);
    }

    #[test]
    fn random_damage_is_that_of_the_batch_whatever_was_drawn_ahead() {
        let (digits, shape) = digits();
        let damage = Damage::Noise(Noise::Gaussian { std: 0.5 });
        let device = Device::flex();
        let batches =
            Batches::new(digits.clone(), shape, damage, 60, Seeds::new(1), &device).unwrap();
        let mut epoch = batches.epoch(1);
        for batch in [0, 1, 15, 16, 33, 3] {
            let found = batches.batch(&mut epoch, batch).unwrap();
            let chosen = places(&epoch.order[batches.rows(batch)]);
            let expected =
                drawn(&digits, shape, &chosen, damage, Seeds::new(1), 1 << 32 | batch).unwrap();
            let expected = TensorData::new(expected, [chosen.len(), 784]);
            found.states.into_data().assert_eq(&expected, true);
            assert_eq!(found.labels.len(), chosen.len());
        }
    }
}
