//! What is typed.

use std::ops::Range;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use hopfield_data::{Mask, Noise};
use hopfield_export::Format;
use hopfield_layer::{Separation, Similarity};

use crate::experiment::Experiment;

/// Show, export, import, measure and use pattern databases: what stacks of dense Hopfield layers have learned.
///
/// RUN is always the folder of a run that `train` or `hopfield import` wrote, or a file with a pattern database, such as
/// a snapshot in a run's `evolution` folder.
#[derive(Debug, Parser)]
#[command(name = "hopfield", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print JSON to standard output, in place of text for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Print nothing but errors (and JSON, if asked for).
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

const AFTER_HELP: &str = "\
Examples:
  hopfield info runs/digits
  hopfield export runs/digits --format npz              runs/digits/patterns.npz, for NumPy
  hopfield export runs/digits --format apng             watch the patterns grow
  hopfield import mine.npy --beta 8 --run runs/mine     patterns of another program
  hopfield recall runs/digits digit.png --mask bottom   what does the stack make of half a digit?
  hopfield retrieve large.npy queries.npy --beta 0.5    the best of millions of patterns, in little memory
  hopfield eval runs/digits --noise 0.5
  hopfield report runs/digits                           one HTML page with everything, and a playground
  hopfield experiment compare                           what stored memories make of half a digit

Exit codes: 0 done, 2 usage or input.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what is in a run: its layers, how they use their patterns, where they come from.
    Info {
        /// The run.
        run: PathBuf,
    },
    Export(ExportArgs),
    Import(ImportArgs),
    Recall(RecallArgs),
    Retrieve(RetrieveArgs),
    Eval(EvalArgs),
    Report(ReportArgs),
    #[command(subcommand)]
    Experiment(Experiment),
    /// Print a script that completes this program's commands and options in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Write the pattern database in a format that other programs read.
///
/// docs/pattern-database.md describes each of them, field by field.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The run.
    pub(crate) run: PathBuf,

    /// The format: safetensors, npz, npy, csv, parquet, png or apng.
    #[arg(long, value_parser = format)]
    pub(crate) format: Format,

    /// Only this layer, counted from 0 at the input [default: all].
    #[arg(long, value_name = "K")]
    pub(crate) layer: Option<usize>,

    /// The file to write, or a folder if there are several [default: in the run's folder].
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,

    /// Replace files that are there already.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Make a run of patterns from a file of another program, or of one of our own.
///
/// The file is a safetensors, npz or npy file, or a PyTorch checkpoint (a state dict). In one that was exported here,
/// everything is said. In others, an array of f32 with a row per pattern is a layer: `layers.K.patterns`, if there are
/// arrays of these names, or those named with --tensor, or the only one that there is.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The file.
    pub(crate) file: PathBuf,

    /// Write into this folder [default: runs/<FILE's name>].
    #[arg(long, value_name = "DIR")]
    pub(crate) run: Option<PathBuf>,

    /// An array to take as the patterns of a layer; given once for each layer, from the input on.
    #[arg(long, value_name = "NAME")]
    pub(crate) tensor: Vec<String>,

    /// The inverse temperature β: one number for all layers, or given once for each.
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    pub(crate) beta: Vec<f64>,

    /// How states and patterns are compared: dot, centred_dot, cosine, euclidean or layer_norm [default: dot].
    #[arg(long, value_name = "NAME", value_parser = similarity)]
    pub(crate) similarity: Option<Similarity>,

    /// How scores become weights: softmax, sparsemax, entmax_1.5, softmax1, top_k:K or polynomial:DEGREE [default: softmax].
    #[arg(long, value_name = "NAME", value_parser = separation)]
    pub(crate) separation: Option<Separation>,

    /// Every layer but the last hands on its state plus its answer.
    #[arg(long)]
    pub(crate) residual: bool,

    /// Rows and columns of an image, such as 28x28 [default: square].
    #[arg(long, value_name = "ROWSxCOLUMNS", value_parser = image_shape)]
    pub(crate) image_shape: Option<[usize; 2]>,

    /// Replace the pattern database that is in the folder already.
    #[arg(long)]
    pub(crate) force: bool,
}

/// What is done to images before the stack sees them.
#[derive(Debug, clap::Args)]
pub(crate) struct Damage {
    /// Hide a part of every image: bottom, top, left, right, or random:F, the fraction F of its pixels.
    #[arg(long, value_name = "PART", value_parser = mask, conflicts_with = "noise")]
    pub(crate) mask: Option<Mask>,

