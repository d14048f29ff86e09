//! The training config: from TOML to settings that are known to be valid, and back.

mod node;
mod read;
mod section;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};

use hopfield_data::Task;
use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Range};
use hopfield_model::HopfieldStackConfig;
use sha2::{Digest, Sha256};

use node::Place;
use section::{Problems, Section};

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
    /// `[data]`: the images.
    pub data: Source,
    /// `[task]`: what is shown to the network.
    pub task: Task,
    /// `[[layers]]`: the layers, from the input on.
    pub layers: Vec<Layer>,
    /// `[training]`: how it learns.
    pub training: Training,
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

/// One layer; the images decide its dimension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layer {
    /// N.
    pub patterns: usize,
    /// β.
    pub beta: Beta,
    /// How the patterns start.
    pub init: Init,
    /// Where they stay.
    pub range: Option<Range>,
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
    /// How the rates change over the training.
    pub schedule: Schedule,
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

impl Layer {
    fn config(&self, dim: usize) -> HopfieldLayerConfig {
        HopfieldLayerConfig {
            patterns: self.patterns,
            dim,
            beta: self.beta,
            init: self.init,
            range: self.range,
        }
    }
}

impl Config {
    /// Reads the config in `source`, the content of `file`, with `key=value` assignments and the name of a
    /// device on top.
    ///
    /// # Errors
    ///
    /// All problems that there are, in the order of the file.
    pub fn parse(
        file: &Path,
        source: &str,
        assignments: &[String],
        device: Option<&str>,
    ) -> Result<Self, Vec<Problem>> {
        let mut root = node::parse(&file.display().to_string(), source)?;
        let problems = Problems::default();
        let set = assignments.iter().map(|set| (set.clone(), format!("--set {set}")));
        let device = device.map(|name| (format!("device={name}"), format!("--device {name}")));
        for (assignment, typed) in set.chain(device) {
            if let Err(problem) = node::set(&mut root, &assignment, typed) {
                problems.add(problem.at, problem.message);
            }
        }
        let mut section = Section::root(&root, &problems);
        let config = read::config(&mut section);
        section.end();
        let mut problems = problems.into_vec();
        problems.sort_by(|a, b| a.at.cmp(&b.at));
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// The stack's settings for images of `dim` pixels.
    pub fn stack(&self, dim: usize) -> HopfieldStackConfig {
        HopfieldStackConfig { layers: self.layers.iter().map(|layer| layer.config(dim)).collect() }
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
