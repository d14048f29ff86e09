//! The training config: from TOML to settings that are known to be valid, and back.

mod node;
mod section;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use hopfield_data::{Mask, Noise, Task};
use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Range};
use hopfield_model::HopfieldStackConfig;
use sha2::{Digest, Sha256};
use toml::{Table, Value as Toml};

use crate::device;
use node::{Place, Value};
use section::{Allowed, Problems, Section, number};

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
    /// `device`: the device to train on; absent, [`device::default`].
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
        let config = Self::read(&mut section);
        section.end();
        let mut problems = problems.into_vec();
        problems.sort_by(|a, b| a.at.cmp(&b.at));
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    fn read(root: &mut Section<'_>) -> Self {
        Self {
            seed: root.whole("seed", Some(1), 0..=i64::MAX as u64),
            device: read_device(root),
            data: read_data(root.section("data")),
            task: read_task(root.section("task")),
            layers: root.sections("layers").into_iter().flat_map(read_layers).collect(),
            training: read_training(root.section("training")),
        }
    }

    /// The stack's settings for images of `dim` pixels.
    pub fn stack(&self, dim: usize) -> HopfieldStackConfig {
        HopfieldStackConfig { layers: self.layers.iter().map(|layer| layer.config(dim)).collect() }
    }

    /// The config as TOML with every default written out; reading it gives the same config.
    pub fn to_toml(&self) -> String {
        let mut root = Table::new();
        root.insert("seed".into(), Toml::Integer(self.seed as i64));
        root.insert("device".into(), self.device.as_str().into());
        root.insert("data".into(), write_data(&self.data).into());
        root.insert("task".into(), write_task(self.task).into());
        let layers: Vec<Toml> = self.layers.iter().map(|layer| write_layer(layer).into()).collect();
        root.insert("layers".into(), layers.into());
        root.insert("training".into(), write_training(&self.training).into());
        root.to_string()
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

/// A device that is there, or the default one.
fn read_device(root: &mut Section<'_>) -> String {
    let Some(node) = root.node("device") else {
        return device::default().to_owned();
    };
    match &node.value {
        Value::Text(name) => match device::find(name) {
            Ok(_) => return name.clone(),
            Err(allowed) => root.reject("device", node, &allowed),
        },
        _ => root.reject("device", node, "a text in quotes"),
    }
    String::new()
}

fn read_data(mut data: Section<'_>) -> Source {
    let download = data.choice("source", Some(false), &SOURCES);
    let source = match (data.text("dir"), download) {
        (Some(dir), _) => Source::Dir(dir.into()),
        (None, Some(true)) => Source::Mnist,
        (None, _) => Source::Bundled,
    };
    data.end();
    source
}

fn write_data(source: &Source) -> Table {
    let mut data = Table::new();
    match source {
        Source::Bundled => data.insert("source".into(), "bundled".into()),
        Source::Mnist => data.insert("source".into(), "mnist".into()),
        Source::Dir(dir) => data.insert("dir".into(), dir.display().to_string().into()),
    };
    data
}

fn read_task(mut task: Section<'_>) -> Task {
    let kinds = [("reconstruct", 0), ("denoise", 1), ("complete", 2)];
    let read = match task.choice("kind", Some(0), &kinds) {
        Some(1) => {
            match task.choice("noise", Some(0), &[("gaussian", 0), ("salt_and_pepper", 1)]) {
                Some(0) => Task::Denoise(Noise::Gaussian {
                    std: task.real("std", Some(0.5), Allowed::Positive),
                }),
                _ => Task::Denoise(Noise::SaltAndPepper {
                    fraction: task.real("fraction", Some(0.3), Allowed::Fraction),
                }),
            }
        }
        Some(2) => {
            let mut masks = [("bottom", Mask::Bottom); 5];
            masks[1] = ("top", Mask::Top);
            masks[2] = ("left", Mask::Left);
            masks[3] = ("right", Mask::Right);
            masks[4] = ("random", Mask::Random { fraction: 0.5 });
            match task.choice("mask", Some(Mask::Bottom), &masks) {
                Some(Mask::Random { fraction }) => Task::Complete(Mask::Random {
                    fraction: task.real("fraction", Some(fraction), Allowed::Fraction),
                }),
                mask => Task::Complete(mask.unwrap_or(Mask::Bottom)),
            }
        }
        _ => Task::Reconstruct,
    };
    task.end();
    read
}

fn write_task(task: Task) -> Table {
    let (kind, detail, strength) = match task {
        Task::Reconstruct => ("reconstruct", None, None),
        Task::Denoise(Noise::Gaussian { std }) => {
            ("denoise", Some(("noise", "gaussian")), Some(("std", std)))
        }
        Task::Denoise(Noise::SaltAndPepper { fraction }) => {
            ("denoise", Some(("noise", "salt_and_pepper")), Some(("fraction", fraction)))
        }
        Task::Complete(mask) => {
            let (name, fraction) = match mask {
                Mask::Top => ("top", None),
                Mask::Bottom => ("bottom", None),
                Mask::Left => ("left", None),
                Mask::Right => ("right", None),
                Mask::Random { fraction } => ("random", Some(("fraction", fraction))),
            };
            ("complete", Some(("mask", name)), fraction)
        }
    };
    let mut table = Table::new();
    table.insert("kind".into(), kind.into());
    if let Some((key, name)) = detail {
        table.insert(key.into(), name.into());
    }
    if let Some((key, number)) = strength {
        table.insert(key.into(), number.into());
    }
    table
}

/// The layers that one `[[layers]]` table stands for.
fn read_layers(mut layer: Section<'_>) -> Vec<Layer> {
    let problems_before = layer.problem_count();
    let repeat = layer.whole("repeat", Some(1), 1..=1000);
    let read = Layer {
        patterns: layer.whole("patterns", None, 1..=1_000_000) as usize,
        beta: read_beta(&mut layer),
        init: read_init(&mut layer),
        range: read_range(&mut layer),
    };
    if layer.problem_count() == problems_before
        && let Err(error) = read.config(1).check()
    {
        layer.problem(&error.to_string());
    }
    layer.end();
    vec![read; repeat as usize]
}

/// β at the scale that trained layers of images in [0, 1] have; trains from random patterns at any depth.
const BETA: f64 = 0.3;

/// `beta = 0.2`, or a table with `start` or `spread`, and `trainable`.
fn read_beta(layer: &mut Section<'_>) -> Beta {
    let Some(node) = layer.node("beta") else { return Beta::Trainable(BETA) };
    if let Value::Table(entries) = &node.value {
        let mut beta = layer.section("beta");
        let start = beta.real("start", Some(BETA), Allowed::Positive);
        let spread = beta.real("spread", Some(1.0), Allowed::Positive);
        let trainable = beta.flag("trainable", true);
        beta.end();
        let calibrated = entries.contains_key("spread");
        if calibrated && entries.contains_key("start") {
            layer.reject("beta", node, "start or spread, not both");
        }
        return match (calibrated, trainable) {
            (true, trainable) => Beta::Calibrated { spread, trainable },
            (false, true) => Beta::Trainable(start),
            (false, false) => Beta::Fixed(start),
        };
    }
    match number(&node.value) {
        Some(beta) if Allowed::Positive.holds(beta) => Beta::Fixed(beta),
        _ => {
            let allowed = "a number above 0 (fixed), or { start = …, trainable = … }, or { spread = …, trainable = … }";
            layer.reject("beta", node, allowed);
            Beta::Fixed(BETA)
        }
    }
}

fn read_init(layer: &mut Section<'_>) -> Init {
    let node = layer.node("init");
    let mut init = layer.section("init");
    let read = match init.choice("kind", Some(0), &[("normal", 0), ("uniform", 1), ("data", 2)]) {
        Some(1) => {
            let low = init.real("low", Some(0.0), Allowed::Any);
            let high = init.real("high", Some(1.0), Allowed::Any);
            if let Some(node) = node.filter(|_| low >= high) {
                layer.reject("init", node, "low below high");
            }
            Init::Uniform { low, high }
        }
        Some(2) => Init::Data,
        _ => Init::Normal {
            mean: init.real("mean", Some(0.0), Allowed::Any),
            std: init.real("std", Some(0.3), Allowed::Positive),
        },
    };
    init.end();
    read
}

fn read_range(layer: &mut Section<'_>) -> Option<Range> {
    let node = layer.node("range")?;
    if let Value::List(items) = &node.value {
        let numbers: Vec<_> = items.iter().filter_map(|item| number(&item.value)).collect();
        if let [low, high] = numbers[..]
            && items.len() == 2
            && low < high
            && numbers.iter().all(|&number| Allowed::Any.holds(number))
        {
            return Some(Range { low, high });
        }
    }
    layer.reject("range", node, "two numbers [low, high], low below high");
    None
}

fn write_layer(layer: &Layer) -> Table {
    let mut table = Table::new();
    table.insert("patterns".into(), Toml::Integer(layer.patterns as i64));
    let (key, number) = match layer.beta {
        Beta::Fixed(start) | Beta::Trainable(start) => ("start", start),
        Beta::Calibrated { spread, .. } => ("spread", spread),
    };
    let mut beta = Table::new();
    beta.insert(key.into(), number.into());
    beta.insert("trainable".into(), layer.beta.is_trainable().into());
    table.insert("beta".into(), beta.into());

    let (kind, numbers) = match layer.init {
        Init::Normal { mean, std } => ("normal", vec![("mean", mean), ("std", std)]),
        Init::Uniform { low, high } => ("uniform", vec![("low", low), ("high", high)]),
        Init::Data => ("data", vec![]),
    };
    let mut init = Table::new();
    init.insert("kind".into(), kind.into());
    init.extend(numbers.into_iter().map(|(key, number)| (key.to_owned(), number.into())));
    table.insert("init".into(), init.into());
    if let Some(Range { low, high }) = layer.range {
        table.insert("range".into(), vec![low, high].into());
    }
    table
}

fn read_training(mut training: Section<'_>) -> Training {
    let read = Training {
        epochs: training.whole("epochs", Some(60), 1..=1_000_000),
        batch_size: training.whole("batch_size", Some(128), 1..=1_000_000) as usize,
        learning_rate: training.real("learning_rate", Some(0.1), Allowed::Positive),
        beta_learning_rate: training.real("beta_learning_rate", Some(1e-4), Allowed::ZeroOrMore),
        momentum: training.real("momentum", Some(0.9), Allowed::BelowOne),
        schedule: training
            .choice("schedule", Some(Schedule::Cosine), &SCHEDULES)
            .unwrap_or(Schedule::Cosine),
    };
    training.end();
    read
}

fn write_training(training: &Training) -> Table {
    let mut table = Table::new();
    table.insert("epochs".into(), Toml::Integer(training.epochs as i64));
    table.insert("batch_size".into(), Toml::Integer(training.batch_size as i64));
    table.insert("learning_rate".into(), training.learning_rate.into());
    table.insert("beta_learning_rate".into(), training.beta_learning_rate.into());
    table.insert("momentum".into(), training.momentum.into());
    let schedule = SCHEDULES.iter().find(|(_, schedule)| *schedule == training.schedule);
    let (name, _) = schedule.expect("every schedule has a name");
    table.insert("schedule".into(), (*name).into());
    table
}
