//! Why a pattern database can't be exported or imported.

use std::io;
use std::path::{Path, PathBuf};

use hopfield_arrays::ArrayError;
use thiserror::Error;

/// Why nothing was exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The pattern database, or a snapshot of it, can't be read.
    #[error(transparent)]
    Database(#[from] ArrayError),
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The operating system refused; the name of the file is added where it is known.
    #[error(transparent)]
    Write(io::Error),
    /// A file exists already.
    #[error("{} is there already; give --force to replace it, or another name with --out PATH", .0.display())]
    Exists(PathBuf),
    /// There is no such layer.
    #[error("--layer {layer}; allowed: a layer of the stack, 0 to {}", count - 1)]
    NoLayer {
        /// The layer asked for.
        layer: usize,
        /// How many there are.
        count: usize,
    },
    /// This can't be exported in this format, or under this name: the text says why, and what to do.
    #[error("{0}")]
    Refused(String),
}

impl From<io::Error> for ExportError {
    /// Where numbers are read while a file is written, the error may be that of the file they are read from.
    fn from(error: io::Error) -> Self {
        error.downcast().map_or_else(Self::Write, Self::Database)
    }
}

impl ExportError {
    /// Adds the name of the file that was being written.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        match self {
            Self::Write(source) => Self::Io { path: path.into(), source },
            other => other,
        }
    }
}
