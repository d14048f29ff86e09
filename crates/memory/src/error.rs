//! Why a memory could not be made, or could not do what it was asked.

use hopfield_layer::{InvalidSetting, LayerError};
use thiserror::Error;

/// Why a memory could not be made, or could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MemoryError {
    /// There is nothing to store.
    #[error("patterns of shape {shape:?}; allowed: one or more patterns of one or more units")]
    Empty {
        /// Patterns and units.
        shape: [usize; 2],
    },
    /// The network's units are +1 and −1, and an entry of a pattern is not.
    #[error(
        "a pattern has an entry that is not +1 or -1; binary networks store signs only (for images: ink +1, paper -1)"
    )]
    NotBinary,
    /// A setting is out of range.
    #[error(transparent)]
    InvalidSetting(#[from] InvalidSetting),
    /// What the layer of a continuous memory says.
    #[error(transparent)]
    Layer(#[from] LayerError),
}
