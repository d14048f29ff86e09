//! Why a command failed.

use std::io;
use std::path::Path;

/// Why a command failed, in words for the user, who can fix it. No command distinguishes one reason from another.
pub(crate) type Error = Box<dyn std::error::Error>;

/// Adds the path to an error of the operating system.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |error| format!("{}: {error}", path.display()).into()
}
