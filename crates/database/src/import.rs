//! A pattern database from the arrays of another program, or from one that was exported in another format.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use hopfield_arrays::{
    Array, ArrayError, ArrayFile, ArrayFormat, Contents, ImageShape, Safetensors, Scaling, bytes,
    write_whole,
};
use hopfield_layer::{LayerSettings, Separation, Similarity};

use crate::error::ExportError;
use crate::file::manifest;
use crate::formats::copy;
use crate::manifest::{FORMAT, ImportedFrom, LayerManifest, Manifest, Provenance};
use crate::parts::Part;

/// What arrays of another program do not say. A database that was exported here says all of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportSettings {
    /// The arrays that are the patterns of layers, from the input on. Default: those named as in a
    /// [pattern database](crate::PatternDatabase), else the only table in the file.
    pub tensors: Vec<String>,
    /// β: one for all layers, or one for each; none for layers whose log β is in the file.
    pub betas: Vec<f64>,
    /// How states and patterns are compared. Default: the dot product.
    pub similarity: Option<Similarity>,
    /// How scores become weights. Default: softmax.
    pub separation: Option<Separation>,
    /// Whether every layer but the last adds its answer to its state.
    pub residual: bool,
    /// The shape of an image. Default: a grey square, or else no image.
    pub image_shape: Option<ImageShape>,
}

/// A pattern database whose numbers are still in the file it comes from.
#[derive(Debug)]
pub struct Import {
    /// Its manifest.
    pub manifest: Manifest,
    arrays: Vec<Array>,
    /// Where the numbers of each array come from.
    origins: Vec<Origin>,
}

/// Where the numbers of an array come from.
#[derive(Debug)]
enum Origin {
    /// The array of this name in the file.
    Array(String),
    Numbers(Vec<f32>),
}

impl Import {
    /// The database in a file that was exported here.
    ///
    /// # Errors
    ///
    /// It is not one, or there are settings, which it has itself.
    pub fn of_database(
        file: &mut ArrayFile,
        settings: &ImportSettings,
    ) -> Result<Self, ArrayError> {
        let set = [
            ("tensor", !settings.tensors.is_empty()),
            ("beta", !settings.betas.is_empty()),
            ("similarity", settings.similarity.is_some()),
            ("separation", settings.separation.is_some()),
            ("residual", settings.residual),
            ("image-shape", settings.image_shape.is_some()),
        ];
        if let Some((name, _)) = set.iter().find(|(_, is_set)| *is_set) {
            let problem = "it was exported by this program and describes itself; leave out";
            return Err(refuse(file, format!("{problem} --{name}")));
        }
        let manifest = manifest(file)?;
        let found = (0..manifest.layers.len())
            .flat_map(|layer| Part::ALL.map(|part| part.of(layer)))
            .filter_map(|name| file.array(&name));
        let (arrays, origins) = found
            .map(|Array { name, shape, .. }| (Array::f32(name, shape), Origin::Array(name.clone())))
            .unzip();
        Ok(Self { manifest, arrays, origins })
    }

