//! Why a stack could not be made.

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
