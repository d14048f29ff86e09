//! From a stored pattern to a query.

use std::fmt;

use hopfield_data::{ImageShape, Mask, Noise};
use hopfield_layer::{InvalidSetting, named};

use crate::network::{Coding, Network};
use crate::patterns::Patterns;

/// What is done to a stored pattern to make a query of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Damage {
    /// Replaces a part.
    Mask(Mask, Hidden),
    /// Adds Gaussian noise of this standard deviation.
    Noise(f64),
    /// Inverts this fraction of the pixels.
    Flip(f64),
}

/// What replaces the hidden part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// What carries no information for the network: 0 where that has no effect, else the mean of the stored patterns.
    Unknown,
    /// Blank paper.
    Paper,
    /// Ink.
    Ink,
}

named!(Hidden { Unknown = "unknown", Paper = "paper", Ink = "ink" });

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Mask(mask, hidden) => write!(f, "{mask} {hidden}"),
            Damage::Noise(std) => write!(f, "noise {std}"),
            Damage::Flip(fraction) => write!(f, "flip {fraction}"),
        }
    }
}

impl Damage {
    /// The damage as this network sees it: the notebook replaces whatever is hidden by −1, which is its ink.
    pub(crate) fn seen_by(self, network: Network) -> Self {
        match (self, network) {
            (Damage::Mask(mask, _), Network::Notebook) => Damage::Mask(mask, Hidden::Ink),
            (damage, _) => damage,
        }
    }

    /// Refuses the left and right half of patterns that are not images.
    pub(crate) fn check(&self, patterns: &Patterns) -> Result<(), InvalidSetting> {
        match self {
            Damage::Mask(mask @ (Mask::Left | Mask::Right), _) if patterns.shape.is_none() => {
                let allowed = "top, bottom, or random:F (random patterns have no left and right)";
                Err(InvalidSetting::new("mask", mask, allowed))
            }
            _ => Ok(()),
        }
    }

    /// Its strength, if it has one.
    pub(crate) fn level(&self) -> Option<f64> {
        match self {
            Damage::Noise(level)
            | Damage::Flip(level)
            | Damage::Mask(Mask::Random { fraction: level }, _) => Some(*level),
            Damage::Mask(..) => None,
        }
    }

    /// Whether a network sees the same queries under both damages.
    pub(crate) fn is_the_same(&self, other: &Self, network: Network, patterns: &Patterns) -> bool {
        match (self, other) {
            (Damage::Mask(mask, hidden), Damage::Mask(other, as_other)) => {
                let [unit, of_other] = [hidden, as_other].map(|it| it.unit(network, patterns));
                mask == other && unit == of_other
            }
            _ => self == other,
        }
    }

    /// Queries in the network's coding, made of the first `count` of the `stored` patterns (pixels in [0, 1]).
    pub(crate) fn queries(
        &self,
        stored: &[f32],
        count: usize,
        network: Network,
        patterns: &Patterns,
        set: u64,
    ) -> Vec<f32> {
        let (dim, coding, seed) = (patterns.dim, network.coding(), patterns.seed);
        let column = || ImageShape::new(&[dim, 1]).expect("a pattern has units");
        let shape = patterns.shape.unwrap_or_else(column);
        let clean = &stored[..count * dim];
        let replaced = |mask, by: &dyn Fn(usize, f32) -> f32| {
            let mut visible = vec![1.0; clean.len()];
            hopfield_data::Damage::Mask(mask).apply(&mut visible, shape, seed, set);
            let units = patterns.encoded(clean, coding).into_iter().zip(visible).enumerate();
            let seen = |(at, (unit, visible))| if visible == 0.0 { by(at, unit) } else { unit };
            units.map(seen).collect()
        };
        match *self {
            Damage::Noise(std) => {
                let mut pixels = clean.to_vec();
                let noise = hopfield_data::Damage::Noise(Noise::Gaussian { std });
                noise.apply(&mut pixels, shape, seed, set);
                patterns.encoded(&pixels, coding)
            }
            Damage::Flip(fraction) => {
                replaced(Mask::Random { fraction }, &|at, unit| match coding {
                    Coding::Binary | Coding::Negative => -unit,
                    Coding::Grey => patterns.encode(1.0 - clean[at], coding),
                })
            }
            Damage::Mask(mask, hidden) => {
                let fill = hidden.units(stored, network, patterns);
                replaced(mask, &|at, _| fill[at % dim])
            }
        }
    }
}

impl Hidden {
    /// The unit that replaces hidden ones; none if it is the mean of the stored patterns.
    fn unit(self, network: Network, patterns: &Patterns) -> Option<f32> {
        match self {
            Self::Unknown => network.zero_is_silent().then_some(0.0),
            Self::Paper => Some(patterns.encode(0.0, network.coding())),
            Self::Ink => Some(patterns.encode(1.0, network.coding())),
        }
    }

    /// The units that replace hidden ones: d numbers.
    fn units(self, stored: &[f32], network: Network, patterns: &Patterns) -> Vec<f32> {
        let dim = patterns.dim;
        if let Some(unit) = self.unit(network, patterns) {
            return vec![unit; dim];
        }
        let mut mean = vec![0.0; dim];
        for pattern in stored.chunks_exact(dim) {
            let units = patterns.encoded(pattern, network.coding());
            mean.iter_mut().zip(units).for_each(|(mean, unit)| *mean += unit);
        }
        let count = (stored.len() / dim) as f32;
        mean.into_iter().map(|sum| sum / count).collect()
    }
}
