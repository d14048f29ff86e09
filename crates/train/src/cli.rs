//! The command line of `train` and of `hopfield train`.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Parser};

use crate::config::Config;
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::printer::Printer;
use crate::run_folder::Unneeded;
use crate::shipped::{SHIPPED, Shipped};
use crate::training::{Existing, Job, Outcome, config_text};
use crate::{TrainError, version};

/// The program `train`.
#[derive(Debug, Parser)]
#[command(name = "train", version, long_version = version::long())]
#[command(about = ABOUT, long_about = LONG_ABOUT)]
pub struct Program {
    /// What to train.
    #[command(flatten)]
    pub args: Args,

    /// Print only errors.
    #[arg(long, short)]
    pub quiet: bool,

    /// Print one line of JSON per epoch, and one for the result, to standard output.
    #[arg(long)]
    pub json: bool,
}

const ABOUT: &str = "Train a stack of dense Hopfield layers, from a TOML config";
const LONG_ABOUT: &str = "\
Train a stack of dense Hopfield layers, from a TOML config.

Each layer answers its states I with softmax(β·I·Hᵀ)·H. The rows of H, its patterns, start at random and are learned by SGD, so that the \
last layer's output matches the clean row. A layer passes on its answer or, with residual = true, its state plus its answer.";

/// What to train, and where.
#[derive(Debug, clap::Args)]
#[command(about = ABOUT, long_about = LONG_ABOUT)]
#[command(after_help = include_str!("after_help.txt").trim_end())]
#[command(group = ArgGroup::new("what").required(true))]
pub struct Args {
    /// The training config, such as configs/digits.toml.
    #[arg(group = "what")]
    pub config: Option<PathBuf>,

    /// Train a config that comes with the program.
    #[arg(long, value_name = "NAME", group = "what", value_parser = shipped())]
    pub example: Option<&'static Shipped>,

    /// Change a setting of the config; can be repeated.
    ///
    /// Keys are written with dots. `layers.0` is the first table of layers, with all its repeats. A value that is not TOML is
    /// taken as a string; an empty value removes the key.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Train on this device: flex, ndarray, wgpu, vulkan, metal, webgpu, cuda, rocm or cpu.
    ///
    /// All but flex must be compiled in, with the Cargo feature of the same name.
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,

    /// Start from the patterns, values and β of this run folder or pattern database.
    ///
    /// Its layers must have the shapes that the config asks for. `hopfield import` turns files from other programs into such a
    /// folder.
    #[arg(long, value_name = "PATH")]
    pub init_from: Option<PathBuf>,

    /// Write into this folder, which must not contain a run yet [default: runs/<CONFIG's name>].
    #[arg(long, value_name = "DIR")]
    pub run: Option<PathBuf>,

    /// Continue the run in the folder from its last checkpoint, as if it had never stopped.
    #[arg(long)]
    pub resume: bool,

    /// Begin the run, or continue it if it was begun; do nothing if it has ended, or another process is training it.
    #[arg(long, conflicts_with = "resume")]
    pub if_needed: bool,
}

impl Args {
    /// Keys of the config that have an option of their own.
    fn options(&self) -> Vec<(&'static str, String)> {
        let init_from = self.init_from.as_ref().map(|path| path.display().to_string());
        let options = [("device", self.device.clone()), ("init_from", init_from)];
        options.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// The training that these arguments ask for.
    ///
    /// # Errors
    ///
    /// The config can't be read, or has problems.
    pub fn job(&self) -> Result<Job, TrainError> {
        let (path, text) = match (&self.config, self.example) {
            (Some(path), _) => (path.clone(), config_text(path)?),
            (None, Some(example)) => (format!("{}.toml", example.name).into(), example.text.into()),
            (None, None) => unreachable!("the command line asks for one of them"),
        };
        let options = self.options();
        let options: Vec<_> = options.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let config =
            Config::parse(&path, &text, &self.set, &options).map_err(TrainError::Config)?;
        let folder = || Path::new("runs").join(path.file_stem().unwrap_or_default());
        let folder = self.run.clone().unwrap_or_else(folder);
        let existing = match (self.resume, self.if_needed) {
            (true, _) => Existing::Resume,
            (_, true) => Existing::Reuse,
            _ => Existing::Refuse,
        };
        Ok(Job::new(config, folder, existing))
    }

    /// Trains; the first Ctrl-C saves and stops, the second stops at once. Gives the exit code.
    ///
    /// # Errors
    ///
    /// See [`TrainError`]; what has been written until then stays.
    pub fn execute(&self, printer: &Printer) -> Result<u8, TrainError> {
        let interrupt = Interrupt::by_ctrl_c()?;
        let job = self.job()?;
        let say = |what: &str| printer.note(&format!("{}: {what}", job.folder.display()));
        Ok(match job.run(printer, &interrupt)? {
            Outcome::Finished => 0,
            Outcome::Interrupted => INTERRUPTED,
            Outcome::Unneeded(Unneeded::Finished) => {
                say("the run has ended already");
                0
            }
            Outcome::Unneeded(Unneeded::Busy) => {
                say("another process is training it");
                0
            }
        })
    }
}

/// The name of a shipped config.
fn shipped() -> impl TypedValueParser<Value = &'static Shipped> {
    let names = PossibleValuesParser::new(SHIPPED.iter().map(|config| config.name));
    names.map(|name| SHIPPED.iter().find(|config| config.name == name).expect("one of them"))
}
