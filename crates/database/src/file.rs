//! A pattern database in a file: its manifest, and its arrays one by one, none of them kept in memory.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_arrays::{Array, ArrayError, ArrayFile};
use hopfield_layer::HopfieldLayerConfig;
use hopfield_model::{HopfieldStack, ModelError};
use serde_json::Value;

use crate::database::PatternDatabase;
use crate::manifest::Manifest;
use crate::parts::Part;
use crate::usage::PatternUsage;

/// An open file with a pattern database, in any format that holds a manifest. Settings and shapes have been checked.
pub struct DatabaseFile {
    path: PathBuf,
    /// Its arrays.
    pub arrays: ArrayFile,
    /// Its settings and provenance.
    pub manifest: Manifest,
    /// The whole text beside its arrays, as JSON: the manifest, and whatever else there is.
    pub metadata: Value,
    configs: Vec<HopfieldLayerConfig>,
}

impl DatabaseFile {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// It can't be read, is not a pattern database, or contradicts itself.
    pub fn open(path: &Path) -> Result<Self, ArrayError> {
        Self::new(path, ArrayFile::open(path)?)
    }

    /// The file at `path` with this content, which is in memory: the result of
    /// [`Archive::to_bytes`](crate::Archive::to_bytes). Nothing is read from the disk.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub fn from_bytes(path: &Path, content: Vec<u8>) -> Result<Self, ArrayError> {
        Self::new(path, ArrayFile::from_bytes(&path.display().to_string(), content)?)
    }

    fn new(path: &Path, mut arrays: ArrayFile) -> Result<Self, ArrayError> {
        let (manifest, metadata, configs) = read(&mut arrays)?;
        Ok(Self { path: path.into(), arrays, manifest, metadata, configs })
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The array with this part of a layer, if there is one.
    pub fn part(&self, layer: usize, part: Part) -> Option<&Array> {
        self.arrays.array(&part.of(layer))
    }

    /// The numbers of this part of a layer, if there is one.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub fn numbers(&mut self, layer: usize, part: Part) -> Result<Option<Vec<f32>>, ArrayError> {
        let name = part.of(layer);
        if self.arrays.array(&name).is_none() {
            return Ok(None);
        }
        self.arrays.load(&name).map(Some)
    }

    /// The settings and dimensions of a layer.
    pub fn config(&self, layer: usize) -> &HopfieldLayerConfig {
        &self.configs[layer]
    }

    /// How a layer uses its patterns, if that was measured.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub fn usage(&mut self, layer: usize) -> Result<Option<PatternUsage>, ArrayError> {
        let weights = self.numbers(layer, Part::MeanWeights)?;
        let usage = weights.zip(self.numbers(layer, Part::BestMatches)?);
        Ok(usage.map(|(mean_weights, best_matches)| PatternUsage { mean_weights, best_matches }))
    }

    /// Loads the database; its stack, on `device`, answers bit for bit as the saved one.
    ///
    /// # Errors
    ///
    /// The arrays can't be read.
    pub fn load(&mut self, device: &Device) -> Result<PatternDatabase, ArrayError> {
        let name = self.arrays.name().to_owned();
        let invalid = |error: ModelError| ArrayError::malformed(&name, error);
        let mut layers = Vec::with_capacity(self.configs.len());
        for (layer, config) in self.configs.clone().into_iter().enumerate() {
            let patterns = self.tensor(&Part::Patterns.of(layer), device)?;
            let values = config.values.map(|_| self.tensor(&Part::Values.of(layer), device));
            let log_beta: Tensor<1> = self.tensor(&Part::LogBeta.of(layer), device)?;
            let stored = config.store(patterns, values.transpose()?);
            let mut stored =
                stored.map_err(|source| invalid(ModelError::Layer { layer, source }))?;
            // exp and ln would round.
            stored.update(|h| h, |v| v, |_| log_beta);
            layers.push(stored);
        }
        let usage = (0..layers.len()).map(|layer| self.usage(layer));
        let usage = usage.collect::<Result<_, _>>()?;
        let Manifest { image_shape, scaling, classes, residual, provenance, .. } =
            self.manifest.clone();
        let stack = HopfieldStack::checked(layers, residual).map_err(invalid)?;
        Ok(PatternDatabase { stack, image_shape, scaling, classes, provenance, usage })
    }

    /// The numbers of an array that must have this shape.
    ///
    /// # Errors
    ///
    /// There is none of this name, it has another shape, or it can't be read.
    pub fn data(&mut self, name: &str, shape: &[usize]) -> Result<TensorData, ArrayError> {
        let problem = match self.arrays.array(name).map(|array| &array.shape) {
            None => format!("tensor `{name}` is missing"),
            Some(found) if found != shape => {
                format!("tensor `{name}`: has shape {found:?}; needed is {shape:?}")
            }
            Some(_) => return Ok(TensorData::new(self.arrays.load(name)?, shape.to_vec())),
        };
        Err(ArrayError::malformed(self.arrays.name(), problem))
    }

    /// An array whose shape has been checked.
    fn tensor<const D: usize>(
        &mut self,
        name: &str,
        device: &Device,
    ) -> Result<Tensor<D>, ArrayError> {
        let shape = self.arrays.array(name).map(|array| array.shape.clone()).unwrap_or_default();
        Ok(Tensor::from_data(self.data(name, &shape)?, device))
    }
}

/// The manifest of a file of arrays, checked against their shapes.
///
/// # Errors
///
/// They are not a pattern database, or contradict themselves.
pub fn manifest(arrays: &mut ArrayFile) -> Result<Manifest, ArrayError> {
    let (manifest, ..) = read(arrays)?;
    Ok(manifest)
}

/// The manifest, the whole metadata and the checked settings of a file of arrays.
fn read(arrays: &mut ArrayFile) -> Result<(Manifest, Value, Vec<HopfieldLayerConfig>), ArrayError> {
    let file = arrays.name().to_owned();
    let bare = || {
        ArrayError::malformed(
            &file,
            format!(
                "it holds {}, but no manifest, so it is no pattern database; `hopfield import` makes one from such a file",
                arrays.contents()
            ),
        )
    };
    let metadata = arrays.metadata().ok_or_else(bare)?;
    let metadata: Value =
        serde_json::from_str(metadata).map_err(|error| invalid_metadata(&file, error))?;
    let manifest =
        Manifest::from_json(&metadata).map_err(|error| invalid_metadata(&file, error))?;
    let described = arrays.arrays().to_vec();
    let configs = manifest.layer_configs(&described, |name| arrays.load(name));
    let configs = configs.map_err(|problem| ArrayError::malformed(&file, problem))?;
    Ok((manifest, metadata, configs))
}

/// The text beside the arrays of a file is not what it should be.
pub fn invalid_metadata(file: &str, problem: impl Display) -> ArrayError {
    let problem = format!("its metadata has no readable `hopfield` entry: {problem}");
    ArrayError::malformed(file, problem)
}
