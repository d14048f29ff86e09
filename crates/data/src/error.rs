//! What can be wrong with data.

use std::io;
use std::path::PathBuf;

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
    /// The file is not the IDX file that is needed.
    #[error("{file}: {problem}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A folder lacks one of the four files.
    #[error(
        "{}: no {what} file; needed are four IDX files, plain or .gz, with `train-images`, \
         `train-labels`, `t10k-images` (or `test-images`) and `t10k-labels` (or `test-labels`) in their names",
        folder.display()
    )]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// What is missing, such as `train-images`.
        what: &'static str,
    },
    /// A folder has several candidates for one of the four files.
    #[error("{}: several {what} files ({}); keep one data set in a folder", folder.display(), names.join(", "))]
    Ambiguous {
        /// The folder.
        folder: PathBuf,
        /// What is there several times.
        what: &'static str,
        /// The files' names.
        names: Vec<String>,
    },
    /// The four files don't belong together.
    #[error("{files}: {problem}")]
    Mismatch {
        /// The files.
        files: String,
        /// How they differ.
        problem: String,
    },
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
