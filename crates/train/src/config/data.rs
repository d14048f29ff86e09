//! `[data]`: the rows to train on.

use std::path::{Path, PathBuf};

use hopfield_arrays::ImageShape;
use hopfield_data::{DataError, Files, IdxFolder, InMemory, NAMED, Scale, Source, Test};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[data]`: the rows to train on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The rows, unless `train` or `dir` names them: 10,000 + 2,000 digits that come with the program, or all of MNIST, which is downloaded
    /// once.
    #[schemars(with = "String", extend("enum" = NAMED.map(|(name, _)| name), "default" = "bundled"))]
    pub(super) source: Option<String>,
    /// A folder with four IDX files, plain or `.gz`, named like those of MNIST. It takes precedence over `source`.
    #[schemars(with = "String", length(min = 1), extend("default" = null))]
    pub(super) dir: Option<PathBuf>,
    /// Your rows: an npy, npz, safetensors, Parquet, CSV or IDX file (`.gz`, too), or a folder of PNG and JPEG pictures, whose sub-folders are
    /// labels. `file#name` is one of several arrays, or a column. It takes precedence over `dir` and `source`.
    #[schemars(with = "String", length(min = 1), extend("default" = null))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) train: Option<String>,
    /// With `train`: test rows of their own, or the share of the training rows that is drawn by the seed to test on, and not trained on.
    #[schemars(with = "TestForm", extend("default" = null, "x-default" = "`0.1`"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) test: Option<TestForm>,
    /// With `train`: the class of each row, a whole number from 0 on or a text. A column of the training table itself (`train = "a.csv"`,
    /// `labels = "a.csv#class"`) is not trained on.
    #[schemars(with = "String", length(min = 1), extend("default" = null))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) labels: Option<String>,
    /// With `test = "…"`: the class of each test row.
    #[schemars(with = "String", length(min = 1), extend("default" = null))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) test_labels: Option<String>,
    /// With `train`: height and width of an image, and 3 channels if it is in colour. By default, pictures and arrays of shape
    /// [n, height, width] or [n, height, width, 3] are images, and all other rows are vectors.
    #[schemars(
        with = "Vec<usize>",
        length(min = 2, max = 3),
        inner(range(min = 1, max = 100_000))
    )]
    #[schemars(extend("default" = null, "x-allowed" = SHAPES))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image_shape: Option<ImageShape>,
    /// How numbers are scaled; the training rows decide. Pictures and `hopfield encode` undo it.
    #[schemars(extend("default" = "auto"))]
    #[serde(skip_serializing_if = "is_auto")]
    pub scale: Scale,
    /// How many training rows are kept back for validation: the last ones; with `train`, they are drawn by the seed. Each epoch is then
    /// measured on them, and the test rows are used only once, at the end. 0: each epoch is measured on the test rows.
    #[schemars(range(min = 0, max = 1_000_000_000), extend("default" = 0))]
    pub validation: usize,
}

fn is_auto(scale: &Scale) -> bool {
    *scale == Scale::Auto
}

/// What a shape of images is.
pub(super) const SHAPES: &str = "[height, width] or [height, width, 3]";

/// The share of the training rows that is tested on, if nothing is said.
pub(super) const SHARE: f64 = 0.1;

/// A share, or a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum TestForm {
    Share(#[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))] f64),
    Place(#[schemars(length(min = 1))] String),
}

impl Data {
    /// The settings that name the user's files and folders, with their values.
    pub fn places(&self) -> Vec<(&'static str, &Path)> {
        let test = match &self.test {
            Some(TestForm::Place(place)) => Some(place),
            _ => None,
        };
        let files = [
            ("data.train", self.train.as_ref()),
            ("data.test", test),
            ("data.labels", self.labels.as_ref()),
            ("data.test_labels", self.test_labels.as_ref()),
        ];
        let files: Vec<_> =
            files.into_iter().filter_map(|(key, place)| Some((key, Path::new(place?)))).collect();
        match &self.dir {
            Some(dir) if files.is_empty() => vec![("data.dir", dir)],
            _ => files,
        }
    }

    /// Whether these are the user's rows, which may be sorted by class.
    pub fn is_own(&self) -> bool {
        self.train.is_some()
    }

    /// The same for rows that are in memory, in place of those that are named here.
    ///
    /// # Errors
    ///
    /// Files are named that belong to those.
    pub(crate) fn in_memory(&self, rows: &InMemory) -> Result<Self, String> {
        let alone =
            |key| Err(format!("data.{key} names a file, but the rows are in memory; remove it"));
        let share = match self.test {
            Some(TestForm::Place(_)) => return alone("test"),
            Some(TestForm::Share(share)) => share,
            None => SHARE,
        };
        if self.labels.is_some() {
            return alone("labels");
        }
        Ok(Self {
            train: Some(rows.to_string()),
            test: Some(TestForm::Share(share)),
            dir: None,
            source: None,
            ..self.clone()
        })
    }

    /// Rows in memory, shaped and tested as said here.
    ///
    /// # Errors
    ///
    /// The rows have another shape.
    pub(crate) fn of(&self, rows: InMemory, seed: u64) -> Result<InMemory, DataError> {
        let rows = match self.test {
            Some(TestForm::Share(share)) => rows.tested(share, seed),
            _ => rows,
        };
        self.image_shape.map_or(Ok(rows.clone()), |shape| rows.shaped(shape))
    }

    /// Where the rows come from. `seed` draws the share that is tested on.
    pub fn source(&self, seed: u64) -> Box<dyn Source> {
        match (&self.train, &self.dir, &self.source) {
            (Some(train), ..) => Box::new(Files {
                train: train.clone(),
                test: match &self.test {
                    Some(TestForm::Place(place)) => Test::Place(place.clone()),
                    Some(TestForm::Share(share)) => Test::Share(*share),
                    None => Test::Share(SHARE),
                },
                labels: self.labels.clone(),
                test_labels: self.test_labels.clone(),
                image_shape: self.image_shape,
                seed,
            }),
            (None, Some(dir), _) => Box::new(IdxFolder(dir.clone())),
            (None, None, Some(name)) => hopfield_data::source(name),
            (None, None, None) => hopfield_data::source(NAMED[0].0),
        }
    }
}
