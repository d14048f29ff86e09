//! The training config: from TOML to settings that are known to be valid, and back.

mod layers;
mod node;
mod read;
#[cfg(test)]
mod reference;
mod section;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};

use hopfield_data::Damage;
use hopfield_layer::{
    Beta, HopfieldLayerConfig, Init, Range, ScheduleShape, Separation, Similarity, Values,
};
use hopfield_model::{Classifier, HopfieldStackConfig};
use hopfield_report::Format;
use sha2::{Digest, Sha256};

use node::Place;
use section::{Notes, Section};

/// Something wrong with the config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    at: Option<Place>,
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{at}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Everything that decides a training run.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `seed`: of the first patterns, the order of the images and their damage.
    pub seed: u64,
    /// `device`: the device to train on; absent, [`crate::device::default`].
    pub device: String,
    /// `devices`: the devices that share every batch, the first of which is `device`; none: `device` alone.
    pub devices: Vec<String>,
    /// `[data]`: the images.
    pub data: Source,
    /// `data.validation`: the last so many training images, kept back to choose by; 0: none.
    pub validation: usize,
    /// `[task]`: what is shown to the network.
    pub task: Damage,
    /// `task.kind = "classify"`: the network answers with labels; its memories are the only layer.
    pub classify: Option<Classify>,
    /// `residual`: whether every layer but the last adds its answer to the state.
    pub residual: bool,
    /// `[[layers]]`: the layers, from the input on.
    pub layers: Vec<Layer>,
    /// `init_from`: a pattern database to begin with, in place of the layers' `init`.
    pub init_from: Option<PathBuf>,
    /// `[training]`: how it learns.
    pub training: Training,
    /// `[output]`: what else is kept of the run.
    pub output: Output,
}

/// Where the images come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `source = "bundled"`: the digits in the program.
    Bundled,
    /// `source = "mnist"`: all of MNIST, downloaded once.
    Mnist,
    /// `dir = "…"`: a folder with four IDX files.
    Dir(PathBuf),
}

/// One layer; the images and the layers before it decide its dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// N.
    pub patterns: usize,
    /// Values of its own.
    pub values: Option<LayerValues>,
    /// h.
    pub heads: usize,
    /// How states and patterns are compared.
    pub similarity: Similarity,
    /// How scores become weights.
    pub separation: Separation,
    /// Update steps in one answer.
    pub steps: usize,
    /// β.
    pub beta: Beta,
    /// How the patterns start.
    pub init: Init,
    /// Where patterns and values stay.
    pub range: Option<Range>,
}

/// How a classifier by association is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Classify {
    /// K
    pub memories: usize,
    /// C
    pub labels: usize,
    /// n
    pub degree: u32,
    /// T
    pub temperature: f64,
    /// m, half the power of the loss.
    pub loss_power: u32,
    /// The rate is multiplied by this after every epoch, beside the schedule.
    pub decay: f64,
    /// Memories whose velocity is less than this part of the largest one take smaller steps.
    pub floor: f64,
}

/// A layer's values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerValues {
    /// Their dimension; none: that of the images.
    pub dim: Option<usize>,
    /// How they start.
    pub init: Init,
}

/// How the stack learns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Training {
    /// Passes over the training images.
    pub epochs: u64,
    /// Images per step.
    pub batch_size: usize,
    /// η of the patterns, for the squared error summed over pixels and averaged over the batch.
    pub learning_rate: f64,
    /// η of log β, for the same error.
    pub beta_learning_rate: f64,
    /// μ of classical momentum.
    pub momentum: f64,
    /// Longest gradient of a pattern, for the same error; longer ones are shortened to it.
    pub gradient_limit: Option<f64>,
    /// λ of the imbalance of all layers, which is added to the squared error.
    pub balance: f64,
    /// How the rates change over the training.
    pub schedule: Schedule,
    /// Dead patterns become training images after every so many epochs; 0: never.
    pub reseed_every: u64,
}

/// What is kept of a run, beside the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Snapshots of the pattern database during the training, at most; 0: none.
    pub snapshots: u64,
    /// Formats, besides safetensors and png, that the database is written in at the end.
    pub export: Vec<Format>,
}

/// How the learning rates change over the training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// They stay.
    Constant,
    /// They fall to 0 along half a cosine.
    Cosine,
}

const SOURCES: [(&str, bool); 2] = [("bundled", false), ("mnist", true)];
const SCHEDULES: [(&str, Schedule); 2] =
    [("constant", Schedule::Constant), ("cosine", Schedule::Cosine)];

