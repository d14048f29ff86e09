//! The patterns to store: images, or random signs.

use hopfield_data::{DataError, Dataset, ImageShape};
use hopfield_layer::InvalidSetting;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};

use crate::network::Coding;

/// The most numbers in one matrix: 2 GB. A network holds several such matrices.
pub(crate) const MOST_NUMBERS: usize = 500_000_000;

/// Patterns to store, in disjoint sets. Their entries are pixels in [0, 1].
#[derive(Debug)]
pub struct Patterns {
    /// Pixels of all images, in random order; none for random patterns.
    images: Option<Vec<f32>>,
    pub(crate) dim: usize,
    /// The shape of an image, if the patterns are images.
    pub(crate) shape: Option<ImageShape>,
    pub(crate) seed: u64,
    /// Pixels above this are ink.
    ink: f32,
}

impl Patterns {
    /// The training images of `data` in random order. For binary networks, pixels above `ink` are ink.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub fn images(data: &Dataset, ink: f64, seed: u64) -> Result<Self, DataError> {
        let images = &data.train;
        let mut order: Vec<usize> = (0..images.count()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        Ok(Self {
            images: Some(images.rows_at(&order)?),
            dim: images.dim(),
            shape: data.image_shape,
            seed,
            ink: ink as f32,
        })
    }

    /// Random patterns of `dim` units. All networks, grey ones included, store them as ±1.
    pub fn random(dim: usize, seed: u64) -> Self {
        Self { images: None, dim, shape: None, seed, ink: 0.5 }
    }

    /// The number of disjoint sets of `size` patterns, at most `most`.
    ///
    /// # Errors
    ///
    /// There are fewer than `size` images, or random patterns would fill more than 2 GB.
    pub(crate) fn sets(&self, size: usize, most: usize) -> Result<usize, InvalidSetting> {
        let count = self.images.as_ref().map_or(MOST_NUMBERS, Vec::len) / self.dim;
        let (sets, reason) = match self.images {
            Some(_) => (count / size, ", the number of images".into()),
            None => (most, format!(" for {} units", self.dim)),
        };
        if size > count {
            return Err(InvalidSetting::new("sizes", size, format!("up to {count}{reason}")));
        }
        Ok(sets.min(most))
    }

    /// The pixels of a set of `size` patterns: `size · d` numbers.
    pub(crate) fn set(&self, size: usize, set: usize) -> Vec<f32> {
        let length = size * self.dim;
        match &self.images {
            Some(pixels) => pixels[set * length..(set + 1) * length].to_vec(),
            None => bits(length, &mut self.rng(size, set)),
        }
    }

    /// The first `count` random patterns, however many more there are: `count · d` numbers.
    pub(crate) fn first(&self, count: usize) -> Vec<f32> {
        bits(count * self.dim, &mut self.rng(0, 0))
    }

    /// Random states of black and white pixels.
    pub(crate) fn starts(&self, count: usize, size: usize, set: usize) -> Vec<f32> {
        let mut rng = self.rng(size, set);
        rng.set_word_pos(1 << 40);
        bits(count * self.dim, &mut rng)
    }

    fn rng(&self, size: usize, set: usize) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream((size as u64) << 32 | set as u64);
        rng
    }

    /// The unit of a network that represents a pixel.
    pub(crate) fn encode(&self, pixel: f32, coding: Coding) -> f32 {
        let sign = if pixel > self.ink { 1.0 } else { -1.0 };
        match coding {
            Coding::Binary => sign,
            Coding::Negative => -sign,
            Coding::Grey if self.images.is_some() => pixel,
            Coding::Grey => 2.0 * pixel - 1.0,
        }
    }

    /// [`encode`](Self::encode) for many pixels.
    pub(crate) fn encoded(&self, pixels: &[f32], coding: Coding) -> Vec<f32> {
        pixels.iter().map(|&pixel| self.encode(pixel, coding)).collect()
    }

    /// The pixels that units represent.
    pub(crate) fn decoded(&self, units: &[f32], coding: Coding) -> Vec<f32> {
        let pixel = |&unit: &f32| match coding {
            Coding::Negative => (1.0 - unit) / 2.0,
            Coding::Grey if self.images.is_some() => unit,
            Coding::Binary | Coding::Grey => (1.0 + unit) / 2.0,
        };
        units.iter().map(pixel).collect()
    }
}

/// 0 or 1, equally likely.
fn bits(count: usize, rng: &mut impl Rng) -> Vec<f32> {
    (0..count).map(|_| f32::from(u8::from(rng.random::<bool>()))).collect()
}
