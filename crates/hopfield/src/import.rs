//! `hopfield import`: a run folder from a file of another program.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use hopfield_arrays::{Array, ArrayFile, ElementType, bytes, safetensors_header, write_whole};
use hopfield_database::{
    ArchiveError, ExportError, ImportedFrom, LayerManifest, Manifest, PARTS, Provenance, manifest,
    tensor_name,
};
use hopfield_layer::{Separation, Similarity};
use hopfield_train::printer::Printer;
use hopfield_train::sha256;
use serde_json::json;

use crate::error::Error;
use crate::options::positive;
use crate::text::counted;

/// Turn a file from another program, or an exported pattern database, into a run folder.
///
/// The file is a safetensors, npz or npy file, or a PyTorch checkpoint (a state dict). A file exported by this program
/// describes itself. In any other, each layer is an array of f32 with one pattern per row: the arrays named with --tensor,
/// else those named `layers.K.patterns`, else the only array in the file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file.
    file: PathBuf,

    /// Write into this folder [default: runs/<FILE's name>].
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

    /// How scores become weights: softmax, sparsemax, entmax_1.5, softmax1, top_k:K or polynomial:DEGREE [default: softmax].
    #[arg(long, value_name = "NAME")]
    separation: Option<Separation>,

    /// Every layer except the last passes on its state plus its answer.
    #[arg(long)]
    residual: bool,

    /// Height and width of an image, such as 28x28 [default: square].
    #[arg(long, value_name = "ROWSxCOLUMNS", value_parser = image_shape)]
    image_shape: Option<[usize; 2]>,

    /// Replace the pattern database in the folder, if there is one.
    #[arg(long)]
    force: bool,
}

fn image_shape(text: &str) -> Result<[usize; 2], String> {
    let sides = text.split_once('x').and_then(|(rows, columns)| {
        Some([rows.parse::<usize>().ok()?, columns.parse::<usize>().ok()?])
    });
    let sides = sides.filter(|sides| sides.iter().all(|side| (1..=10_000).contains(side)));
    sides.ok_or_else(|| "allowed: height and width, such as 28x28".into())
}

/// Numbers held at a time.
const BLOCK: usize = 1 << 16;

/// A tensor of the new database.
struct Tensor {
    name: String,
    shape: Vec<usize>,
    from: Origin,
}

/// Where the numbers of a tensor come from.
enum Origin {
    /// The array of this name.
    Array(String),
    Numbers(Vec<f32>),
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let mut file = ArrayFile::open(&args.file)?;
    let (about, mut tensors) = match file.metadata() {
        Some(_) => exported_here(args, &mut file)?,
        None => of_another_program(args, &mut file)?,
    };
    // The order of a safetensors file.
    tensors.sort_by(|a, b| a.name.cmp(&b.name));

    let stem = || PathBuf::from("runs").join(args.file.file_stem().unwrap_or_default());
    let folder = args.run.clone().unwrap_or_else(stem);
    let path = folder.join("patterns.safetensors");
    if folder.join("config.toml").exists() || folder.join("checkpoints").exists() {
        return Err(Error::Usage(format!(
            "{}: there is a training run; choose another folder with --run DIR",
            folder.display()
        )));
    }
    if path.exists() && !args.force {
        return Err(Error::Usage(format!(
            "{}: there is a pattern database already; give --force to replace it, or another folder with --run DIR",
            folder.display()
        )));
    }
    fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
    let written = write_whole(&path, |out| write(&mut file, &about, &tensors, out));
    written.map_err(|error| {
        // A folder that was made in vain is empty, and goes again.
        let _ = fs::remove_dir(&folder);
        match error {
            ExportError::Write(source) => Error::Io { path: path.clone(), source },
            other => other.into(),
        }
    })?;

    let layers = about.layers.len();
    printer.data(&json!({ "run": folder, "layers": layers, "image_shape": about.image_shape }));
    printer.result(&format!(
        "{}: {}; look at it with hopfield export {} --format png",
        folder.display(),
        counted(layers, "layer"),
        folder.display()
    ));
    Ok(())
}

