//! Where training data comes from.

use std::fmt;

use crate::{DataError, Dataset};

/// Somewhere that training and test rows come from. Its `Display` names it for people.
pub trait Source: fmt::Display {
    /// Reads all rows.
    ///
    /// # Errors
    ///
    /// They can't be read or downloaded, or are malformed.
    fn load(&self) -> Result<Dataset, DataError>;
}
