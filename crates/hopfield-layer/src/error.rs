//! What can be wrong with a layer's settings or data.

use thiserror::Error;

/// A setting outside its allowed range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{field}` is {value}; allowed: {allowed}")]
pub struct InvalidSetting {
    /// The setting's name, as in [`HopfieldLayerConfig`](crate::HopfieldLayerConfig).
    pub field: &'static str,
    /// The value it was given.
    pub value: String,
    /// What is allowed.
    pub allowed: &'static str,
}

/// Why a layer could not be made.
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
    /// Patterns are drawn from distinct examples, and there are not enough.
    #[error("{patterns} patterns are drawn from distinct examples, but there are only {examples}")]
    TooFewExamples {
        /// How many patterns the layer has.
        patterns: usize,
        /// How many examples were given.
        examples: usize,
    },
    /// Data of another dimension than the layer's.
    #[error("{what} have dimension {found}, but the layer's patterns have {expected}")]
    WrongDimension {
        /// What has the wrong dimension.
        what: &'static str,
        /// The dimension found.
        found: usize,
        /// The layer's dimension d.
        expected: usize,
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
}
