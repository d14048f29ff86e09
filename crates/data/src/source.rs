//! Where training data comes from: one file per source, and the names that lead to them.

use std::fmt;
use std::path::PathBuf;

use crate::sources::{Bundled, IdxFolder, Mnist};
use crate::{DataError, Dataset};

/// Somewhere that training and test images come from. Its `Display` names it for people.
pub trait Source: fmt::Display {
    /// Reads all images.
    ///
    /// # Errors
    ///
    /// They can't be read or downloaded, or are malformed.
    fn load(&self) -> Result<Dataset, DataError>;
}

/// Makes a source.
type Make = fn() -> Box<dyn Source>;

/// The sources that have a name of their own.
pub const NAMED: [(&str, Make); 2] =
    [("bundled", || Box::new(Bundled)), ("mnist", || Box::new(Mnist::default()))];

/// The source called `name`: one of [`NAMED`], or a folder.
///
/// ```
/// let digits = hopfield_data::source("bundled").load()?;
/// assert_eq!((digits.train.count(), digits.test.count()), (10_000, 2_000));
/// assert_eq!((digits.height(), digits.width()), (28, 28));
/// assert_eq!(hopfield_data::source("my/images").to_string(), "my/images");
/// # Ok::<(), hopfield_data::DataError>(())
/// ```
pub fn source(name: &str) -> Box<dyn Source> {
    match NAMED.into_iter().find(|(named, _)| *named == name) {
        Some((_, make)) => make(),
        None => Box::new(IdxFolder(PathBuf::from(name))),
    }
}
