//! A pattern database in a file: its manifest, and its arrays one by one, none of them kept in memory.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_arrays::{Array, ArrayError, ArrayFile};
use hopfield_layer::HopfieldLayerConfig;
use hopfield_model::HopfieldStack;
use serde_json::Value;

use crate::database::PatternDatabase;
use crate::error::{DatabaseError, InvalidDatabase};
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
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Self::new(path, ArrayFile::open(path)?)
    }

    /// The file at `path` with this content, which is in memory: the result of
    /// [`Archive::to_bytes`](crate::Archive::to_bytes). Nothing is read from the disk.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub fn from_bytes(path: &Path, content: Vec<u8>) -> Result<Self, DatabaseError> {
        Self::new(path, ArrayFile::from_bytes(&path.display().to_string(), content)?)
    }

    fn new(path: &Path, mut arrays: ArrayFile) -> Result<Self, DatabaseError> {
        match read(&mut arrays) {
            Ok((manifest, metadata, configs)) => {
                Ok(Self { path: path.into(), arrays, manifest, metadata, configs })
            }
            Err(error) => Err(error.in_file(arrays.name())),
        }
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

    /// The number of patterns of a layer.
    pub fn pattern_count(&self, layer: usize) -> usize {
        self.configs[layer].patterns
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
    pub fn load(&mut self, device: &Device) -> Result<PatternDatabase, DatabaseError> {
        let mut layers = Vec::with_capacity(self.configs.len());
        for (index, config) in self.configs.clone().into_iter().enumerate() {
            let patterns = self.tensor(&Part::Patterns.of(index), device)?;
            let values = Part::Values.of(index);
            let values = match self.arrays.array(&values) {
                Some(_) => Some(self.tensor(&values, device)?),
                None => None,
            };
            let log_beta: Tensor<1> = self.tensor(&Part::LogBeta.of(index), device)?;
            let layer = config.store(patterns, values);
            let mut layer = layer.map_err(|source| {
                InvalidDatabase::in_layer(index, source).in_file(self.arrays.name())
            })?;
            // exp and ln would round.
            layer.update(|h| h, |v| v, |_| log_beta);
            layers.push(layer);
        }
        let usage = (0..layers.len()).map(|layer| self.usage(layer));
        let usage = usage.collect::<Result<_, _>>()?;
        let stack = HopfieldStack::checked(layers, self.manifest.residual);
        let stack =
            stack.map_err(|error| InvalidDatabase::from(error).in_file(self.arrays.name()))?;
        let Manifest { image_shape, provenance, .. } = self.manifest.clone();
        Ok(PatternDatabase { stack, image_shape, provenance, usage })
    }

    /// The numbers of an array that must have this shape.
    ///
    /// # Errors
    ///
    /// There is none of this name, it has another shape, or it can't be read.
    pub fn data(&mut self, name: &str, shape: &[usize]) -> Result<TensorData, DatabaseError> {
        let refuse = |error: InvalidDatabase| Err(error.in_file(self.arrays.name()));
        match self.arrays.array(name).map(|array| &array.shape) {
            None => refuse(InvalidDatabase::Missing(name.to_owned())),
            Some(found) if found != shape => {
                let problem = format!("has shape {found:?}; needed is {shape:?}");
                refuse(InvalidDatabase::tensor(name, problem))
            }
            Some(_) => Ok(TensorData::new(self.arrays.load(name)?, shape.to_vec())),
        }
    }

    /// An array whose shape has been checked.
    fn tensor<const D: usize>(
        &mut self,
        name: &str,
        device: &Device,
    ) -> Result<Tensor<D>, DatabaseError> {
        let shape = self.arrays.array(name).map(|array| array.shape.clone()).unwrap_or_default();
        Ok(Tensor::from_data(self.data(name, &shape)?, device))
    }
}

/// The manifest of a file of arrays, checked against their shapes.
///
/// # Errors
///
/// They are not a pattern database, or contradict themselves.
pub fn manifest(arrays: &mut ArrayFile) -> Result<Manifest, DatabaseError> {
    match read(arrays) {
        Ok((manifest, ..)) => Ok(manifest),
        Err(error) => Err(error.in_file(arrays.name())),
    }
}

/// The manifest, the whole metadata and the checked settings of a file of arrays.
fn read(
    arrays: &mut ArrayFile,
) -> Result<(Manifest, Value, Vec<HopfieldLayerConfig>), InvalidDatabase> {
    let text = arrays.metadata().ok_or_else(|| InvalidDatabase::Bare(arrays.contents()))?;
    let json = serde_json::from_str(text);
    let metadata: Value = json.map_err(|error| InvalidDatabase::Metadata(error.to_string()))?;
    let manifest = Manifest::from_json(&metadata)?;
    let described: Vec<Array> = arrays.arrays().to_vec();
    let shape = |name: &str| {
        let array = described.iter().find(|array| array.name == name);
        array.map(|array| array.shape.clone())
    };
    let numbers = |name: &str| {
        arrays.load(name).map_err(|error| InvalidDatabase::tensor(name, error.to_string()))
    };
    let configs = manifest.layer_configs(shape, numbers)?;
    Ok((manifest, metadata, configs))
}