    /// Add Gaussian noise of this standard deviation; pixels are in [0, 1].
    #[arg(long, value_name = "STD", value_parser = positive)]
    pub(crate) noise: Option<f64>,
}

impl Damage {
    /// The damage, if one is asked for.
    pub(crate) fn damage(&self) -> Option<hopfield_data::Damage> {
        let noise = self.noise.map(|std| hopfield_data::Damage::Noise(Noise::Gaussian { std }));
        self.mask.map(hopfield_data::Damage::Mask).or(noise)
    }
}

/// Answer images, and show which patterns answer them.
///
/// Of every image: what the stack answers; the patterns of a layer that match best, with their weights; the energy of
/// the state that the layer gets, of its answer, and of the fixed point that updates of the state would end in, after so
/// many steps.
#[derive(Debug, clap::Args)]
pub(crate) struct RecallArgs {
    /// The run.
    pub(crate) run: PathBuf,

    /// PNG pictures, or IDX files of many images: white ink on black, as large as the patterns.
    #[arg(required = true)]
    pub(crate) images: Vec<PathBuf>,

    /// Of IDX files, only these images: a number, or FROM..TO without TO [default: the first 16].
    #[arg(long, value_name = "RANGE", value_parser = range)]
    pub(crate) only: Option<Range<usize>>,

    /// Black ink on white: turn it round.
    #[arg(long)]
    pub(crate) invert: bool,

    #[command(flatten)]
    pub(crate) damage: Damage,

    /// Of random masks and noise.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// The layer whose patterns are shown, counted from 0 at the input [default: the last].
    #[arg(long, value_name = "K")]
    pub(crate) layer: Option<usize>,

    /// How many patterns are shown.
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = count)]
    pub(crate) top_k: usize,

    /// The picture to write [default: recall.png in the run's folder, which is replaced].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Replace the file named with --out, if it is there already.
    #[arg(long)]
    pub(crate) force: bool,

    /// The device [default: the first that is compiled in].
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<String>,
}

/// Retrieve from one layer of any size: the best patterns of every query, and its answer softmax(β·q·Hᵀ)·H.
///
/// The patterns H stay in their file and are read as they are needed, once for every 256 queries: a file may be larger than
/// the memory. There are no images here; queries and answers are rows of numbers.
#[derive(Debug, clap::Args)]
pub(crate) struct RetrieveArgs {
    /// A npy or safetensors file with an array of f32, a row per pattern. It must not change meanwhile.
    pub(crate) database: PathBuf,

    /// A npy, npz or safetensors file with an array of f32, a row per query.
    pub(crate) queries: PathBuf,

    /// The inverse temperature β.
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    pub(crate) beta: f64,

    /// The array with the patterns [default: the only one there is].
    #[arg(long, value_name = "NAME")]
    pub(crate) tensor: Option<String>,

    /// The array with the queries [default: the only one there is].
    #[arg(long, value_name = "NAME")]
    pub(crate) query_tensor: Option<String>,

    /// How many patterns are named for every query.
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = count)]
    pub(crate) top_k: usize,

    /// Write the answers into this npy file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Replace the file named with --out, if it is there already.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Where held-out images come from.
#[derive(Debug, clap::Args)]
pub(crate) struct DataArgs {
    /// The images: bundled, mnist, or a folder with four IDX files [default: those of the run, or bundled].
    #[arg(long, value_name = "SOURCE")]
    pub(crate) data: Option<String>,

    #[command(flatten)]
    pub(crate) damage: Damage,

    /// The device [default: the first that is compiled in].
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<String>,
}

/// Measure the stack on held-out images: errors, how it uses its patterns, and whether they tell digits apart.
///
/// Of a classifier: how many labels are wrong, label by label. Images are damaged as in the run's training, if not said
/// otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// The run.
    pub(crate) run: PathBuf,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// Write one HTML page that shows everything: training curves, the patterns as they grew, how they are used,
/// reconstructions, the config, and a playground in which the stack answers what you draw.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// The run.
    pub(crate) run: PathBuf,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The page to write [default: report.html in the run's folder, which is replaced].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Replace the file named with --out, if it is there already.
    #[arg(long)]
    pub(crate) force: bool,
}

