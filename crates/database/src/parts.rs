//! The parts of a layer that are arrays in a pattern database.

use hopfield_layer::named;

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

named! {
    Part {
        Patterns = "patterns",
        Values = "values",
        LogBeta = "log_beta",
        MeanWeights = "mean_weights",
        BestMatches = "best_matches",
    }
}

impl Part {
    /// The name of the array with this part of a layer, counted from 0 at the input: `layers.0.patterns`.
    pub fn of(self, layer: usize) -> String {
        format!("layers.{layer}.{self}")
    }

    /// Whether it is a table with a row per pattern.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Patterns | Self::Values)
    }
}