/// Writes the canonical form, block by block.
fn write(
    file: &mut ArrayFile,
    about: &Manifest,
    tensors: &[Tensor],
    out: &mut impl Write,
) -> Result<(), ExportError> {
    let arrays = tensors.iter().map(|tensor| Array::f32(&tensor.name, &tensor.shape));
    let header = safetensors_header(&arrays.collect::<Vec<_>>(), &about.to_json().to_string())?;
    out.write_all(&header)?;
    for Tensor { from, .. } in tensors {
        match from {
            Origin::Numbers(numbers) => out.write_all(&bytes(numbers))?,
            Origin::Array(name) => {
                let mut numbers = file.numbers(name)?;
                while numbers.left() > 0 {
                    out.write_all(&bytes(&numbers.read(BLOCK)?))?;
                }
            }
        }
    }
    Ok(())
}

/// A database that says everything itself.
fn exported_here(args: &Args, file: &mut ArrayFile) -> Result<(Manifest, Vec<Tensor>), Error> {
    let options = [
        ("--tensor", args.tensor.is_empty()),
        ("--beta", args.beta.is_empty()),
        ("--similarity", args.similarity.is_none()),
        ("--separation", args.separation.is_none()),
        ("--residual", !args.residual),
        ("--image-shape", args.image_shape.is_none()),
    ];
    if let Some((option, _)) = options.iter().find(|(_, absent)| !absent) {
        return Err(Error::Usage(format!(
            "{}: it was exported here and says everything itself; leave out {option}",
            args.file.display()
        )));
    }
    let about = manifest(file);
    let about = about.map_err(|source| Error::Database { path: args.file.clone(), source })?;
    let names = (0..about.layers.len())
        .flat_map(|layer| PARTS.map(|part| tensor_name(layer, part)))
        .filter_map(|name| file.array(&name));
    let tensors = names.map(|array| Tensor {
        name: array.name.clone(),
        shape: array.shape.clone(),
        from: Origin::Array(array.name.clone()),
    });
    let tensors = tensors.collect();
    Ok((about, tensors))
}

/// Arrays that say nothing but their names and shapes.
fn of_another_program(args: &Args, file: &mut ArrayFile) -> Result<(Manifest, Vec<Tensor>), Error> {
    let refuse = |problem: String| Error::Usage(format!("{}: {problem}", args.file.display()));
    let names = patterns(args, file)?;
    let mut tensors = Vec::new();
    let mut betas = Vec::new();
    let given = args.beta.len();
    if given > 1 && given != names.len() {
        return Err(refuse(format!(
            "--beta is given {given} times; allowed: once, or once for each of its layers, {}",
            names.len()
        )));
    }
    for (layer, name) in names.iter().enumerate() {
        let own = |part: &str| tensor_name(layer, part);
        // Other parts belong to arrays with our names only.
        let belongs = |part: &str| *name == own("patterns") && file.array(&own(part)).is_some();
        let mut parts = vec![("patterns", name.clone())];
        parts.extend(belongs("values").then(|| ("values", own("values"))));
        let says_beta = belongs("log_beta");
        parts.extend(says_beta.then(|| ("log_beta", own("log_beta"))));
        for (part, source) in parts {
            let array = file.array(&source);
            let shape = array.map(|array| without_leading_one(&array.shape)).unwrap_or_default();
            tensors.push(Tensor { name: own(part), shape, from: Origin::Array(source) });
        }
        if says_beta {
            if given > 0 {
                let array = own("log_beta");
                return Err(refuse(format!("its array `{array}` says β; leave out --beta")));
            }
            let log_betas = file.load(&own("log_beta"))?;
            betas.push(log_betas.iter().map(|&log| f64::from(log).exp()).collect());
            continue;
        }
        let beta = args.beta.get(layer).or(args.beta.first()).copied().ok_or_else(|| {
            refuse(
                "it does not say β; give it with --beta NUMBER (8 retrieves stored images in [0, 1], 1/√d is attention's)"
                    .into(),
            )
        })?;
        let from = Origin::Numbers(vec![beta.ln() as f32]);
        tensors.push(Tensor { name: own("log_beta"), shape: vec![1], from });
        betas.push(vec![beta]);
    }
    let layers = betas.into_iter().map(|beta| LayerManifest {
        beta,
        beta_trainable: true,
        similarity: args.similarity.unwrap_or(Similarity::Dot),
        separation: args.separation.unwrap_or(Separation::Softmax),
        steps: 1,
        range: None,
    });
    let dim = tensors[0].shape.last().copied().unwrap_or(0);
    let side = (dim as f64).sqrt().round() as usize;
    let image_shape = match args.image_shape {
        Some(shape) => shape,
        None if side * side == dim => [side, side],
        None => {
            return Err(refuse(format!(
                "its patterns have {dim} entries, which is no square image; give --image-shape ROWSxCOLUMNS"
            )));
        }
    };
    let provenance = Provenance::Imported(ImportedFrom {
        imported_from: file_name(&args.file),
        sha256: sha256(&args.file).map_err(Error::io(&args.file))?,
    });
    let about = Manifest::new(image_shape, args.residual, layers.collect(), provenance);
    let shape = |name: &str| {
        let tensor = tensors.iter().find(|tensor| tensor.name == name);
        tensor.map(|tensor| tensor.shape.clone())
    };
    let numbers = |name: &str| match tensors.iter().find(|tensor| tensor.name == name) {
        Some(Tensor { from: Origin::Numbers(numbers), .. }) => Ok(numbers.clone()),
        _ => file.load(name).map_err(|error| ArchiveError::Contradiction(error.to_string())),
    };
    let checked = about.layer_configs(shape, numbers);
    checked.map_err(|source| Error::Database { path: args.file.clone(), source })?;
    Ok((about, tensors))
}

