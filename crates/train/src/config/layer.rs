//! `[[layers]]`: the layers, from the input on.

use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Range, Separation, Similarity, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::forms;

/// A layer. Its dimension follows from the images and the layers before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// How many layers of this kind follow one another.
    #[serde(skip_serializing)]
    #[schemars(range(min = 1, max = 1000), extend("default" = 1))]
    pub(super) repeat: usize,
    /// N, the number of patterns.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub patterns: usize,
    /// Values of their own: the layer compares with its patterns, but answers with its values.
    #[schemars(with = "forms::Values", extend("default" = null))]
    pub values: Option<Values>,
    /// States and patterns are split into this many parts, each with its own β. It divides their dimension.
    #[schemars(range(min = 1, max = 1_000_000), extend("default" = 1))]
    pub heads: usize,
    /// How states and patterns are compared.
    #[schemars(with = "String", extend("enum" = Similarity::ALL, "default" = Similarity::Dot))]
    pub similarity: Similarity,
    /// How scores become weights. `separation = "…"` is short for `separation = { kind = "…" }`.
    #[serde(serialize_with = "Separation::serialize_by_kind")]
    #[schemars(with = "forms::SeparationForm", extend("default" = "softmax"))]
    pub separation: Separation,
    /// Update steps per forward pass.
    #[schemars(range(min = 1, max = 1000), extend("default" = 1))]
    pub steps: usize,
    /// The inverse temperature. A number stays fixed; a table says more.
    #[schemars(with = "forms::Beta", extend("default" = {}, "x-default" = "see `beta.start`"))]
    pub beta: Beta,
    /// How the patterns start.
    #[schemars(with = "forms::Init", extend("default" = {}))]
    pub init: Init,
    /// The range in which all entries of patterns and values are kept.
    #[schemars(
        with = "[f64; 2]",
        inner(range(min = -3.4e38, max = 3.4e38)),
        extend("default" = null, "x-allowed" = "two numbers [low, high], low below high")
    )]
    pub range: Option<Range>,
}

impl Layer {
    /// The settings for states of dimension `dim`, which come from images of `pixels` pixels.
    pub(super) fn config(&self, dim: usize, pixels: usize) -> HopfieldLayerConfig {
        let values = |values: Values| match values.dim {
            0 => Values { dim: pixels, ..values },
            _ => values,
        };
        HopfieldLayerConfig {
            patterns: self.patterns,
            dim,
            values: self.values.map(values),
            heads: self.heads,
            similarity: self.similarity,
            separation: self.separation,
            steps: self.steps,
            beta: Some(self.beta.clone()),
            init: self.init,
            range: self.range,
        }
    }
}
