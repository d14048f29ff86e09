//! The settings of a training run.

use std::path::PathBuf;

use hopfield_model::{Classifier, HopfieldStackConfig, LearningRates, TrainingSchedule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::data::Data;
use super::layer::Layer;
use super::output::Output;
use super::task::{Classify, Task};
use super::training::{NOT_OF_A_CLASSIFIER, Training, classifier};
use crate::device;
use crate::places::PLACES;

/// Everything that decides a training run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A config of `train`", transform = classifier)]
pub struct Config {
    /// The seed of the first patterns, the order of the images, and their damage.
    #[schemars(range(min = 0, max = 9_223_372_036_854_775_807u64), extend("default" = 1))]
    pub seed: u64,
    /// Where to train. Cargo features decide which devices are compiled in; the default is the first of them. `cuda:1` is the second
    /// of several GPUs, `remote:ws://HOST:PORT` the device of another machine.
    // The names are checked when they are known to be texts: numbered and remote ones can't be listed.
    #[schemars(extend("default" = null, "x-default" = "the first compiled in", "x-allowed" = device::names(false)))]
    pub device: String,
    /// The devices that share every batch; their gradients are summed on the first, which is `device`. The same device may be named
    /// several times. []: `device` alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-allowed" = "a list of names as of `device`"))]
    pub devices: Vec<String>,
    /// If true, every layer but the last passes on its state plus its answer; if false, its answer alone.
    #[schemars(extend("default" = false))]
    pub residual: bool,
    /// A run folder or pattern database to start from. Patterns, values and β of all layers are taken from it; `init` and the start
    /// of β are ignored (a scheduled β follows its schedule).
    #[schemars(with = "String", length(min = 1), extend("default" = null))]
    pub init_from: Option<PathBuf>,
    /// The images.
    #[schemars(extend("default" = {}))]
    pub data: Data,
    /// What the network sees, and what it has to answer.
    #[schemars(extend("default" = {}))]
    pub task: Task,
    /// The layers, from the input on; a classifier has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1), extend("x-allowed" = "one or more tables, each beginning with [[layers]]"))]
    pub layers: Vec<Layer>,
    /// How the network learns.
    #[schemars(extend("default" = {}))]
    pub training: Training,
    /// What is kept of a run besides its results.
    #[schemars(extend("default" = {}))]
    pub output: Output,
}

impl Config {
    /// The stack's settings for images of `pixels` pixels: the input of each layer is the output of the one before.
    pub fn stack(&self, pixels: usize) -> HopfieldStackConfig {
        if let Task::Classify(Classify { memories, labels, degree, .. }) = self.task {
            let classifier = Classifier::layer(memories, pixels, labels, degree);
            return HopfieldStackConfig { layers: vec![classifier], residual: false };
        }
        let mut dim = pixels;
        let mut layers = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let config = layer.config(dim, pixels);
            dim = config.values.map_or(dim, |values| values.dim);
            layers.push(config);
        }
        HopfieldStackConfig { layers, residual: self.residual }
    }

    /// The learning rates and scheduled β of every step, if an epoch has so many steps.
    pub fn schedule(&self, steps_per_epoch: u64) -> TrainingSchedule {
        let Training { epochs, learning_rate, beta_learning_rate, schedule, .. } = self.training;
        let rates = LearningRates { patterns: learning_rate, log_beta: beta_learning_rate };
        let betas = self.layers.iter().map(|layer| layer.beta.schedule());
        TrainingSchedule::new(epochs * steps_per_epoch, rates, schedule, betas)
    }

    /// The config as TOML with every default written out. Reading it gives the same config.
    pub fn to_toml(&self) -> String {
        self.to_table().to_string()
    }

    /// SHA-256 of [`to_toml`](Self::to_toml) without the settings that name places, in hexadecimal: the data and the patterns there
    /// have a hash of their own.
    pub fn sha256(&self) -> String {
        let mut table = self.to_table();
        for place in PLACES {
            match place.split_once('.') {
                Some((name, key)) => {
                    table.get_mut(name).and_then(Value::as_table_mut).and_then(|of| of.remove(key))
                }
                None => table.remove(place),
            };
        }
        format!("{:x}", Sha256::digest(table.to_string()))
    }

    fn to_table(&self) -> Table {
        let mut table = Table::try_from(self).expect("every setting can be written as TOML");
        if let (Task::Classify(_), Some(training)) = (self.task, table["training"].as_table_mut()) {
            training.retain(|key, _| !NOT_OF_A_CLASSIFIER.contains(&key));
        }
        table
    }
}
