//! What a run folder says about its run.

use std::path::{Path, PathBuf};

use hopfield_database::{DatabaseFile, Provenance, TrainedFrom};
use hopfield_train::{RunRecord, RunState, SavedRun};
use serde_json::Value;

use crate::error::Error;

/// A run, finished or not.
#[derive(Debug)]
pub(super) struct Run {
    /// What it is called: its path without the folders that all runs are in.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// Its config, a value for each full key, and the number of its layers.
    pub(super) settings: Vec<(String, Value)>,
    /// One value for each epoch.
    pub(super) metrics: Vec<Value>,
    /// What was measured at the end.
    results: Value,
    pub(super) state: RunState,
    /// Of its patterns, if it has some yet.
    pub(super) provenance: Option<TrainedFrom>,
}

impl Run {
    /// # Errors
    ///
    /// A file of the run can't be read.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let RunRecord { mut settings, metrics, results, state } = RunRecord::read(path)?;
        settings.push((LAYERS.into(), layer_count(&settings).into()));
        let provenance = SavedRun::find(path).ok().and_then(|run| {
            match DatabaseFile::open(run.patterns()).ok()?.manifest.provenance {
                Provenance::Trained(from) => Some(from),
                Provenance::Imported(_) => None,
            }
        });
        Ok(Self {
            name: path.display().to_string(),
            path: path.into(),
            settings,
            metrics,
            results,
            state,
            provenance,
        })
    }

    pub(super) fn setting(&self, key: &str) -> &Value {
        self.settings.iter().find(|(name, _)| name == key).map_or(&Value::Null, |(_, value)| value)
    }

    /// Whether it has what this setting belongs to: not if that is of a layer that it lacks.
    pub(super) fn can_have(&self, key: &str) -> bool {
        layer(key).is_none_or(|layer| layer < self.layers())
    }

    fn layers(&self) -> usize {
        self.setting(LAYERS).as_u64().unwrap_or(0) as usize
    }

    pub(super) fn seed(&self) -> Option<u64> {
        self.setting("seed").as_u64()
    }

    /// The number of epochs that are done, and that there are to be.
    pub(super) fn epochs(&self) -> [u64; 2] {
        let done = self.metrics.len() as u64;
        [done, self.setting("training.epochs").as_u64().unwrap_or(done)]
    }

    /// The measure of this name at the end, or after the last epoch so far.
    pub(super) fn measure(&self, name: &str) -> Option<f64> {
        let last = self.metrics.last().unwrap_or(&Value::Null);
        let of = |name: &str| self.results[name].as_f64().or_else(|| last[name].as_f64());
        let layer = || {
            let layers = |from: &Value| from["layers"].as_array().cloned().unwrap_or_default();
            let found = layers(&self.results).pop().or_else(|| layers(last).pop());
            found.unwrap_or_default()
        };
        match name {
            "likeness" => layer()["likeness"]["mean"].as_f64(),
            "used" => {
                let last = self.layers().checked_sub(1)?;
                let number = |key: &str| self.setting(&format!("layers.{last}.{key}")).as_f64();
                let all = number("patterns")? * number("heads").unwrap_or(1.0);
                Some(layer()["used_patterns"].as_f64()? / all)
            }
            "seconds" => {
                let images = self.results["training_images"].as_f64()?;
                let of_epoch = |line: &Value| Some(images / line["images_per_sec"].as_f64()?);
                self.metrics.iter().map(of_epoch).sum()
            }
            name => of(name),
        }
    }
}

/// What the number of layers is called.
const LAYERS: &str = "layers";

/// The layer that a setting belongs to, if to one.
fn layer(key: &str) -> Option<usize> {
    key.strip_prefix("layers.")?.split('.').next()?.parse().ok()
}

/// The number of layers in a config.
fn layer_count(settings: &[(String, Value)]) -> usize {
    settings.iter().filter_map(|(key, _)| layer(key)).max().map_or(0, |last| last + 1)
}
