//! `[data]`: the images.

use std::path::{Path, PathBuf};

use hopfield_data::{IdxFolder, NAMED, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[data]`: the images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The images: 10,000 + 2,000 digits that come with the program, or all of MNIST, which is downloaded once.
    #[schemars(with = "String", extend("enum" = NAMED.map(|(name, _)| name), "default" = "bundled"))]
    pub(super) source: Option<String>,
    /// A folder with four IDX files, plain or `.gz`, named like those of MNIST. It takes precedence over `source`.
    #[schemars(with = "String", length(min = 1), extend("default" = null))]
    pub(super) dir: Option<PathBuf>,
    /// How many of the last training images are kept back for validation. Each epoch is then measured on them, and the test images
    /// are used only once, at the end. 0: each epoch is measured on the test images.
    #[schemars(range(min = 0, max = 1_000_000_000), extend("default" = 0))]
    pub validation: usize,
}

impl Data {
    /// The folder that the images come from, if it is one of the user's.
    pub fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// Where the images come from.
    pub fn source(&self) -> Box<dyn Source> {
        match (&self.dir, &self.source) {
            (Some(dir), _) => Box::new(IdxFolder(dir.clone())),
            (None, Some(name)) => hopfield_data::source(name),
            (None, None) => hopfield_data::source(NAMED[0].0),
        }
    }
}
