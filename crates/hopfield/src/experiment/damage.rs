//! From a stored pattern to a query.

use hopfield_data::{Mask, Noise};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::network::{Coding, Network};
use super::patterns::Patterns;
use crate::error::Error;

/// What is done to a pattern to make a query of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Damage {
    Mask {
        mask: Mask,
        hidden: Hidden,
    },
    /// Gaussian, of this standard deviation.
    Noise(f64),
    /// Of this fraction of the pixels.
    Flip(f64),
}

/// What stands in the place of what is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hidden {
    /// What says nothing to the network.
    Unknown,
    Paper,
    Ink,
}

impl Hidden {
    pub(crate) const ALL: [(&str, Self); 3] =
        [("unknown", Self::Unknown), ("paper", Self::Paper), ("ink", Self::Ink)];
}

impl Damage {
    pub(crate) fn name(&self) -> String {
        match self {
            Damage::Mask { mask, hidden } => {
                let known = Hidden::ALL.iter().find(|(_, other)| other == hidden);
                format!("{mask} {}", known.map_or("", |(name, _)| name))
            }
            Damage::Noise(std) => format!("noise {std}"),
            Damage::Flip(fraction) => format!("flip {fraction}"),
        }
    }

    /// The damage as it is to this network: whatever is hidden in the notebook is −1, which is ink there.
    pub(crate) fn to(self, network: Network) -> Self {
        match (self, network) {
            (Damage::Mask { mask, .. }, Network::Notebook) => {
                Damage::Mask { mask, hidden: Hidden::Ink }
            }
            (damage, _) => damage,
        }
    }

    /// Whether it can be done to these patterns.
    pub(crate) fn check(&self, patterns: &Patterns) -> Result<(), Error> {
        let sideways = matches!(self, Damage::Mask { mask: Mask::Left | Mask::Right, .. });
        match patterns.shape {
            None if sideways => Err(Error::Usage(
                "the left or right half of random patterns, which have none; allowed: top, bottom, or random:F".into(),
            )),
            _ => Ok(()),
        }
    }

    /// Its strength, if it has one.
    pub(crate) fn level(&self) -> Option<f64> {
        match self {
            Damage::Noise(level) | Damage::Flip(level) => Some(*level),
            Damage::Mask { mask: Mask::Random { fraction }, .. } => Some(*fraction),
            Damage::Mask { .. } => None,
        }
    }

    /// Whether a network sees the same with `other`.
    pub(crate) fn is_the_same(&self, other: &Self, network: Network, patterns: &Patterns) -> bool {
        let (Damage::Mask { mask: a, hidden: b }, Damage::Mask { mask: c, hidden: d }) =
            (self, other)
        else {
            return self == other;
        };
        // Grey paper is 0, and often says nothing.
        let paper_is_silent = network.coding() == Coding::Grey
            && network.zero_is_silent()
            && patterns.encode(0.0, Coding::Grey) == 0.0;
        let same = |hidden: &Hidden| match hidden {
            Hidden::Paper if paper_is_silent => Hidden::Unknown,
            other => *other,
        };
        a == c && same(b) == same(d)
    }

    /// Queries to a network: from the first `count` of `stored`, which are in [0, 1], to its units.
    pub(crate) fn queries(
        &self,
        stored: &[f32],
        count: usize,
        network: Network,
        patterns: &Patterns,
        seed: u64,
        set: u64,
    ) -> Vec<f32> {
        let dim = patterns.dim;
        let [height, width] = patterns.shape.unwrap_or([dim, 1]);
        let coding = network.coding();
        let clean = &stored[..count * dim];
        let encode = |pixels: &[f32]| -> Vec<f32> {
            pixels.iter().map(|&pixel| patterns.encode(pixel, coding)).collect()
        };
        match *self {
            Damage::Noise(std) => {
                let mut pixels = clean.to_vec();
                let noise = hopfield_data::Damage::Noise(Noise::Gaussian { std });
                noise.apply(&mut pixels, height, width, seed, set);
                encode(&pixels)
            }
            Damage::Flip(fraction) => {
                let mut units = encode(clean);
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(set);
                // Exactly so many of every pattern.
                let flips = (fraction * dim as f64).round() as usize;
                for (pattern, pixels) in units.chunks_exact_mut(dim).zip(clean.chunks_exact(dim)) {
                    for at in rand::seq::index::sample(&mut rng, dim, flips) {
                        pattern[at] = match coding {
                            Coding::Binary | Coding::Negative => -pattern[at],
                            Coding::Grey => patterns.encode(1.0 - pixels[at], coding),
                        };
                    }
                }
                units
            }
            Damage::Mask { mask, hidden } => {
                let mut visible = vec![1.0; clean.len()];
                hopfield_data::Damage::Mask(mask).apply(&mut visible, height, width, seed, set);
                let fill = fill(hidden, stored, network, patterns);
                let units = encode(clean).into_iter().zip(&visible).enumerate();
                units
                    .map(
                        |(at, (unit, &visible))| if visible == 0.0 { fill[at % dim] } else { unit },
                    )
                    .collect()
            }
        }
    }
}

/// The units of what is hidden: d numbers.
fn fill(hidden: Hidden, stored: &[f32], network: Network, patterns: &Patterns) -> Vec<f32> {
    let (dim, coding) = (patterns.dim, network.coding());
    match hidden {
        Hidden::Unknown if network.zero_is_silent() => vec![0.0; dim],
        Hidden::Unknown => {
            let mut mean = vec![0.0; dim];
            for pattern in stored.chunks_exact(dim) {
                let units = pattern.iter().map(|&pixel| patterns.encode(pixel, coding));
                mean.iter_mut().zip(units).for_each(|(mean, unit)| *mean += unit);
            }
            let count = (stored.len() / dim) as f32;
            mean.into_iter().map(|sum| sum / count).collect()
        }
        Hidden::Paper => vec![patterns.encode(0.0, coding); dim],
        Hidden::Ink => vec![patterns.encode(1.0, coding); dim],
    }
}
