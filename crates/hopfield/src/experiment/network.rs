//! The networks that are compared, by name; how they code images, and how they store them.

use burn::tensor::Tensor;
use hopfield_layer::{Separation, Similarity};
use hopfield_memory::{
    AssociativeMemory, ClassicalHopfield, ClassicalSettings, ContinuousMemory, ContinuousSettings,
    DenseMemory, DenseSettings, End, Interaction, MemoryError, Recall, Storage, Updates,
};

use crate::cli::{positive, separation, similarity};
use crate::error::Error;

/// Units of a network with pairwise weights: 1.6 GB of them, and as much again to make them.
const MOST_PAIRWISE: usize = 20_000;

/// A network, by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Network {
    Classical(Storage),
    /// With the errors of a popular notebook.
    Notebook,
    Dense(Interaction),
    Continuous(Continuous),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Continuous {
    pub(crate) similarity: Similarity,
    pub(crate) separation: Separation,
    pub(crate) beta: f64,
}

/// What a network makes of pixels in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Ink +1, paper −1.
    Binary,
    /// Ink −1, paper +1.
    Negative,
    Grey,
}

/// A network that has stored patterns.
pub(crate) enum Stored {
    Continuous(Box<ContinuousMemory>),
    Binary(Box<dyn AssociativeMemory>),
}

