//! Why a stack could not be made or trained.

use hopfield_layer::LayerError;
use thiserror::Error;

/// Why a stack could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelError {
    /// A stack without layers.
    #[error("a stack needs at least one layer")]
    NoLayers,
    /// One layer can't be made.
    #[error("layer {layer}: {source}")]
    Layer {
        /// The layer, counted from 0 at the input.
        layer: usize,
        /// What is wrong with it.
        source: LayerError,
    },
    /// A layer does not fit the one before it.
    #[error("layer {layer} takes dimension {found}, but the layer before answers {expected}")]
    Dimensions {
        /// The layer, counted from 0 at the input.
        layer: usize,
        /// The dimension that it takes.
        found: usize,
        /// The dimension that the layer before it answers in.
        expected: usize,
    },
    /// The answers of a layer can't be added to its states.
    #[error(
        "layer {layer} takes dimension {expected}, but answers in {found}; a residual stack adds the two, so every layer but \
         the last must answer in the dimension that it takes"
    )]
    Residual {
        /// The layer, counted from 0 at the input.
        layer: usize,
        /// The dimension that it answers in.
        found: usize,
        /// The dimension that it takes.
        expected: usize,
    },
}

/// Why a stack can't be trained for an objective. Each message begins with a field of the objective.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ObjectiveError {
    /// There is a label that the classifier does not have.
    #[error(
        "labels = {labels}, but there is an image with the label {largest}; allowed: {} or more, for labels from 0 to {largest}",
        largest + 1
    )]
    Labels {
        /// The largest label of an image.
        largest: usize,
        /// How many labels the classifier has.
        labels: usize,
    },
    /// A classifier is recognised by answering in another dimension than it takes.
    #[error(
        "labels = {labels}, which is the number of pixels of an image; allowed: any other number"
    )]
    AsManyLabelsAsPixels {
        /// How many labels the classifier has.
        labels: usize,
    },
    /// No image has a gradient.
    #[error(
        "temperature = {temperature} saturates the label units: no image has a gradient, though most have wrong labels; raise \
         it (about .7 times the number of pixels is a good start)"
    )]
    Saturated {
        /// T
        temperature: f64,
    },
}
