//! `hopfield import`: a run folder from a file of another program.

use std::fs;
use std::path::PathBuf;

use hopfield_arrays::{ArrayFile, ImageShape};
use hopfield_database::{Import, ImportSettings, ImportedFrom, Manifest};
use hopfield_layer::{Separation, Similarity};
use hopfield_report::counted;
use hopfield_train::printer::Printer;
use hopfield_train::sha256;
use serde_json::json;

use crate::error::{Error, at};
use crate::options::positive;

/// Turn a file from another program, or an exported pattern database, into a run folder.
///
/// The file is a safetensors, npz, npy, Parquet or CSV file, or a PyTorch checkpoint (a state dict). A file exported by this program
/// describes itself. In any other, each layer is an array of real numbers with one pattern per row: the arrays named with
/// --tensor, else those named `layers.K.patterns`, else the only array in the file. Numbers become f32 and are not scaled.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file.
    file: PathBuf,

    /// Write into this folder [default: runs/, and the name of the file].
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,

    /// The array with the patterns of a layer; repeat for each layer, starting at the input.
    #[arg(long, value_name = "NAME")]
    tensor: Vec<String>,

    /// The inverse temperature β: one number for all layers, or one per layer (repeat the option).
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    beta: Vec<f64>,

    /// How states and patterns are compared: dot, centred_dot, cosine, euclidean or layer_norm [default: dot].
    #[arg(long, value_name = "NAME")]
    similarity: Option<Similarity>,

    /// How scores become weights: softmax, sparsemax, entmax_1.5, softmax1, log_sum_relu, top_k:K or polynomial:DEGREE [default: softmax].
    #[arg(long, value_name = "NAME")]
    separation: Option<Separation>,

    /// Every layer except the last passes on its state plus its answer.
    #[arg(long)]
    residual: bool,

    /// Height and width of an image, such as 28x28, or 32x32x3 in colour [default: square, or else no image].
    #[arg(long, value_name = "ROWSxCOLUMNS")]
    image_shape: Option<ImageShape>,

    /// Replace the pattern database in the folder, if there is one.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let mut file = ArrayFile::open(&args.file)?;
    let settings = ImportSettings {
        tensors: args.tensor.clone(),
        betas: args.beta.clone(),
        similarity: args.similarity,
        separation: args.separation,
        residual: args.residual,
        image_shape: args.image_shape,
    };
    let import = match file.metadata() {
        Some(_) => Import::of_database(&mut file, &settings)?,
        None => {
            let name = args.file.file_name().unwrap_or_default();
            let from = ImportedFrom {
                imported_from: name.to_string_lossy().into_owned(),
                sha256: sha256(&args.file).map_err(at(&args.file))?,
            };
            Import::of_arrays(&mut file, &settings, from)?
        }
    };

    let stem = || PathBuf::from("runs").join(args.file.file_stem().unwrap_or_default());
    let folder = args.run.clone().unwrap_or_else(stem);
    let path = folder.join("patterns.safetensors");
    let shown = folder.display();
    if folder.join("config.toml").exists() || folder.join("checkpoints").exists() {
        let problem = "there is a training run; choose another folder with --run DIR";
        return Err(format!("{shown}: {problem}").into());
    }
    if path.exists() && !args.force {
        let problem = "there is a pattern database already; give --force to replace it, or another folder with --run DIR";
        return Err(format!("{shown}: {problem}").into());
    }
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    import.write(&mut file, &path).inspect_err(|_| {
        // A folder that was made in vain is empty, and goes again.
        let _ = fs::remove_dir(&folder);
    })?;

    let Manifest { layers, image_shape, .. } = &import.manifest;
    let layers = layers.len();
    printer.data(&json!({ "run": folder, "layers": layers, "image_shape": image_shape }));
    let look = match image_shape {
        Some(_) => format!("export {shown} --format png"),
        None => format!("info {shown}"),
    };
    let layers = counted(layers, "layer");
    printer.result(&format!("{shown}: {layers}; look at it with hopfield {look}"));
    Ok(())
}
