//! Command-line arguments of `train`.

use std::path::PathBuf;

use clap::Parser;

/// Train a stack of dense Hopfield layers on images, from a TOML config.
///
/// Each layer answers its states I with softmax(β·I·Hᵀ)·H. The rows of H, its patterns, start at random and are learned by
/// SGD, so that the last layer's output matches the clean image. A layer passes on its answer or, with residual = true, its
/// state plus its answer.
#[derive(Debug, Parser)]
#[command(name = "train", version, after_help = include_str!("after_help.txt").trim_end())]
pub struct Args {
    /// The training config, such as configs/digits.toml.
    pub config: PathBuf,

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

    /// Print only errors.
    #[arg(long, short)]
    pub quiet: bool,

    /// Print one line of JSON per epoch, and one for the result, to standard output.
    #[arg(long)]
    pub json: bool,
}

impl Args {
    /// Keys of the config that have an option of their own.
    pub(crate) fn options(&self) -> Vec<(&'static str, String)> {
        let init_from = self.init_from.as_ref().map(|path| path.display().to_string());
        let options = [("device", self.device.clone()), ("init_from", init_from)];
        options.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// The run folder: as given, or `runs/` and the config's name.
    pub fn run_folder(&self) -> PathBuf {
        let stem = || PathBuf::from("runs").join(self.config.file_stem().unwrap_or_default());
        self.run.clone().unwrap_or_else(stem)
    }
}
