//! What is reported about a run.

use hopfield_model::LayerEvaluation;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// What an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// The mean squared error per pixel.
    Mse,
    /// The part of the images with a wrong label.
    LabelError,
}

/// A line of `metrics.jsonl`.
#[derive(Debug, Serialize)]
pub(crate) struct Metrics<'a> {
    /// From 1.
    pub(crate) epoch: u64,
    /// `train_…`, of the epoch's batches as they were trained, and `test_…` or `validation_…`, after it.
    #[serde(flatten)]
    pub(crate) errors: Errors,
    pub(crate) images_per_sec: f64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) layers: &'a [LayerEvaluation],
}

/// The last line of `--json`.
#[derive(Debug, Serialize)]
pub(crate) struct Summary<'a> {
    pub(crate) run: &'a str,
    pub(crate) epochs: u64,
    /// `test_…`, and `best_test_…` or `best_validation_…`, the lowest after an epoch.
    #[serde(flatten)]
    pub(crate) errors: Errors,
    pub(crate) seconds: f64,
}

/// Errors by the names of the images that they are of.
#[derive(Debug)]
pub(crate) struct Errors {
    pub(crate) measure: Measure,
    pub(crate) of: [(&'static str, f64); 2],
}

impl Measure {
    fn key(self) -> &'static str {
        match self {
            Measure::Mse => "mse",
            Measure::LabelError => "label_error",
        }
    }

    /// An error for people.
    pub(crate) fn text(self, error: f64) -> String {
        match self {
            Measure::Mse => format!("MSE {error:.5}"),
            Measure::LabelError => format!("error {:.2}%", 100.0 * error),
        }
    }
}

impl Serialize for Errors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.of.len()))?;
        for (images, error) in &self.of {
            map.serialize_entry(&format!("{images}_{}", self.measure.key()), error)?;
        }
        map.end()
    }
}

impl Metrics<'_> {
    /// The line for people, of a run of `epochs`.
    pub(crate) fn for_people(&self, epochs: u64) -> String {
        let layers = |show: &dyn Fn(&LayerEvaluation) -> String| -> String {
            self.layers.iter().map(show).collect::<Vec<_>>().join(" ")
        };
        let error = |(images, error): &(&str, f64)| {
            format!("{images} {}", self.errors.measure.text(*error))
        };
        let mut text = format!(
            "epoch {:>3}/{epochs}  {}",
            self.epoch,
            self.errors.of.iter().map(error).collect::<Vec<_>>().join("  ")
        );
        if !self.layers.is_empty() {
            text += &format!(
                "  β {}  perplexity {}  used {}",
                layers(&|layer| {
                    let beta = layer.beta.iter().map(|beta| format!("{beta:.3}"));
                    beta.collect::<Vec<_>>().join("/")
                }),
                layers(&|layer| format!("{:.1}", layer.perplexity)),
                layers(&|layer| layer.used_patterns.to_string()),
            );
        }
        format!("{text}  {:.0} images/s", self.images_per_sec)
    }
}
