//! From a stored pattern to a query.

use std::fmt;

use hopfield_data::{Mask, Noise};
use hopfield_layer::{InvalidSetting, named};

use crate::invalid::invalid;
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
                Err(invalid("mask", mask, allowed))
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
        // Grey paper is 0, which often carries no information.
        let paper_is_silent = network.coding() == Coding::Grey
            && network.zero_is_silent()
            && patterns.encode(0.0, Coding::Grey) == 0.0;
        let effective = |damage: &Self| match *damage {
            Damage::Mask(mask, Hidden::Paper) if paper_is_silent => {
                Damage::Mask(mask, Hidden::Unknown)
            }
            damage => damage,
        };
        effective(self) == effective(other)
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
        let [height, width] = patterns.shape.unwrap_or([dim, 1]);
        let clean = &stored[..count * dim];
        let replaced = |mask, by: &dyn Fn(usize, f32) -> f32| {
            let mut visible = vec![1.0; clean.len()];
            hopfield_data::Damage::Mask(mask).apply(&mut visible, height, width, seed, set);
            let units = patterns.encoded(clean, coding).into_iter().zip(visible).enumerate();
            let seen = |(at, (unit, visible))| if visible == 0.0 { by(at, unit) } else { unit };
            units.map(seen).collect()
        };
        match *self {
            Damage::Noise(std) => {
                let mut pixels = clean.to_vec();
                let noise = hopfield_data::Damage::Noise(Noise::Gaussian { std });
                noise.apply(&mut pixels, height, width, seed, set);
                patterns.encoded(&pixels, coding)
            }
            Damage::Flip(fraction) => {
                replaced(Mask::Random { fraction }, &|at, unit| match coding {
                    Coding::Binary | Coding::Negative => -unit,
                    Coding::Grey => patterns.encode(1.0 - clean[at], coding),
                })
            }
            Damage::Mask(mask, hidden) => {
                let fill = fill(hidden, stored, network, patterns);
                replaced(mask, &|at, _| fill[at % dim])
            }
        }
    }
}

/// The units that replace hidden ones: d numbers.
fn fill(hidden: Hidden, stored: &[f32], network: Network, patterns: &Patterns) -> Vec<f32> {
    let (dim, coding) = (patterns.dim, network.coding());
    match hidden {
        Hidden::Unknown if network.zero_is_silent() => vec![0.0; dim],
        Hidden::Unknown => {
            let mut mean = vec![0.0; dim];
            for pattern in stored.chunks_exact(dim) {
                let units = patterns.encoded(pattern, coding);
                mean.iter_mut().zip(units).for_each(|(mean, unit)| *mean += unit);
            }
            let count = (stored.len() / dim) as f32;
            mean.into_iter().map(|sum| sum / count).collect()
        }
        Hidden::Paper => vec![patterns.encode(0.0, coding); dim],
        Hidden::Ink => vec![patterns.encode(1.0, coding); dim],
    }
}
