//! The parts of a layer that are arrays in a pattern database.

use std::fmt::{self, Display};

/// A part of a layer that is an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// H, `[N, d]`.
    Patterns,
    /// V, `[N, m]`, of a layer with values of its own.
    Values,
    /// log β of each head, `[h]`.
    LogBeta,
    /// The mean weight of each pattern over the held-out images, `[h·N]`, if it was measured.
    MeanWeights,
    /// The number of held-out images of which each pattern is the best match, `[h·N]`, if it was measured.
    BestMatches,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 5] =
        [Self::Patterns, Self::Values, Self::LogBeta, Self::MeanWeights, Self::BestMatches];

    /// The name of the array with this part of a layer, counted from 0 at the input: `layers.0.patterns`.
    pub fn of(self, layer: usize) -> String {
        format!("layers.{layer}.{self}")
    }

    /// Whether it is a table with a row per pattern.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Patterns | Self::Values)
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Patterns => "patterns",
            Self::Values => "values",
            Self::LogBeta => "log_beta",
            Self::MeanWeights => "mean_weights",
            Self::BestMatches => "best_matches",
        })
    }
}
