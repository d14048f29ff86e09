//! `[data]`: the images.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::text;

/// `[data]`: the images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The images: 10,000 + 2,000 digits that come with the program, or all of MNIST, which is downloaded once.
    #[schemars(with = "Named", extend("default" = "bundled"))]
    pub(super) source: Option<Named>,
    /// A folder with four IDX files, plain or `.gz`, named like those of MNIST. It takes precedence over `source`.
    #[schemars(schema_with = "text", extend("default" = null))]
    pub(super) dir: Option<PathBuf>,
    /// How many of the last training images are kept back for validation. Each epoch is then measured on them, and the test images
    /// are used only once, at the end. 0: each epoch is measured on the test images.
    #[schemars(range(min = 0, max = 1_000_000_000), extend("default" = 0))]
    pub validation: usize,
}

/// Images that have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Named {
    Bundled,
    Mnist,
}

/// Where the images come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `source = "bundled"`: the digits that come with the program.
    Bundled,
    /// `source = "mnist"`: all of MNIST, downloaded once.
    Mnist,
    /// `dir = "…"`: a folder with four IDX files.
    Dir(PathBuf),
}

impl Data {
    /// Where the images come from.
    pub fn source(&self) -> Source {
        match (&self.dir, self.source) {
            (Some(dir), _) => Source::Dir(dir.clone()),
            (None, Some(Named::Mnist)) => Source::Mnist,
            (None, _) => Source::Bundled,
        }
    }
}
