//! The patterns that are stored: images, or random signs; and sets of them.

use hopfield_train::data_sha256;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};

use super::args::Common;
use super::network::Coding;
use crate::error::Error;

/// Patterns to store, with entries in [0, 1].
pub(crate) struct Patterns {
    source: Drawn,
    pub(crate) dim: usize,
    /// Rows and columns, of images.
    pub(crate) shape: Option<[usize; 2]>,
    seed: u64,
    /// Pixels above it are ink.
    ink: f32,
    /// Of images: SHA-256 of all of them and their labels, as in the provenance of a run.
    pub(crate) data_sha256: Option<String>,
}

/// Numbers in a set of patterns: 2 GB, of which a network keeps several.
pub(super) const MOST_NUMBERS: usize = 500_000_000;

enum Drawn {
    /// In a random order.
    Images(Vec<f32>),
    Random,
}

impl Patterns {
    pub(crate) fn new(common: &Common) -> Result<Self, Error> {
        let usage = |option: &str, which: &str| {
            Err(Error::Usage(format!(
                "--{option} with --data {}; allowed: only with {which}",
                common.data
            )))
        };
        match (common.data == "random", common.dim, common.ink) {
            (true, _, Some(_)) => return usage("ink", "images"),
            (false, Some(_), _) => return usage("dim", "--data random"),
            _ => {}
        }
        if common.data == "random" {
            return Ok(Self {
                source: Drawn::Random,
                dim: common.dim.unwrap_or(784),
                shape: None,
                seed: common.seed,
                ink: 0.5,
                data_sha256: None,
            });
        }
        let data = hopfield_data::source(&common.data).load()?;
        let images = &data.train;
        let mut order: Vec<usize> = (0..images.count()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(common.seed));
        Ok(Self {
            source: Drawn::Images(images.unit_pixels_of(&order)),
            dim: images.dim(),
            shape: Some([data.height(), data.width()]),
            seed: common.seed,
            ink: common.ink.unwrap_or(0.5) as f32,
            data_sha256: Some(data_sha256(&data)),
        })
    }

    /// How many disjoint sets of `size` there are, at most `most`.
    pub(crate) fn sets(&self, size: usize, most: usize) -> Result<usize, Error> {
        let Drawn::Images(pixels) = &self.source else {
            return match size * self.dim <= MOST_NUMBERS {
                true => Ok(most),
                false => Err(Error::Usage(format!(
                    "{size} patterns of {} units; allowed: {MOST_NUMBERS} numbers, so up to {} patterns",
                    self.dim,
                    MOST_NUMBERS / self.dim
                ))),
            };
        };
        let images = pixels.len() / self.dim;
        match images / size {
            0 => Err(Error::Usage(format!(
                "{size} patterns are to be stored, but there are {images} images; allowed: up to {images}, or --data with more"
            ))),
            sets => Ok(sets.min(most)),
        }
    }

    /// A set of patterns: `size × d` numbers in [0, 1].
    pub(crate) fn set(&self, size: usize, set: usize) -> Vec<f32> {
        let length = size * self.dim;
        match &self.source {
            Drawn::Images(pixels) => pixels[set * length..(set + 1) * length].to_vec(),
            Drawn::Random => signs(length, &mut self.rng(size, set)),
        }
    }

    /// Random states, black and white.
    pub(crate) fn starts(&self, count: usize, size: usize, set: usize) -> Vec<f32> {
        let mut rng = self.rng(size, set);
        rng.set_word_pos(1 << 40);
        signs(count * self.dim, &mut rng)
    }

    fn rng(&self, size: usize, set: usize) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream((size as u64) << 32 | set as u64);
        rng
    }

    /// Whether networks of grey patterns take them as ±1.
    fn are_signs(&self) -> bool {
        matches!(self.source, Drawn::Random)
    }

    /// Pixels as units of a network.
    pub(crate) fn encode(&self, pixel: f32, coding: Coding) -> f32 {
        let sign = if pixel > self.ink { 1.0 } else { -1.0 };
        match coding {
            Coding::Binary => sign,
            Coding::Negative => -sign,
            Coding::Grey if self.are_signs() => 2.0 * pixel - 1.0,
            Coding::Grey => pixel,
        }
    }

    /// Units as pixels.
    pub(crate) fn decode(&self, unit: f32, coding: Coding) -> f32 {
        match coding {
            Coding::Negative => (1.0 - unit) / 2.0,
            Coding::Grey if !self.are_signs() => unit,
            Coding::Binary | Coding::Grey => (1.0 + unit) / 2.0,
        }
    }
}

/// 0 or 1, with equal chance.
fn signs(count: usize, rng: &mut impl Rng) -> Vec<f32> {
    (0..count).map(|_| f32::from(u8::from(rng.random::<bool>()))).collect()
}
