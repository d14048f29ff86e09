//! Errors of memories.

use hopfield_layer::{InvalidSetting, LayerError};
use thiserror::Error;

/// Why a memory could not be created or used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MemoryError {
    /// There is nothing to store.
    #[error("patterns of shape {shape:?}; allowed: one or more patterns of one or more units")]
    Empty {
        /// Patterns and units.
        shape: [usize; 2],
    },
    /// A pattern for a network with units ±1 has another entry.
    #[error(
        "a pattern has an entry that is not +1 or -1; binary networks store only signs (for images: ink +1, paper -1)"
    )]
    NotBinary,
    /// A setting is out of range.
    #[error(transparent)]
    InvalidSetting(#[from] InvalidSetting),
    /// An error of the layer inside a continuous memory.
    #[error(transparent)]
    Layer(#[from] LayerError),
}
