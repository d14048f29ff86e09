//! Why nothing was exported.

use std::io;
use std::path::{Path, PathBuf};

use hopfield_arrays::ArrayError;
use thiserror::Error;

use crate::ArchiveError;

/// Why nothing was exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// A file of arrays can't be read.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// A file is no pattern database.
    #[error("{}: {source}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ArchiveError,
    },
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The operating system refused, in a file whose name is added where it is known.
    #[error(transparent)]
    Write(#[from] io::Error),
    /// A file is there already.
    #[error("{} is there already; give --force to replace it, or another name with --out PATH", .0.display())]
    Exists(PathBuf),
    /// The file to write is the one to read.
    #[error("{} is the pattern database itself; give another name with --out PATH", .0.display())]
    Itself(PathBuf),
    /// Several files can't be written to one name.
    #[error("{}: every layer has a file of its own; give a folder, or one layer with --layer K", .0.display())]
    NeedsFolder(PathBuf),
    /// Two files would have the same name.
    #[error("{} would be written twice, the text beside the table, too; give another name with --out PATH", .0.display())]
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

impl ExportError {
    /// With the name of the file that was being written.
    pub fn in_file(self, path: &Path) -> Self {
        match self {
            Self::Write(source) => Self::Io { path: path.into(), source },
            other => other,
        }
    }
}
