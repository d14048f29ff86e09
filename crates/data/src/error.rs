//! What can be wrong with data.

use std::io;
use std::path::PathBuf;

use hopfield_arrays::ArrayError;
use thiserror::Error;

/// Why data could not be read. Every message names the file and what to do.
#[derive(Debug, Error)]
pub enum DataError {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not the one that is needed, a folder does not hold the four IDX files, or they don't belong together.
    #[error("{file}: {problem}")]
    Malformed {
        /// The file, files or folder.
        file: String,
        /// What is wrong, and what is needed.
        problem: String,
    },
    /// A file of arrays can't be used.
    #[error(transparent)]
    Arrays(#[from] ArrayError),
    /// MNIST could not be downloaded.
    #[error(
        "MNIST is not in {} and could not be downloaded from {url}: {reason}\n\
         hint: use the digits in the program (`--set data.source=bundled`), or a folder with the four IDX files \
         (`--set data.dir=FOLDER`), or put the uncompressed files there",
        cache.display()
    )]
    Download {
        /// Where the files are kept.
        cache: PathBuf,
        /// The file asked for.
        url: String,
        /// What went wrong.
        reason: String,
    },
}
