//! The settings of the layers of a saved stack, to compare them with the config's.

use hopfield_layer::{HopfieldLayer, HopfieldLayerConfig, Values};

/// The settings of `layer`; those that a layer does not keep, as in `wanted`.
pub(super) fn settings(layer: &HopfieldLayer, wanted: &HopfieldLayerConfig) -> HopfieldLayerConfig {
    let init = wanted.values.map_or(wanted.init, |values| values.init);
    let values = layer.values.as_ref().map(|values| Values { dim: values.dims()[1], init });
    HopfieldLayerConfig {
        patterns: layer.pattern_count(),
        dim: layer.dim(),
        values,
        heads: layer.heads(),
        similarity: layer.similarity,
        separation: layer.separation,
        steps: layer.steps,
        ..wanted.clone()
    }
}

/// The numbers of a layer, for people.
pub(super) fn shape(layer: &HopfieldLayerConfig) -> String {
    let HopfieldLayerConfig { patterns, dim, values, heads, .. } = layer;
    let values =
        values.map_or(String::new(), |Values { dim, .. }| format!(", values of dimension {dim}"));
    let heads = if *heads > 1 { format!(", {heads} heads") } else { String::new() };
    format!("{patterns} patterns of dimension {dim}{values}{heads}")
}

/// How a layer answers, for people.
pub(super) fn way(layer: &HopfieldLayerConfig) -> String {
    let HopfieldLayerConfig { similarity, separation, steps, .. } = layer;
    let plural = if *steps == 1 { "step" } else { "steps" };
    format!("{similarity:?}, {separation:?} and {steps} {plural}")
}