pub(crate) fn named<T: Copy>(text: &str, names: &[(&str, T)]) -> Result<T, String> {
    let found = names.iter().find(|(name, _)| *name == text).map(|&(_, value)| value);
    found.ok_or_else(|| {
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        format!("allowed: {}", names.join(", "))
    })
}

fn format(text: &str) -> Result<Format, String> {
    named(text, &Format::ALL)
}

pub(crate) fn similarity(text: &str) -> Result<Similarity, String> {
    serde_json::from_value(text.into())
        .map_err(|_| "allowed: dot, centred_dot, cosine, euclidean, layer_norm".into())
}

pub(crate) fn separation(text: &str) -> Result<Separation, String> {
    let (name, number) = text.split_once(':').unwrap_or((text, ""));
    let json = match (number, number.parse::<u32>()) {
        ("", _) => serde_json::Value::from(name),
        (_, Ok(number)) => serde_json::json!({ name: number }),
        _ => serde_json::Value::Null,
    };
    serde_json::from_value(json).map_err(|_| {
        "allowed: softmax, sparsemax, entmax_1.5, softmax1, top_k:K, polynomial:DEGREE".into()
    })
}

pub(crate) fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|&x| x > 0.0 && (x as f32).is_normal());
    number.ok_or_else(|| "allowed: a number above 0".into())
}

fn count(text: &str) -> Result<usize, String> {
    let number = text.parse::<usize>().ok().filter(|&count| (1..=1000).contains(&count));
    number.ok_or_else(|| "allowed: a whole number from 1 to 1000".into())
}

fn image_shape(text: &str) -> Result<[usize; 2], String> {
    let sides = text.split_once('x').and_then(|(rows, columns)| {
        Some([rows.parse::<usize>().ok()?, columns.parse::<usize>().ok()?])
    });
    let sides = sides.filter(|sides| sides.iter().all(|side| (1..=10_000).contains(side)));
    sides.ok_or_else(|| "allowed: rows and columns, such as 28x28".into())
}

pub(crate) fn mask(text: &str) -> Result<Mask, String> {
    let masks = [
        ("bottom", Mask::Bottom),
        ("top", Mask::Top),
        ("left", Mask::Left),
        ("right", Mask::Right),
    ];
    let random = |text: &str| {
        let fraction = text.strip_prefix("random:")?.parse::<f64>().ok()?;
        (0.0..=1.0).contains(&fraction).then_some(Mask::Random { fraction })
    };
    let allowed = "allowed: bottom, top, left, right, or random:F with F from 0 to 1";
    random(text).map_or_else(|| named(text, &masks).map_err(|_| allowed.into()), Ok)
}

fn range(text: &str) -> Result<Range<usize>, String> {
    let range = match text.split_once("..") {
        Some((from, to)) => from.parse().ok().zip(to.parse().ok()).map(|(from, to)| from..to),
        None => text.parse::<usize>().ok().and_then(|one| Some(one..one.checked_add(1)?)),
    };
    let range = range.filter(|range| !range.is_empty());
    range.ok_or_else(|| "allowed: a number, or FROM..TO with FROM below TO, counted from 0".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn values_are_read() {
        assert_eq!(mask("random:0.25"), Ok(Mask::Random { fraction: 0.25 }));
        assert_eq!(mask("left"), Ok(Mask::Left));
        for wrong in ["random:2", "random:", "middle", ""] {
            assert!(mask(wrong).unwrap_err().starts_with("allowed: bottom"), "{wrong}");
        }
        assert_eq!(separation("top_k:3"), Ok(Separation::TopK(3)));
        assert_eq!(separation("entmax_1.5"), Ok(Separation::Entmax15));
        assert!(
            separation("top_k:x").is_err()
                && separation("top_k").is_err()
                && separation("hardmax").is_err()
        );
        assert_eq!(similarity("layer_norm"), Ok(Similarity::LayerNorm));
        assert!(similarity("l2").is_err());
        assert_eq!(image_shape("28x20"), Ok([28, 20]));
        assert!(image_shape("28").is_err() && image_shape("0x3").is_err());
        assert_eq!(range("3"), Ok(3..4));
        assert_eq!(range("0..10"), Ok(0..10));
        assert!(range("5..5").is_err() && range("x").is_err());
        assert!(positive("-1").is_err() && positive("nan").is_err() && positive("1e99").is_err());
        assert!(count("0").is_err());
        assert_eq!(format("npz"), Ok(Format::Npz));
        assert!(format("xls").unwrap_err().contains("safetensors, npz"));
    }
}
