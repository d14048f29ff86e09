//! Why a pattern database can't be used, exported or imported.

use std::io;
use std::path::{Path, PathBuf};

use hopfield_arrays::ArrayError;
use hopfield_layer::LayerError;
use hopfield_model::ModelError;
use thiserror::Error;

/// Why a file is not a usable pattern database. Every message names the file.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// It can't be read as a file of arrays.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// Its arrays are not a pattern database.
    #[error("{file}: {source}")]
    Invalid {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: InvalidDatabase,
    },
}

/// Why arrays are not a pattern database.
#[derive(Debug, Error)]
pub enum InvalidDatabase {
    /// There is no manifest beside the arrays.
    #[error(
        "it holds arrays ({0}), but no manifest, so it is no pattern database; `hopfield import` makes one from such a file"
    )]
    Bare(String),
    /// The manifest is unreadable.
    #[error("its metadata has no readable `hopfield` entry: {0}")]
    Metadata(String),
    /// The manifest, or the settings of an import, contradict themselves or the arrays.
    #[error("{0}")]
    Contradiction(String),
    /// An array is missing.
    #[error("tensor `{0}` is missing")]
    Missing(String),
    /// An array has the wrong shape or numbers.
    #[error("tensor `{name}`: {problem}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl InvalidDatabase {
    pub(crate) fn tensor(name: &str, problem: impl Into<String>) -> Self {
        Self::Tensor { name: name.to_owned(), problem: problem.into() }
    }

    /// The settings of a layer are wrong.
    pub(crate) fn in_layer(layer: usize, source: LayerError) -> Self {
        ModelError::Layer { layer, source }.into()
    }

    /// With the name of the file.
    pub(crate) fn in_file(self, file: &str) -> DatabaseError {
        DatabaseError::Invalid { file: file.to_owned(), source: self }
    }
}

impl From<ModelError> for InvalidDatabase {
    fn from(error: ModelError) -> Self {
        Self::Contradiction(error.to_string())
    }
}

/// Why nothing was exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The pattern database, or a snapshot of it, can't be read.
    #[error(transparent)]
    Database(#[from] DatabaseError),
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
    Write(#[from] io::Error),
    /// A file exists already.
    #[error("{} is there already; give --force to replace it, or another name with --out PATH", .0.display())]
    Exists(PathBuf),
    /// The file to write is the one to read.
    #[error("{} is the pattern database itself; give another name with --out PATH", .0.display())]
    Itself(PathBuf),
    /// Several files can't be written under one name.
    #[error("{}: every layer has a file of its own; give a folder, or one layer with --layer K", .0.display())]
    NeedsFolder(PathBuf),
    /// Two files would have the same name.
    #[error("{} would be written twice, since the text beside the table has this name, too; give another name with --out PATH", .0.display())]
    Twice(PathBuf),
    /// A layer alone is no pattern database of images.
    #[error(
        "layer {layer} takes dimension {takes} and answers in {answers}, so that alone it is no pattern database of images of \
         {height} × {width}; its arrays can be exported as npy, csv or parquet"
    )]
    NotAlone {
        /// The layer.
        layer: usize,
        /// The dimension that it takes.
        takes: usize,
        /// The dimension that it answers in.
        answers: usize,
        /// Rows of an image.
        height: usize,
        /// Pixels in a row.
        width: usize,
    },
    /// There is no such layer.
    #[error("--layer {layer}; allowed: a layer of the stack, 0 to {}", count - 1)]
    NoLayer {
        /// The layer asked for.
        layer: usize,
        /// How many there are.
        count: usize,
    },
    /// Nothing can be shown as images.
    #[error(
        "no pattern has the dimension of an image, {height} × {width}; there is nothing to show"
    )]
    NoPictures {
        /// Rows of an image.
        height: usize,
        /// Pixels in a row.
        width: usize,
    },
    /// The run kept no snapshots.
    #[error(
        "{}: there are no snapshots of the training in it, so its evolution can't be shown; train with output.snapshots = 32",
        .0.display()
    )]
    NoSnapshots(PathBuf),
}

impl From<ArrayError> for ExportError {
    fn from(error: ArrayError) -> Self {
        Self::Database(error.into())
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