impl Network {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let degree = || match rest.parse::<u32>() {
            Ok(degree @ 1..) => Ok(degree),
            _ => Err(format!("allowed: {name}:N with a whole number N from 1")),
        };
        let beta =
            |text| positive(text).map_err(|_| format!("allowed: {name}:BETA with a β above 0"));
        Ok(match (name, rest) {
            ("classical", "") => Network::Classical(Storage::Hebbian),
            ("pseudo_inverse", "") => Network::Classical(Storage::PseudoInverse),
            ("notebook", "") => Network::Notebook,
            ("polynomial", _) => Network::Dense(Interaction::Polynomial(degree()?)),
            ("rectified", _) => Network::Dense(Interaction::RectifiedPolynomial(degree()?)),
            ("exponential", rest) => Network::Dense(Interaction::Exponential { beta: beta(rest)? }),
            (name, rest) => {
                let allowed = "allowed: classical, pseudo_inverse, notebook, polynomial:N, rectified:N, exponential:BETA, \
                               dot:BETA, centred_dot:BETA, cosine:BETA, euclidean:BETA, layer_norm:BETA";
                let similarity = similarity(name).map_err(|_| allowed.to_owned())?;
                let (number, rest) = rest.split_once(':').unwrap_or((rest, "softmax"));
                let (separation, beta) = (separation(rest)?, beta(number)?);
                Network::Continuous(Continuous { similarity, separation, beta })
            }
        })
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Network::Classical(Storage::Hebbian) => "classical".into(),
            Network::Classical(Storage::PseudoInverse) => "pseudo_inverse".into(),
            Network::Notebook => "notebook".into(),
            Network::Dense(Interaction::Polynomial(n)) => format!("polynomial:{n}"),
            Network::Dense(Interaction::RectifiedPolynomial(n)) => format!("rectified:{n}"),
            Network::Dense(Interaction::Exponential { beta }) => format!("exponential:{beta}"),
            Network::Continuous(Continuous { similarity, separation, beta }) => {
                let name = |json: serde_json::Value| match json {
                    serde_json::Value::Object(entries) => {
                        entries.iter().map(|(name, number)| format!("{name}:{number}")).collect()
                    }
                    text => text.as_str().unwrap_or_default().to_owned(),
                };
                let json = |setting| name(serde_json::to_value(setting).expect("it is plain data"));
                let similarity = name(serde_json::to_value(similarity).expect("it is plain data"));
                match separation {
                    Separation::Softmax => format!("{similarity}:{beta}"),
                    other => format!("{similarity}:{beta}:{}", json(other)),
                }
            }
        }
    }

    /// β, if it has one.
    pub(crate) fn beta(&self) -> Option<f64> {
        match self {
            Network::Dense(Interaction::Exponential { beta }) => Some(*beta),
            Network::Continuous(continuous) => Some(continuous.beta),
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

    /// Whether 0 says nothing about a pixel.
    pub(crate) fn zero_is_silent(&self) -> bool {
        match self {
            Network::Continuous(Continuous { similarity, .. }) => {
                matches!(similarity, Similarity::Dot | Similarity::Cosine)
            }
            _ => true,
        }
    }

    /// Whether a network of so many units is possible: one with pairwise weights has their square.
    pub(crate) fn check(&self, dim: usize) -> Result<(), Error> {
        let is_pairwise = matches!(self, Network::Classical(_) | Network::Notebook);
        match is_pairwise && dim > MOST_PAIRWISE {
            true => Err(Error::Usage(format!(
                "{} has a weight for every pair of {dim} units; allowed: up to {MOST_PAIRWISE} units",
                self.name()
            ))),
            false => Ok(()),
        }
    }

    /// Stores patterns in this coding: `[N, d]`.
    pub(crate) fn store(
        &self,
        patterns: Tensor<2>,
        updates: Updates,
    ) -> Result<Stored, MemoryError> {
        let classical = |storage| {
            let settings = ClassicalSettings { storage, biases: None, updates };
            ClassicalHopfield::store(patterns.clone(), &settings)
        };
        Ok(match *self {
            Network::Classical(storage) => Stored::Binary(Box::new(classical(storage)?)),
            Network::Notebook => Stored::Binary(Box::new(Negated(classical(Storage::Hebbian)?))),
            Network::Dense(interaction) => {
                let settings = DenseSettings { interaction, updates };
                Stored::Binary(Box::new(DenseMemory::store(patterns, &settings)?))
            }
            Network::Continuous(Continuous { similarity, separation, beta }) => {
                let tolerance = ContinuousSettings::default().tolerance;
                let settings = ContinuousSettings { similarity, separation, beta, tolerance };
                Stored::Continuous(Box::new(ContinuousMemory::store(patterns, &settings)?))
            }
        })
    }
}

impl Stored {
    pub(crate) fn memory(&self) -> &dyn AssociativeMemory {
        match self {
            Stored::Continuous(memory) => memory.as_ref(),
            Stored::Binary(memory) => memory.as_ref(),
        }
    }
}

/// A network whose every answer is turned round, as by a `binarize` that makes −1 of what is positive.
struct Negated(ClassicalHopfield);

impl AssociativeMemory for Negated {
    type Settings = ClassicalSettings;

    fn store(patterns: Tensor<2>, settings: &ClassicalSettings) -> Result<Self, MemoryError> {
        ClassicalHopfield::store(patterns, settings).map(Self)
    }

    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn update(&self, states: Tensor<2>) -> Tensor<2> {
        -self.0.update(states)
    }

    fn energy(&self, states: Tensor<2>) -> Result<Tensor<1>, MemoryError> {
        self.0.energy(states)
    }

    /// Every update turns the state round, so none is the last.
    fn recall(&self, states: Tensor<2>, max_steps: usize) -> Recall {
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
            assert_eq!(Network::parse(name).unwrap().name(), name);
        }
        for (wrong, message) in [
            ("hopfield", "allowed: classical, pseudo_inverse"),
            ("polynomial", "allowed: polynomial:N with a whole number N from 1"),
            ("rectified:0", "allowed: rectified:N"),
            ("exponential:-1", "allowed: exponential:BETA with a β above 0"),
            ("dot", "allowed: dot:BETA with a β above 0"),
            ("dot:8:hardmax", "allowed: softmax, sparsemax"),
        ] {
            let error = Network::parse(wrong).unwrap_err();
            assert!(error.starts_with(message), "{wrong}: {error}");
        }
    }
}
