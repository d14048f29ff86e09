//! The figures of a run, for people and programs.

use hopfield_model::{LayerEvaluation, Measure};
use hopfield_report::counted;
use serde::{Serialize, Serializer};

use crate::training::Compared;

/// A line of `metrics.jsonl`.
#[derive(Debug, Serialize)]
pub(crate) struct Metrics<'a> {
    /// From 1.
    pub(crate) epoch: u64,
    /// `train_…`, measured on the batches during the epoch, and `test_…` or `validation_…`, measured after it.
    #[serde(flatten)]
    pub(crate) errors: Errors,
    pub(crate) images_per_sec: f64,
    /// The least error that the last layer's patterns allow on the images that were measured after the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) simplex_bound: Option<f64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) layers: &'a [LayerEvaluation],
}

/// The last line of `--json`, with the run's folder, and `results.json`, without.
#[derive(Debug, Serialize)]
pub(crate) struct Summary<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<&'a str>,
    pub(crate) epochs: u64,
    pub(crate) training_images: usize,
    /// `test_…`, and `best_test_…` or `best_validation_…`, the lowest after an epoch.
    #[serde(flatten)]
    pub(crate) errors: Errors,
    /// Of other ways to answer with images.
    #[serde(flatten)]
    pub(crate) compared: Option<Compared>,
    /// The least error that the last layer's patterns allow on the test images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) simplex_bound: Option<f64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) layers: &'a [LayerEvaluation],
    pub(crate) seconds: f64,
    /// Or rows are vectors.
    #[serde(skip)]
    pub(crate) are_images: bool,
}

impl Summary<'_> {
    /// The last words of a training, for people; `patterns`: of each layer.
    pub(crate) fn for_people(&self, patterns: &[usize]) -> String {
        let Self { run, errors: Errors { measure, of }, .. } = self;
        let run = run.unwrap_or_default();
        let mut text = format!(
            "{run}: test {}{} after {} in {:.0} s\n",
            (measure.text)(of[0].1),
            if self.are_images || measure.per.is_empty() { measure.per } else { " per number" },
            counted(self.epochs as usize, "epoch"),
            self.seconds
        );
        let last = patterns.last().copied().unwrap_or(0);
        let compared = self.compared.as_ref();
        let errors = [
            (
                compared.map(|found| found.mean_image_mse),
                format!("always the mean {}", if self.are_images { "image" } else { "row" }),
            ),
            (
                compared.and_then(|found| found.k_means_mse),
                format!("the nearest of {}", counted(last, "k-means centre")),
            ),
            (self.simplex_bound, "the least that the patterns of the last layer allow".to_owned()),
        ];
        for (error, of) in errors {
            if let Some(error) = error {
                text += &format!("  {} {of}\n", (measure.text)(error));
            }
        }
        for (index, (layer, patterns)) in self.layers.iter().zip(patterns).enumerate() {
            text +=
                &format!("  layer {index}: {} of {patterns} patterns used", layer.used_patterns);
            if let Some(likeness) = &layer.likeness {
                let rows = if self.are_images { "images" } else { "rows" };
                text += &format!("; likeness to training {rows} {likeness}");
            }
            text.push('\n');
        }
        let next = match self.compared {
            Some(_) if !self.are_images => &[
                ("report", "everything in one page"),
                ("eval", "errors, and how patterns are used"),
            ],
            Some(_) => [
                ("show", "its patterns in this terminal"),
                ("film", "how they grew"),
                ("report", "everything in one page"),
            ]
            .as_slice(),
            None => &[("eval", "errors label by label")],
        };
        text += &match self.are_images {
            true => format!("Next: look at {run}/patterns.png, or run"),
            false => "Next: run".to_owned(),
        };
        for (command, what) in next {
            let command = format!("hopfield {command} {run}");
            text += &format!("\n  {command:<40}  {what}");
        }
        text
    }
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
