//! What is typed.

use std::path::PathBuf;

use clap::Parser;

/// Train a stack of dense Hopfield layers on images, as a TOML file says.
///
/// Each layer answers its states I with softmax(β·I·Hᵀ)·H; the rows of H, its patterns, start at
/// random and are learned by SGD, so that the last layer's output matches the clean image. Between
/// layers, the answer alone is handed on, or, with residual = true, the state plus the answer.
#[derive(Debug, Parser)]
#[command(name = "train", version, after_help = AFTER_HELP)]
pub struct Args {
    /// The training config, such as configs/digits.toml.
    pub config: PathBuf,

    /// Change a setting of the config; may be given several times.
    ///
    /// Keys are written with dots. `layers.0` is the first table of layers, with all its repeats. A value
    /// that is not TOML is a text; an empty one takes the key out.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Train on this device: flex, ndarray, wgpu, vulkan, metal, webgpu, cuda, rocm or cpu.
    ///
    /// Those other than flex must be compiled in with the Cargo feature of the same name.
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,

    /// Begin with the patterns, values and β of this run folder or pattern database.
    ///
    /// Its layers must have the shapes that the config gives them; files of other programs become a folder that this takes
    /// with `hopfield import`.
    #[arg(long, value_name = "PATH")]
    pub init_from: Option<PathBuf>,

    /// Write into this folder, which must not hold a run yet [default: runs/<CONFIG's name>].
    #[arg(long, value_name = "DIR")]
    pub run: Option<PathBuf>,

    /// Continue the run in the folder after its last checkpoint, as if it had never stopped.
    #[arg(long)]
    pub resume: bool,

    /// Print nothing but errors.
    #[arg(long, short)]
    pub quiet: bool,

    /// Print a line of JSON per epoch, and one for the result, to standard output.
    #[arg(long)]
    pub json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  train configs/digits.toml                        3 layers of 64 patterns on the digits in the program
  train configs/digits.toml --set training.epochs=5 --set layers.0.patterns=100 --run runs/short
  train configs/digits.toml --resume               go on after Ctrl-C or a crash
  train configs/deep.toml --set data.dir=mnist     4 layers; 60,000 digits from four IDX files in ./mnist

The run folder:
  config.toml, versions.json   what ran: every setting, the seed and the versions
  metrics.jsonl                a line per epoch: errors, speed, and how each layer uses its patterns
  checkpoints/                 the last and the best state of the training
  patterns.safetensors         the learned pattern databases
  patterns.png                 the same, to look at: a sheet per layer, from the input on
  reconstructions.png          test images: what the network saw, what was wanted, what it answered
  evolution/                   the pattern database at some steps of the training, often at first
`hopfield` shows, exports and uses what is in it.

Exit codes: 0 done, 1 training diverged, 2 usage, config or input, 130 interrupted (and saved).";

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
