//! The networks that are compared: their names, how they code pixels, and how they store patterns.

use std::fmt;
use std::str::FromStr;

use burn::tensor::{Device, Tensor};
use hopfield_layer::{HopfieldLayer, InvalidSetting, Separation, Similarity, UnknownName};
use hopfield_memory::{
    AssociativeMemory, ClassicalHopfield, ClassicalSettings, ContinuousMemory, ContinuousSettings,
    DenseMemory, DenseSettings, End, Interaction, MemoryError, Recall, Storage, Updates,
};

/// The most units of a network with pairwise weights: 1.6 GB of weights, and as much again to compute them.
const MOST_PAIRWISE: usize = 20_000;

/// A network, as its name describes it: `classical`, `rectified:3`, `cosine:8:sparsemax`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Network {
    /// Pairwise weights: `classical` (Hebbian) or `pseudo_inverse`.
    Classical(Storage),
    /// A classical network with the errors of a popular notebook: −1 is ink, and every answer is inverted.
    Notebook,
    /// A dense associative memory: `polynomial:N`, `rectified:N` or `exponential:BETA`.
    Dense(Interaction),
    /// A continuous memory: `SIMILARITY:BETA` or `SIMILARITY:BETA:SEPARATION`.
    Continuous(ContinuousSettings),
}

/// The units that represent pixels in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Ink +1, paper −1.
    Binary,
    /// Ink −1, paper +1.
    Negative,
    /// The pixels themselves.
    Grey,
}

/// A network that has stored patterns.
pub(crate) struct Stored {
    memory: Box<dyn AssociativeMemory>,
    /// The layer of a continuous network.
    pub(crate) layer: Option<HopfieldLayer>,
    /// Whether every answer is inverted, as by a `binarize` that turns what is positive into −1.
    inverts: bool,
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Network::Classical(Storage::Hebbian) => f.write_str("classical"),
            Network::Classical(Storage::PseudoInverse) => f.write_str("pseudo_inverse"),
            Network::Notebook => f.write_str("notebook"),
            Network::Dense(Interaction::Polynomial(n)) => write!(f, "polynomial:{n}"),
            Network::Dense(Interaction::RectifiedPolynomial(n)) => write!(f, "rectified:{n}"),
            Network::Dense(Interaction::Exponential { beta }) => write!(f, "exponential:{beta}"),
            Network::Continuous(ContinuousSettings { similarity, separation, beta, .. }) => {
                write!(f, "{similarity}:{beta}")?;
                match separation {
                    Separation::Softmax => Ok(()),
                    other => write!(f, ":{other}"),
                }
            }
        }
    }
}

impl FromStr for Network {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let unknown = |allowed: String| UnknownName { name: text.into(), allowed };
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let degree = || match rest.parse::<u32>() {
            Ok(degree @ 1..) => Ok(degree),
            _ => Err(unknown(format!("{name}:N with a whole number N from 1"))),
        };
        let beta = |number: &str| {
            let beta = number.parse::<f64>().ok().filter(|&x| x > 0.0 && (x as f32).is_normal());
            beta.ok_or_else(|| unknown(format!("{name}:BETA with a β above 0")))
        };
        Ok(match (name, rest) {
            ("classical", "") => Network::Classical(Storage::Hebbian),
            ("pseudo_inverse", "") => Network::Classical(Storage::PseudoInverse),
            ("notebook", "") => Network::Notebook,
            ("polynomial", _) => Network::Dense(Interaction::Polynomial(degree()?)),
            ("rectified", _) => Network::Dense(Interaction::RectifiedPolynomial(degree()?)),
            ("exponential", rest) => Network::Dense(Interaction::Exponential { beta: beta(rest)? }),
            (name, rest) => {
                let similarity = name.parse::<Similarity>().map_err(|_| {
                    let grey = Similarity::ALL.map(|similarity| format!("{similarity}:BETA"));
                    unknown(format!(
                        "classical, pseudo_inverse, notebook, polynomial:N, rectified:N, exponential:BETA, {}",
                        grey.join(", ")
                    ))
                })?;
                let (number, separation) = rest.split_once(':').unwrap_or((rest, "softmax"));
                let (separation, beta) = (separation.parse()?, beta(number)?);
                let defaults = ContinuousSettings::default();
                Network::Continuous(ContinuousSettings { similarity, separation, beta, ..defaults })
            }
        })
    }
}

