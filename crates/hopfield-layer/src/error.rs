//! What can be wrong with a layer's settings or data.

use thiserror::Error;

use crate::{Beta, BetaSchedule, Init, Separation, Similarity};

/// A setting outside its allowed range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{field}` is {value}; allowed: {allowed}")]
pub struct InvalidSetting {
    /// The setting's name, as in [`HopfieldLayerConfig`](crate::HopfieldLayerConfig).
    pub field: &'static str,
    /// The value it was given.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

impl InvalidSetting {
    /// The setting `field` has this value; something else is allowed.
    pub fn new(field: &'static str, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self { field, value: value.to_string(), allowed: allowed.into() }
    }
}

/// Why a layer could not be made, or could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LayerError {
    /// Settings are out of range; all of them are listed.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    InvalidSettings(Vec<InvalidSetting>),
    /// The setting needs data, but the layer was made without.
    #[error("`{field}` is {value}, which is drawn from data; make the layer with `init_on_data`")]
    NeedsData {
        /// The setting's name.
        field: &'static str,
        /// Its value.
        value: &'static str,
    },
    /// The settings say that there are values of their own, or none, and it is not so.
    #[error("the settings say {by_settings} values of their own, but {given} are given")]
    Values {
        /// "some" or "no".
        by_settings: &'static str,
        /// "some" or "none".
        given: &'static str,
    },
    /// Patterns are drawn from distinct examples, and there are not enough.
    #[error("{patterns} patterns are drawn from distinct examples, but there are only {examples}")]
    TooFewExamples {
        /// How many patterns are drawn.
        patterns: usize,
        /// How many examples were given.
        examples: usize,
    },
    /// Data of another dimension than is needed.
    #[error("{what} have dimension {found}; needed is {expected}")]
    WrongDimension {
        /// What has the wrong dimension.
        what: &'static str,
        /// The dimension found.
        found: usize,
        /// The dimension needed.
        expected: usize,
    },
    /// Rows of another shape than the settings say.
    #[error("{what} have shape {found:?}; by the settings it is {expected:?}")]
    WrongShape {
        /// What has the wrong shape.
        what: &'static str,
        /// The shape found.
        found: [usize; 2],
        /// The shape by the settings.
        expected: [usize; 2],
    },
    /// β can't be calibrated: all patterns are equally similar to the states.
    #[error(
        "β can't be calibrated: the similarities of the states to the patterns have a spread of \
         {spread}; a positive, finite one is needed (are all patterns equal, or is the data blank or not finite?)"
    )]
    NoSpread {
        /// The spread found, as text.
        spread: String,
    },
    /// The update steps of this pair descend no energy.
    #[error("the update steps of {similarity} with {separation} descend no energy")]
    NoEnergy {
        /// The layer's similarity.
        similarity: Similarity,
        /// Its separation.
        separation: Separation,
    },
    /// The error of one step is only bounded for softmax and top-k.
    #[error("the error of a step with {separation} has no bound; softmax and top-k have one")]
    NoErrorBound {
        /// The layer's separation.
        separation: Separation,
    },
}

/// The settings found out of range so far.
#[derive(Default)]
pub(crate) struct Checks(Vec<InvalidSetting>);

impl Checks {
    pub(crate) fn require(
        &mut self,
        holds: bool,
        field: &'static str,
        value: impl ToString,
        allowed: impl ToString,
    ) {
        if !holds {
            self.0.push(InvalidSetting::new(field, value, allowed.to_string()));
        }
    }

    pub(crate) fn count(&mut self, field: &'static str, count: usize) {
        self.require(count > 0, field, count, "a whole number, 1 or more");
    }

    pub(crate) fn divides(&mut self, field: &'static str, heads: usize, dim: usize, allowed: &str) {
        // No head at all is another problem.
        let holds = heads == 0 || dim.is_multiple_of(heads);
        self.require(holds, field, heads, format!("{allowed}, {dim}"));
    }

    pub(crate) fn separation(&mut self, separation: Separation, similarity: Similarity) {
        match separation {
            Separation::TopK(k) => self.count("separation.k", k),
            Separation::Polynomial(degree) => {
                let holds = (1..=100).contains(&degree);
                self.require(holds, "separation.degree", degree, "a whole number from 1 to 100");
                let holds = similarity != Similarity::Euclidean;
                let allowed = "another with Euclidean similarity, whose scores are never positive";
                self.require(holds, "separation", "polynomial", allowed);
            }
            Separation::LogSumRelu => {
                let holds = similarity == Similarity::Euclidean;
                let allowed = "another, or Euclidean similarity, whose scores are 0 at a pattern and fall with the distance";
                self.require(holds, "separation", "log_sum_relu", allowed);
            }
            _ => {}
        }
    }

    pub(crate) fn beta(&mut self, beta: &Beta, heads: usize) {
        match beta {
            Beta::Fixed(beta) | Beta::Trainable(beta) => self.positive("beta", *beta),
            Beta::Calibrated { spread, .. } => self.positive("beta.spread", *spread),
            Beta::Scheduled(BetaSchedule { from, to, .. }) => {
                self.positive("beta.from", *from);
                self.positive("beta.to", *to);
            }
            Beta::PerHead { start, .. } => {
                let holds = start.len() == heads;
                let allowed = format!("one per head, {heads}");
                self.require(holds, "beta.start", format!("{} values", start.len()), allowed);
                start.iter().for_each(|&beta| self.positive("beta.start", beta));
            }
        }
    }

    /// Everything is stored in f32.
    pub(crate) fn positive(&mut self, field: &'static str, value: f64) {
        let holds = (value as f32).is_normal() && value > 0.0;
        self.require(holds, field, format!("{value:?}"), "a number from 1.2e-38 to 3.4e38");
    }

    pub(crate) fn range(&mut self, field: &'static str, low: f64, high: f64) {
        let holds = finite(low) && finite(high) && low < high;
        let allowed = "low below high, both within ±3.4e38";
        self.require(holds, field, format!("[{low:?}, {high:?}]"), allowed);
    }

    /// `fields`: the names of the uniform and the normal distribution.
    pub(crate) fn init(&mut self, fields: [&'static str; 2], init: Init) {
        match init {
            Init::Uniform { low, high } => self.range(fields[0], low, high),
            Init::Normal { mean, std } => self.require(
                finite(mean) && finite(std) && std > 0.0,
                fields[1],
                format!("mean {mean:?}, std {std:?}"),
                "a mean within ±3.4e38 and a std above 0 to 3.4e38",
            ),
            Init::Data | Init::KMeansPlusPlus => {}
        }
    }

    pub(crate) fn end(self) -> Result<(), LayerError> {
        if self.0.is_empty() { Ok(()) } else { Err(LayerError::InvalidSettings(self.0)) }
    }
}

fn finite(number: f64) -> bool {
    (number as f32).is_finite()
}
