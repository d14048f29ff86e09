//! A sweep file: many configs from one.

mod axis;
mod names;
mod range;
mod reader;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::TrainError;
use crate::config::{Config, Document, Place, Problem};
use crate::shipped::{SHIPPED, Shipped};
use crate::training::config_text;
use axis::{Setting, draws, grid};
use names::name;
pub use names::short_key;
use reader::{Base, Reader};

/// Many configs that differ in some settings: a base config, axes of settings, and seeds.
///
/// ```toml
/// example = "digits"                      # or config = "mine.toml", seen from this file
/// seeds = [1, 2, 3]
/// budget = 20                             # how often random ranges are drawn
///
/// [settings]                              # of all runs
/// training.epochs = 10
///
/// [[axes]]
/// layers.0.patterns = [32, 64]            # keys of one axis are moved together
/// layers.1.patterns = [64, 128]
///
/// [[axes]]
/// layers.0.beta = { from = 0.1, to = 10, count = 3, scale = "log" }
///
/// [[axes]]
/// training.learning_rate = { from = 0.01, to = 1.0, scale = "log", random = true }
/// ```
///
/// Every position of every axis is combined with every other, every draw and every seed.
#[derive(Debug)]
pub struct Sweep {
    /// What the arguments of `train` that name the base config are.
    pub base: Vec<String>,
    /// The runs.
    pub runs: Vec<SweepRun>,
}

/// A run of a sweep.
#[derive(Debug, Clone)]
pub struct SweepRun {
    /// What it differs in, as the name of a folder: `beta=0.1,seed=2`.
    pub name: String,
    /// The assignments that make its config of the base config.
    pub set: Vec<String>,
    /// Its config.
    pub config: Config,
}

/// So many runs a sweep has at most.
const MOST: usize = 100_000;

impl Sweep {
    /// The sweep in the file at `path`, with these assignments to the base config on top.
    ///
    /// # Errors
    ///
    /// The file or the base config can't be read, or one has problems: all of them, of all runs.
    pub fn read(path: &Path, set: &[String]) -> Result<Self, TrainError> {
        Self::parse(path, &config_text(path)?, set).map_err(TrainError::Config)
    }

    fn parse(path: &Path, source: &str, set: &[String]) -> Result<Self, Vec<Problem>> {
        let document = Document::parse(&path.display().to_string(), source)?;
        let mut reader = Reader::new(document);
        let file = reader.file();
        if !reader.problems.is_empty() {
            return Err(reader.sorted());
        }
        let all = file.axes.iter().map(Vec::len).chain([file.draws(), file.seeds.len().max(1)]);
        let count = all.fold(1, usize::saturating_mul);
        if count > MOST {
            let problem = format!("the axes make {count} runs; allowed: at most {MOST}");
            return Err(vec![Problem::new(None, "", problem)]);
        }
        let positions = grid(&file.axes);
        let (base_path, text, base) = match &file.base {
            Base::Example(Shipped { name, text }) => (
                PathBuf::from(format!("{name}.toml")),
                (*text).to_owned(),
                vec!["--example".to_owned(), (*name).to_owned()],
            ),
            Base::File(config, at) => {
                let config = path.parent().unwrap_or(Path::new("")).join(config);
                let text = config_text(&config);
                let text = text
                    .map_err(|error| vec![Problem::new(at.clone(), "config", error.to_string())])?;
                let config_argument = config.display().to_string();
                (config, text, vec![config_argument])
            }
        };
        let typed = set.iter().map(|set| (set.clone(), Place::CommandLine(format!("--set {set}"))));
        let common: Vec<_> = file.settings.iter().map(Setting::assignment).chain(typed).collect();
        let swept: Vec<String> = file.swept();
        let mut runs: Vec<SweepRun> = Vec::with_capacity(count);
        let mut problems: Vec<Problem> = Vec::new();
        for position in &positions {
            for draw in draws(&file.random, file.draws()) {
                let settings: Vec<&Setting> = position.iter().copied().chain(&draw).collect();
                let seeds = match &file.seeds[..] {
                    [] => vec![None],
                    seeds => seeds.iter().map(Some).collect(),
                };
                for seed in seeds {
                    let settings = settings.iter().copied().chain(seed);
                    let settings: Vec<&Setting> = settings.collect();
                    let own = settings.iter().map(|setting| setting.assignment());
                    let assignments: Vec<_> = common.iter().cloned().chain(own).collect();
                    match Config::assigned(&base_path, &text, &assignments) {
                        Ok(config) => runs.push(SweepRun {
                            name: name(
                                settings.iter().map(|of| (short_key(&of.key, &swept), &of.value)),
                            ),
                            set: assignments
                                .into_iter()
                                .map(|(assignment, _)| assignment)
                                .collect(),
                            config,
                        }),
                        Err(found) => found.into_iter().for_each(|problem| {
                            if !problems.contains(&problem) {
                                problems.push(problem);
                            }
                        }),
                    }
                }
            }
        }
        if !problems.is_empty() {
            problems.sort_by(|a, b| a.at.cmp(&b.at));
            return Err(problems);
        }
        names::distinct(&mut runs);
        Ok(Self { base, runs })
    }
}

/// The config of this name that comes with the program.
fn example(name: &Value) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|config| Some(config.name) == name.as_str())
}
