//! What can be wrong with a file of arrays.

use std::io;

use thiserror::Error;

/// Why arrays could not be read. Every message names the file.
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
    /// The file is not one that is read here, or contradicts itself.
    #[error("{file}: {problem}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong with it, and what is needed.
        problem: String,
    },
}

impl ArrayError {
    pub(crate) fn malformed(file: &str, problem: impl Into<String>) -> Self {
        Self::Malformed { file: file.to_owned(), problem: problem.into() }
    }
}