/// The formats that `output.export` allows; the others are always written.
fn exports() -> Vec<(&'static str, Format)> {
    let always = [Format::Safetensors, Format::Png];
    let asked = Format::ALL.into_iter().filter(|format| !always.contains(format));
    asked.map(|format| (format.name(), format)).collect()
}

const SIMILARITIES: [(&str, Similarity); 5] = [
    ("dot", Similarity::Dot),
    ("centred_dot", Similarity::CentredDot),
    ("cosine", Similarity::Cosine),
    ("euclidean", Similarity::Euclidean),
    ("layer_norm", Similarity::LayerNorm),
];
const SHAPES: [(&str, ScheduleShape); 3] = [
    ("linear", ScheduleShape::Linear),
    ("exponential", ScheduleShape::Exponential),
    ("cosine", ScheduleShape::Cosine),
];

/// The name of a setting in its list.
fn name_of<T: PartialEq>(setting: T, names: &[(&'static str, T)]) -> &'static str {
    let named = names.iter().find(|(_, named)| *named == setting);
    named.expect("every setting has a name").0
}

impl Schedule {
    /// The factor on the rates when `done` of `total` steps are done.
    pub fn factor(self, done: u64, total: u64) -> f64 {
        match self {
            Schedule::Constant => 1.0,
            Schedule::Cosine => {
                0.5 * (1.0 + (std::f64::consts::PI * done as f64 / total as f64).cos())
            }
        }
    }
}

impl Classify {
    /// The memories as a layer: [`hopfield_model::Classifier`].
    fn layer(&self) -> Layer {
        let config = Classifier::layer(self.memories, 1, self.labels, self.degree);
        let values = |values: Values| LayerValues { dim: Some(values.dim), init: values.init };
        Layer {
            patterns: config.patterns,
            values: config.values.map(values),
            heads: config.heads,
            similarity: config.similarity,
            separation: config.separation,
            steps: config.steps,
            beta: Beta::Fixed(1.0),
            init: config.init,
            range: config.range,
        }
    }
}

impl Layer {
    /// For states of dimension `dim` that come from images of so many pixels.
    fn config(&self, dim: usize, pixels: usize) -> HopfieldLayerConfig {
        let values = |LayerValues { dim, init }| Values { dim: dim.unwrap_or(pixels), init };
        HopfieldLayerConfig {
            patterns: self.patterns,
            dim,
            values: self.values.map(values),
            heads: self.heads,
            similarity: self.similarity,
            separation: self.separation,
            steps: self.steps,
            beta: Some(self.beta.clone()),
            init: self.init,
            range: self.range,
        }
    }
}

impl Config {
    /// Reads the config in `source`, the content of `file`, with `key=value` assignments on top, and with keys that have an
    /// option of their own: `("init_from", "runs/mine")` for `--init-from runs/mine`.
    ///
    /// # Errors
    ///
    /// All problems that there are, in the order of the file.
    pub fn parse(
        file: &Path,
        source: &str,
        assignments: &[String],
        options: &[(&str, &str)],
    ) -> Result<Self, Vec<Problem>> {
        let mut root = node::parse(&file.display().to_string(), source)?;
        let notes = Notes::default();
        let set = assignments.iter().map(|set| (set.clone(), format!("--set {set}")));
        let options = options.iter().map(|(key, value)| {
            (format!("{key}={value}"), format!("--{} {value}", key.replace('_', "-")))
        });
        for (assignment, typed) in set.chain(options) {
            if let Err(problem) = node::set(&mut root, &assignment, typed) {
                notes.problem(problem.at, problem.message);
            }
        }
        let mut section = Section::root(&root, &notes);
        let config = read::config(&mut section);
        section.end();
        let mut problems = notes.into_problems();
        problems.sort_by(|a, b| a.at.cmp(&b.at));
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// The stack's settings for images of so many pixels: each layer takes what the one before answers.
    pub fn stack(&self, pixels: usize) -> HopfieldStackConfig {
        let mut dim = pixels;
        let mut layers = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let config = layer.config(dim, pixels);
            dim = config.values.map_or(dim, |values| values.dim);
            layers.push(config);
        }
        HopfieldStackConfig { layers, residual: self.residual }
    }

    /// The config as TOML with every default written out; reading it gives the same config.
    pub fn to_toml(&self) -> String {
        write::config(self).to_string()
    }

    /// SHA-256 of [`to_toml`](Self::to_toml), in hexadecimal.
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(self.to_toml()))
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
