//! The figures of a run, for people and programs.

use hopfield_model::{LayerEvaluation, Measure};
use serde::{Serialize, Serializer};

/// A line of `metrics.jsonl`.
#[derive(Debug, Serialize)]
pub(crate) struct Metrics<'a> {
    /// From 1.
    pub(crate) epoch: u64,
    /// `train_…`, measured on the batches during the epoch, and `test_…` or `validation_…`, measured after it.
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

/// Errors, each with the name of the images that it was measured on.
#[derive(Debug)]
pub(crate) struct Errors {
    pub(crate) measure: Measure,
    pub(crate) of: [(&'static str, f64); 2],
}

impl Serialize for Errors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = self
            .of
            .iter()
            .map(|(images, error)| (format!("{images}_{}", self.measure.name), error));
        serializer.collect_map(named)
    }
}

impl Metrics<'_> {
    /// The line for people; the run has `epochs` in all.
    pub(crate) fn for_people(&self, epochs: u64) -> String {
        let layers = |show: &dyn Fn(&LayerEvaluation) -> String| -> String {
            self.layers.iter().map(show).collect::<Vec<_>>().join(" ")
        };
        let error = |(images, error): &(&str, f64)| {
            format!("{images} {}", (self.errors.measure.text)(*error))
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
