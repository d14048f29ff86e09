//! What can be wrong with a file of arrays.

use std::fmt::Display;
use std::io;

use thiserror::Error;

/// Why arrays can't be used. Every message names the file.
#[derive(Debug, Error)]
pub enum ArrayError {
    /// The operating system refused.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not one that is read here, contradicts itself, or is not what is needed.
    #[error("{file}: {problem}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong with it, and what is needed.
        problem: String,
    },
}

impl ArrayError {
    /// There is a problem with a file.
    pub fn malformed(file: &str, problem: impl Display) -> Self {
        Self::Malformed { file: file.to_owned(), problem: problem.to_string() }
    }
}

impl From<ArrayError> for io::Error {
    /// For a writer of a file that reads its numbers from another; [`io::Error::downcast`] gives the error back.
    fn from(error: ArrayError) -> Self {
        Self::other(error)
    }
}
