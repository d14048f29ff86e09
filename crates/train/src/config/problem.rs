//! Something wrong with a config, and where.

use std::fmt;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// In the file, on this line (from 1).
    Line(String, usize),
    /// On the command line, as typed.
    CommandLine(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(file, line) => write!(f, "{file}:{line}"),
            Place::CommandLine(text) => f.write_str(text),
        }
    }
}

/// Something wrong with the config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub(crate) at: Option<Place>,
    /// The full path of the key, such as `layers.0.beta`; empty if the problem belongs to none.
    pub(super) key: String,
    pub(super) message: String,
}

impl Problem {
    pub(crate) fn new(at: impl Into<Option<Place>>, key: &str, message: String) -> Self {
        Self { at: at.into(), key: key.to_owned(), message }
    }
}

impl Problem {
    /// What is wrong, without where.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{at}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
