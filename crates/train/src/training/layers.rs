//! The settings of a layer that a config decides, to compare a saved stack with it.

use hopfield_layer::{HopfieldLayer, HopfieldLayerConfig, Separation, Similarity};

/// What a config decides about a layer, but for β, its start and its range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LayerSettings {
    patterns: usize,
    dim: usize,
    /// The dimension of the values, if the layer has its own.
    values: Option<usize>,
    heads: usize,
    similarity: Similarity,
    separation: Separation,
    steps: usize,
}

impl From<&HopfieldLayer> for LayerSettings {
    fn from(layer: &HopfieldLayer) -> Self {
        Self {
            patterns: layer.pattern_count(),
            dim: layer.dim(),
            values: layer.values.as_ref().map(|values| values.dims()[1]),
            heads: layer.heads(),
            similarity: layer.similarity,
            separation: layer.separation,
            steps: layer.steps,
        }
    }
}

impl From<&HopfieldLayerConfig> for LayerSettings {
    fn from(config: &HopfieldLayerConfig) -> Self {
        Self {
            patterns: config.patterns,
            dim: config.dim,
            values: config.values.map(|values| values.dim),
            heads: config.heads,
            similarity: config.similarity,
            separation: config.separation,
            steps: config.steps,
        }
    }
}

impl LayerSettings {
    /// What its numbers must fit, for people.
    pub(super) fn shape(&self) -> String {
        let Self { patterns, dim, values, heads, .. } = self;
        let values = values.map(|dim| format!(", values of dimension {dim}")).unwrap_or_default();
        let heads = if *heads > 1 { format!(", {heads} heads") } else { String::new() };
        format!("{patterns} patterns of dimension {dim}{values}{heads}")
    }

    /// How it answers, for people.
    pub(super) fn way(&self) -> String {
        let Self { similarity, separation, steps, .. } = self;
        let plural = if *steps == 1 { "step" } else { "steps" };
        format!("{similarity:?}, {separation:?} and {steps} {plural}")
    }
}