/// The arrays that are the patterns of the layers.
fn patterns(args: &Args, file: &ArrayFile) -> Result<Vec<String>, Error> {
    let refuse = |problem: String| Error::Usage(format!("{}: {problem}", args.file.display()));
    let named = (0..).map(|layer| tensor_name(layer, "patterns"));
    let named: Vec<_> = named.take_while(|name| file.array(name).is_some()).collect();
    let is_table = |array: &&Array| without_leading_one(&array.shape).len() == 2;
    let mut tables = file.arrays().iter().filter(is_table);
    let names = if !args.tensor.is_empty() {
        args.tensor.clone()
    } else if !named.is_empty() {
        named
    } else {
        match (tables.next(), tables.next()) {
            (Some(one), None) => vec![one.name.clone()],
            (None, _) => {
                return Err(refuse(format!(
                    "needed is an array of shape [N, d], with a row per pattern; there are: {}",
                    file.contents()
                )));
            }
            _ => {
                return Err(refuse(format!(
                    "it has several arrays; name those that are the patterns of layers, from the input on, with \
                     --tensor NAME; there are: {}",
                    file.contents()
                )));
            }
        }
    };
    for name in &names {
        let array = file.array(name).ok_or_else(|| {
            refuse(format!("there is no array `{name}` in it; there are: {}", file.contents()))
        })?;
        if let ElementType::Other(element) = &array.element {
            return Err(refuse(format!(
                "array `{name}` has type {element}; needed is little-endian f32, as array.astype(np.float32) makes it"
            )));
        }
        if !is_table(&array) {
            return Err(refuse(format!(
                "array `{name}` has shape {:?}; needed is [N, d], with a row per pattern",
                array.shape
            )));
        }
    }
    Ok(names)
}

/// `[1, N, d]`, as hflayers keeps its patterns, is `[N, d]`.
fn without_leading_one(shape: &[usize]) -> Vec<usize> {
    match shape {
        [1, rest @ ..] if rest.len() == 2 => rest.to_vec(),
        shape => shape.to_vec(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_shapes_are_parsed() {
        assert_eq!(image_shape("28x20"), Ok([28, 20]));
        assert!(image_shape("28").is_err() && image_shape("0x3").is_err());
    }
}
