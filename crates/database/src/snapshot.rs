//! Pattern databases that were saved during a training.

use std::path::PathBuf;

/// The pattern database after so many steps of a training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Steps that had been done.
    pub step: u64,
    /// Its file, a pattern database.
    pub path: PathBuf,
}