impl Network {
    /// β, if it has one.
    pub(crate) fn beta(&self) -> Option<f64> {
        match self {
            Network::Dense(Interaction::Exponential { beta })
            | Network::Continuous(ContinuousSettings { beta, .. }) => Some(*beta),
            _ => None,
        }
    }

    pub(crate) fn coding(&self) -> Coding {
        match self {
            Network::Classical(_) | Network::Dense(_) => Coding::Binary,
            Network::Notebook => Coding::Negative,
            Network::Continuous(_) => Coding::Grey,
        }
    }

    /// Whether a unit of 0 carries no information.
    pub(crate) fn zero_is_silent(&self) -> bool {
        match self {
            Network::Continuous(settings) => {
                matches!(settings.similarity, Similarity::Dot | Similarity::Cosine)
            }
            _ => true,
        }
    }

    /// Refuses settings out of range, and more units than pairwise weights have room for.
    pub(crate) fn check(
        &self,
        dim: usize,
        updates: Updates,
        device: &Device,
    ) -> Result<(), MemoryError> {
        match self {
            Network::Classical(_) | Network::Notebook if dim > MOST_PAIRWISE => {
                let reason = "because it has a weight for every pair of units";
                let allowed = format!("up to {MOST_PAIRWISE} units (here {dim}), {reason}");
                Err(InvalidSetting::new("networks", self, allowed).into())
            }
            _ => self.store(Tensor::ones([1, 1], device), updates).map(|_| ()),
        }
    }

    /// Refuses what the network computed if it overflows.
    pub(crate) fn finite(&self, numbers: Vec<f32>) -> Result<Vec<f32>, MemoryError> {
        if numbers.iter().all(|number| number.is_finite()) {
            return Ok(numbers);
        }
        let allowed = "networks whose answers do not overflow f32; with a smaller β they do not";
        Err(InvalidSetting::new("networks", self, allowed).into())
    }

    /// Stores patterns in this network's coding: `[N, d]`.
    pub(crate) fn store(
        &self,
        patterns: Tensor<2>,
        updates: Updates,
    ) -> Result<Stored, MemoryError> {
        let classical = |storage| {
            let settings = ClassicalSettings { storage, biases: None, updates };
            ClassicalHopfield::store(patterns.clone(), &settings).map(Box::new)
        };
        let mut layer = None;
        let memory: Box<dyn AssociativeMemory> = match *self {
            Network::Classical(storage) => classical(storage)?,
            Network::Notebook => classical(Storage::Hebbian)?,
            Network::Dense(interaction) => {
                Box::new(DenseMemory::store(patterns, &DenseSettings { interaction, updates })?)
            }
            Network::Continuous(settings) => {
                let memory = ContinuousMemory::store(patterns, &settings)?;
                layer = Some(memory.layer().clone());
                Box::new(memory)
            }
        };
        Ok(Stored { memory, layer, inverts: *self == Network::Notebook })
    }
}

impl Stored {
    /// Updates every unit once.
    pub(crate) fn update(&self, states: Tensor<2>) -> Tensor<2> {
        let states = self.memory.update(states);
        if self.inverts { -states } else { states }
    }

    /// Updates every state until it stops changing. A network that inverts makes all updates: no state is a fixed point.
    pub(crate) fn recall(&self, states: Tensor<2>, max_steps: usize) -> Recall {
        if !self.inverts {
            return self.memory.recall(states, max_steps);
        }
        let [count, _] = states.dims();
        let states = (0..max_steps).fold(states, |states, _| self.update(states));
        Recall { states, steps: vec![max_steps; count], ends: vec![End::OutOfSteps; count] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in [
            "classical",
            "pseudo_inverse",
            "notebook",
            "polynomial:3",
            "rectified:10",
            "exponential:0.5",
            "dot:8",
            "centred_dot:0.25",
            "cosine:8:sparsemax",
            "euclidean:2:top_k:5",
            "layer_norm:1:entmax_1.5",
        ] {
            assert_eq!(name.parse::<Network>().unwrap().to_string(), name);
        }
        for (wrong, message) in [
            ("hopfield", "classical, pseudo_inverse"),
            ("polynomial", "polynomial:N with a whole number N from 1"),
            ("rectified:0", "rectified:N"),
            ("exponential:-1", "exponential:BETA with a β above 0"),
            ("dot", "dot:BETA with a β above 0"),
            ("dot:8:hardmax", "softmax, sparsemax"),
        ] {
            let error = wrong.parse::<Network>().unwrap_err();
            assert!(error.allowed.starts_with(message), "{wrong}: {error}");
        }
    }
}
