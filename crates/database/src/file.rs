//! A pattern database in its file: what it says of itself, and its tensors one by one, none of them in memory.

use std::path::{Path, PathBuf};

use hopfield_arrays::{Array, ArrayError, ArrayFile};

use crate::{ArchiveError, ExportError, Manifest, PARTS, PatternUsage, tensor_name};

/// A pattern database in its canonical file.
pub struct DatabaseFile {
    path: PathBuf,
    /// Its tensors.
    pub arrays: ArrayFile,
    /// What it says of itself.
    pub manifest: Manifest,
}

impl DatabaseFile {
    /// Opens a safetensors file with a pattern database; settings and shapes are checked.
    ///
    /// # Errors
    ///
    /// It can't be read, is not one, or contradicts itself.
    pub fn open(path: &Path) -> Result<Self, ExportError> {
        let mut arrays = ArrayFile::open(path)?;
        let manifest = manifest(&mut arrays);
        let manifest =
            manifest.map_err(|source| ExportError::Database { path: path.into(), source })?;
        Ok(Self { path: path.into(), arrays, manifest })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tensor with this part of a layer, if there is one.
    pub fn part(&self, layer: usize, part: &str) -> Option<&Array> {
        self.arrays.array(&tensor_name(layer, part))
    }

    /// The numbers of this part of a layer, if it has one.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub fn load(&mut self, layer: usize, part: &str) -> Result<Option<Vec<f32>>, ArrayError> {
        let name = self.part(layer, part).map(|array| array.name.clone());
        name.map(|name| self.arrays.load(&name)).transpose()
    }

    /// How a layer uses its patterns, if that was measured.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub fn usage(&mut self, layer: usize) -> Result<Option<PatternUsage>, ArrayError> {
        let weights = self.load(layer, "mean_weights")?;
        let usage = weights.zip(self.load(layer, "best_matches")?);
        Ok(usage.map(|(mean_weights, best_matches)| PatternUsage { mean_weights, best_matches }))
    }

    /// The tensors of these layers, by layer and part.
    pub fn parts(&self, layers: &[usize]) -> Vec<(usize, &'static str, Array)> {
        let of = |&layer: &usize| {
            PARTS
                .iter()
                .filter_map(move |part| Some((layer, *part, self.part(layer, part)?.clone())))
        };
        layers.iter().flat_map(of).collect()
    }

    /// Which layers are asked for.
    ///
    /// # Errors
    ///
    /// There is no such layer.
    pub fn layers(&self, layer: Option<usize>) -> Result<Vec<usize>, ExportError> {
        let count = self.manifest.layers.len();
        match layer {
            None => Ok((0..count).collect()),
            Some(layer) if layer < count => Ok(vec![layer]),
            Some(layer) => Err(ExportError::NoLayer { layer, count }),
        }
    }

    /// Whether a layer alone takes images and answers with them.
    ///
    /// # Errors
    ///
    /// It does not.
    pub fn check_alone(&self, layer: usize) -> Result<(), ExportError> {
        let [height, width] = self.manifest.image_shape;
        let columns = |part| self.part(layer, part).map(|array| array.shape[1]);
        let takes = columns("patterns").unwrap_or_default();
        let answers = columns("values").unwrap_or(takes);
        match [takes, answers] == [height * width; 2] {
            true => Ok(()),
            false => Err(ExportError::NotAlone { layer, takes, answers, height, width }),
        }
    }
}

/// What a file of arrays says of itself, if it is a pattern database.
///
/// # Errors
///
/// It is none, or contradicts itself.
pub fn manifest(arrays: &mut ArrayFile) -> Result<Manifest, ArchiveError> {
    let text = arrays.metadata().ok_or_else(|| ArchiveError::Metadata("there is none".into()))?;
    let json = serde_json::from_str(text);
    let json = json.map_err(|error| ArchiveError::Metadata(error.to_string()))?;
    let about = Manifest::from_json(&json)?;
    let shapes: Vec<Array> = arrays.arrays().to_vec();
    let shape = |name: &str| {
        let array = shapes.iter().find(|array| array.name == name);
        array.map(|array| array.shape.clone())
    };
    about.layer_configs(shape, |name| {
        let problem = |error: ArrayError| ArchiveError::Tensor {
            name: name.to_owned(),
            problem: error.to_string(),
        };
        arrays.load(name).map_err(problem)
    })?;
    Ok(about)
}
