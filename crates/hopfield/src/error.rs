//! Why a command failed.

use std::io;
use std::path::{Path, PathBuf};

use hopfield_arrays::ArrayError;
use hopfield_data::DataError;
use hopfield_database::ExportError;
use hopfield_layer::LayerError;
use hopfield_memory::MemoryError;
use hopfield_train::TrainError;
use thiserror::Error;

/// Why a command failed. The user can fix all of these.
#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Run(#[from] TrainError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Array(#[from] ArrayError),
    #[error(transparent)]
    Memory(#[from] MemoryError),
    #[error(transparent)]
    Layer(#[from] LayerError),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// Arguments that do not fit the data. The text says what is wrong, what is allowed and what to do.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.into(), source }
    }
}
