//! What is reported about a run.

use hopfield_model::LayerEvaluation;
use serde::Serialize;

/// A line of `metrics.jsonl`.
#[derive(Debug, Serialize)]
pub(crate) struct Metrics<'a> {
    /// From 1.
    pub(crate) epoch: u64,
    /// Per pixel, the mean over the epoch's batches as they were trained.
    pub(crate) train_mse: f64,
    /// Per pixel, after the epoch; one of the two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) test_mse: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) validation_mse: Option<f64>,
    pub(crate) images_per_sec: f64,
    pub(crate) layers: &'a [LayerEvaluation],
}

/// The last line of `--json`.
#[derive(Debug, Serialize)]
pub(crate) struct Summary<'a> {
    pub(crate) run: &'a str,
    pub(crate) epochs: u64,
    pub(crate) test_mse: f64,
    /// The lowest error after an epoch, of the images that epochs are measured on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) best_test_mse: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) best_validation_mse: Option<f64>,
    pub(crate) seconds: f64,
}

impl Metrics<'_> {
    /// The line for people, of a run of `epochs`.
    pub(crate) fn for_people(&self, epochs: u64) -> String {
        let layers = |show: &dyn Fn(&LayerEvaluation) -> String| -> String {
            self.layers.iter().map(show).collect::<Vec<_>>().join(" ")
        };
        let (name, mse) = match self.validation_mse {
            Some(mse) => ("validation", mse),
            None => ("test", self.test_mse.unwrap_or(f64::NAN)),
        };
        format!(
            "epoch {:>3}/{epochs}  train MSE {:.5}  {name} MSE {mse:.5}  β {}  perplexity {}  used {}  {:.0} images/s",
            self.epoch,
            self.train_mse,
            layers(&|layer| {
                let beta = layer.beta.iter().map(|beta| format!("{beta:.3}"));
                beta.collect::<Vec<_>>().join("/")
            }),
            layers(&|layer| format!("{:.1}", layer.perplexity)),
            layers(&|layer| layer.used_patterns.to_string()),
            self.images_per_sec
        )
    }
}
