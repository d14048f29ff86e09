//! A sweep file: many configs from one.

mod axis;
mod names;
mod range;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::TrainError;
use crate::config::{Config, Document, Place, Problem};
use crate::shipped::Shipped;
use crate::training::config_text;
use axis::{Setting, draws, grid};
pub use names::short_key;
use names::{hash, name};
use reader::{Base, File, Reader};

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
    /// Those in which it differs from other runs.
    own: String,
    /// Its config.
    pub config: Config,
}

/// So many runs a sweep has at most.
const MOST: usize = 100_000;

impl Sweep {
    /// The sweep in the file at `path`, with these assignments to the base config on top. Of runs with equal configs, it has the first.
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
        let mut problems = reader.problems;
        let swept = file.swept();
        let typed = set.iter().map(|set| (set.clone(), Place::CommandLine(format!("--set {set}"))));
        let common: Vec<_> = file.settings.iter().map(Setting::assignment).chain(typed).collect();
        problems.extend(common.iter().filter_map(|(set, at)| overruled(set, at, &swept)));

        let base = file.base.as_ref().and_then(|base| match base_config(base, path) {
            Ok(base) => Some(base),
            Err(problem) => {
                problems.push(problem);
                None
            }
        });
        let mut runs: Vec<SweepRun> = Vec::new();
        match (base.as_ref(), file.count()) {
            (_, count) if count > MOST => {
                let message = format!("the axes make {count} runs; allowed: at most {MOST}");
                problems.push(Problem::new(None, "", message));
            }
            (Some((config, text, _)), _) => each(&file, |settings| {
                let own: Vec<_> = settings.iter().map(|setting| setting.assignment()).collect();
                let assignments: Vec<_> = common.iter().chain(&own).cloned().collect();
                let named = settings.iter().map(|of| (short_key(&of.key, &swept), &of.value));
                match Config::assigned(config, text, &assignments) {
                    Ok(config) => runs.push(SweepRun {
                        name: name(named),
                        set: assignments.into_iter().map(|(set, _)| set).collect(),
                        own: own.into_iter().map(|(set, _)| set).collect::<Vec<_>>().join(" "),
                        config,
                    }),
                    Err(found) => {
                        let new = found.into_iter().filter(|problem| !problems.contains(problem));
                        let new: Vec<_> = new.collect();
                        problems.extend(new);
                    }
                }
            }),
            (None, _) => {}
        }
        match base {
            Some((_, _, base)) if problems.is_empty() => {
                distinct(&mut runs);
                Ok(Self { base, runs })
            }
            _ => {
                problems.sort_by(|a, b| a.at.cmp(&b.at));
                Err(problems)
            }
        }
    }
}

/// Calls `with` the settings of each run: those of its position on every axis, of its draw, and its seed.
fn each(file: &File, mut with: impl FnMut(&[&Setting])) {
    let seeds: Vec<Option<&Setting>> = match &file.seeds[..] {
        [] => vec![None],
        seeds => seeds.iter().map(Some).collect(),
    };
    for position in grid(&file.axes) {
        for draw in draws(&file.random, file.draws()) {
            for &seed in &seeds {
                let settings = position.iter().copied().chain(&draw).chain(seed);
                with(&settings.collect::<Vec<_>>());
            }
        }
    }
}

/// The path and the text of the base config, and the arguments of `train` that name it.
fn base_config(base: &Base, sweep: &Path) -> Result<(PathBuf, String, Vec<String>), Problem> {
    match base {
        Base::Example(Shipped { name, text }) => {
            let arguments = vec!["--example".to_owned(), (*name).to_owned()];
            Ok((format!("{name}.toml").into(), (*text).to_owned(), arguments))
        }
        Base::File(config, at) => {
            let config = sweep.parent().unwrap_or(Path::new("")).join(config);
            let text = config_text(&config);
            let text =
                text.map_err(|error| Problem::new(at.clone(), "config", error.to_string()))?;
            let arguments = vec![config.display().to_string()];
            Ok((config, text, arguments))
        }
    }
}

/// Leaves out runs with the config of one before, and adds a hash to names that several have.
fn distinct(runs: &mut Vec<SweepRun>) {
    let mut seen = BTreeSet::new();
    runs.retain(|run| seen.insert(run.config.to_toml()));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for run in runs.iter() {
        *counts.entry(run.name.clone()).or_default() += 1;
    }
    for run in runs.iter_mut().filter(|run| counts[&run.name] > 1) {
        run.name = format!("{}-{}", run.name, hash(&run.own));
    }
}

/// A setting of all runs that an axis would change.
fn overruled(set: &str, at: &Place, swept: &[String]) -> Option<Problem> {
    let key = set.split_once('=').map_or(set, |(key, _)| key).trim();
    let inside =
        |outer: &str, inner: &str| inner == outer || inner.starts_with(&format!("{outer}."));
    let axis = swept.iter().find(|axis| inside(axis, key) || inside(key, axis))?;
    let message =
        format!("{axis} differs from run to run, so {key} can't be set for all; remove one");
    Some(Problem::new(at.clone(), key, message))
}