    /// A database of arrays that say nothing but their names and shapes.
    ///
    /// # Errors
    ///
    /// The arrays and the settings do not make a pattern database.
    pub fn of_arrays(
        file: &mut ArrayFile,
        settings: &ImportSettings,
        from: ImportedFrom,
    ) -> Result<Self, ArrayError> {
        let names = patterns(file, &settings.tensors)?;
        let given = settings.betas.len();
        if given > 1 && given != names.len() {
            let problem = format!(
                "--beta is given {given} times; allowed: once, or once for each of its layers, {}",
                names.len()
            );
            return Err(refuse(file, problem));
        }
        let (mut arrays, mut layers) = (Vec::new(), Vec::new());
        for (layer, name) in names.into_iter().enumerate() {
            let is_ours = name == Part::Patterns.of(layer);
            let beta = settings.betas.get(layer).or(settings.betas.first()).copied();
            arrays.push(taken(file, Part::Patterns.of(layer), name));
            // Arrays with our names have the other parts beside them.
            let other = |part: Part| {
                let name = part.of(layer);
                (is_ours && file.array(&name).is_some()).then_some(name)
            };
            if let Some(values) = other(Part::Values) {
                arrays.push(taken(file, values.clone(), values));
            }
            let beta = match (other(Part::LogBeta), beta) {
                (Some(name), Some(_)) => {
                    return Err(refuse(
                        file,
                        format!("its array `{name}` says β; leave out --beta"),
                    ));
                }
                (Some(name), None) => {
                    arrays.push(taken(file, name.clone(), name.clone()));
                    file.load(&name)?.into_iter().map(|log| f64::from(log).exp()).collect()
                }
                (None, Some(beta)) => {
                    let numbers = Origin::Numbers(vec![beta.ln() as f32]);
                    arrays.push((Array::f32(&Part::LogBeta.of(layer), &[1]), numbers));
                    vec![beta]
                }
                (None, None) => {
                    let problem = "it does not say β; give it with --beta NUMBER (8 retrieves stored images in [0, 1], 1/√d is \
                                   the β of attention)";
                    return Err(refuse(file, problem));
                }
            };
            layers.push(LayerManifest {
                beta,
                settings: LayerSettings {
                    beta_trainable: true,
                    similarity: settings.similarity.unwrap_or(Similarity::Dot),
                    separation: settings.separation.unwrap_or(Separation::Softmax),
                    steps: 1,
                    range: None,
                },
            });
        }
        let dim = arrays[0].0.shape.last().copied().unwrap_or(0);
        let side = (dim as f64).sqrt().round() as usize;
        let square = || ImageShape::new(&[side, side]).ok().filter(|shape| shape.dim() == dim);
        let image_shape = settings.image_shape.or_else(square);
        let provenance = Provenance::Imported(from);
        let residual = settings.residual;
        let (scaling, classes) = (Scaling::default(), Vec::new());
        let manifest = Manifest {
            format: FORMAT,
            image_shape,
            scaling,
            classes,
            residual,
            layers,
            provenance,
        };
        let (arrays, origins): (Vec<Array>, Vec<Origin>) = arrays.into_iter().unzip();
        let numbers = |name: &str| match arrays.iter().zip(&origins).find(|(a, _)| a.name == name) {
            Some((_, Origin::Numbers(numbers))) => Ok(numbers.clone()),
            _ => file.load(name),
        };
        let checked = manifest.layer_configs(&arrays, numbers);
        checked.map_err(|problem| ArrayError::malformed(file.name(), problem))?;
        Ok(Self { manifest, arrays, origins })
    }

    /// Writes the canonical file, whole or not at all, block by block; `file` is the one that the database comes from.
    ///
    /// # Errors
    ///
    /// The numbers can't be read or written.
    pub fn write(&self, file: &mut ArrayFile, path: &Path) -> Result<(), ExportError> {
        let manifest = self.manifest.to_json().to_string();
        let numbers = &mut |index: usize, out: &mut dyn Write| match &self.origins[index] {
            Origin::Numbers(numbers) => out.write_all(&bytes(numbers)),
            Origin::Array(name) => copy(file, name, out),
        };
        let contents = Contents { arrays: &self.arrays, metadata: Some(&manifest), numbers };
        let written = write_whole(path, |out| Safetensors.write(out, contents));
        written.map_err(|error| ExportError::from(error).in_file(path))
    }
}

/// The array `from` of the file, under another name.
fn taken(file: &ArrayFile, name: String, from: String) -> (Array, Origin) {
    let shape = file.array(&from).map(|array| without_leading_one(&array.shape));
    (Array::f32(&name, &shape.unwrap_or_default()), Origin::Array(from))
}

/// The arrays that are the patterns of the layers: those that are asked for, else those with our names, else the only table.
fn patterns(file: &ArrayFile, asked: &[String]) -> Result<Vec<String>, ArrayError> {
    let named = (0..).map(|layer| Part::Patterns.of(layer));
    let named: Vec<_> = named.take_while(|name| file.array(name).is_some()).collect();
    let is_table = |array: &&Array| without_leading_one(&array.shape).len() == 2;
    let tables: Vec<_> = file.arrays().iter().filter(is_table).collect();
    let names = match (asked, &named[..], &tables[..]) {
        ([_, ..], _, _) => asked.to_vec(),
        (_, [_, ..], _) => named,
        (_, _, [one]) => vec![one.name.clone()],
        (_, _, tables) => {
            let problem = if tables.is_empty() {
                "needed is an array of shape [N, d], with a row per pattern"
            } else {
                "it has several arrays; name those that are the patterns of layers, from the input on, with --tensor NAME"
            };
            return Err(refuse(file, format!("{problem}; there are: {}", file.contents())));
        }
    };
    for name in &names {
        let array = file.find(name)?;
        if !is_table(&array) {
            let needed = "needed is [N, d], with a row per pattern";
            return Err(refuse(
                file,
                format!("array `{name}` has shape {:?}; {needed}", array.shape),
            ));
        }
    }
    Ok(names)
}

/// `[1, N, d]`, the shape in which hflayers keeps patterns, is `[N, d]`.
fn without_leading_one(shape: &[usize]) -> Vec<usize> {
    match shape {
        [1, rest @ ..] if rest.len() == 2 => rest.to_vec(),
        shape => shape.to_vec(),
    }
}

fn refuse(file: &ArrayFile, problem: impl Display) -> ArrayError {
    ArrayError::malformed(file.name(), problem)
}
