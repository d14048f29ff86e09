//! A pattern database in a file: its manifest, and its arrays one by one, none of them kept in memory.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_arrays::{Array, ArrayError, ArrayFile};
use hopfield_model::HopfieldStack;
use hopfield_layer::HopfieldLayerConfig;
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
    let missing = || InvalidDatabase::Metadata("there is none".into());
    let text = arrays.metadata().ok_or_else(missing)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Archive;
    use crate::manifest::{Provenance, TrainedFrom};
    use burn::tensor::Distribution;
    use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Separation, Similarity, Values};
    use serde_json::json;
    use sha2::Digest;
    use std::collections::BTreeMap;

    fn database() -> PatternDatabase {
        let device = Device::flex();
        let first = HopfieldLayerConfig::new(5, 6).with_beta(Some(Beta::Trainable(0.3)));
        let second = HopfieldLayerConfig::new(4, 6).with_beta(Some(Beta::Fixed(1.7)));
        let uniform = Init::Uniform { low: 0.0, high: 1.0 };
        let third = HopfieldLayerConfig::new(3, 8)
            .with_heads(2)
            .with_values(Some(Values { dim: 6, init: uniform }))
            .with_similarity(Similarity::Cosine)
            .with_separation(Separation::TopK(2))
            .with_steps(3);
        let layers = vec![
            first.try_init(1, &device).unwrap(),
            second
                .with_range(Some([0.0, 1.0].into()))
                .with_values(Some(Values { dim: 8, init: uniform }))
                .try_init(2, &device)
                .unwrap(),
            third.try_init(3, &device).unwrap(),
        ];
        let usage = [5, 4, 6].into_iter().map(|patterns| PatternUsage {
            mean_weights: (0..patterns).map(|pattern| 0.1 * pattern as f32).collect(),
            best_matches: vec![7.0; patterns],
        });
        PatternDatabase {
            stack: HopfieldStack::new(layers).unwrap(),
            image_shape: [2, 3],
            provenance: Provenance::Trained(TrainedFrom {
                config_sha256: "ab".into(),
                data_sha256: "cd".into(),
                init_sha256: None,
                seed: u64::MAX,
                versions: BTreeMap::from([("burn".into(), "0.22.1".into())]),
            }),
            usage: Some(usage.collect()),
        }
    }

    #[test]
    fn a_stack_comes_back_and_answers_bit_for_bit() {
        let device = Device::flex();
        let saved = database();
        let bytes = saved.to_archive().to_bytes();
        let mut file = DatabaseFile::from_bytes(Path::new("mine"), bytes.clone()).unwrap();
        let loaded = file.load(&device).unwrap();

        let states = Tensor::<2>::random([9, 6], Distribution::Default, &device);
        let expected = saved.stack.forward(states.clone()).into_data();
        loaded.stack.forward(states).into_data().assert_eq(&expected, true);
        assert_eq!(loaded.image_shape, saved.image_shape);
        assert_eq!(loaded.provenance, saved.provenance);
        assert_eq!(loaded.usage, saved.usage);
        assert_eq!(loaded.stack.layers[1].range, saved.stack.layers[1].range);
        let trainable = |stack: &HopfieldStack| -> Vec<bool> {
            let layers = stack.layers.iter();
            layers.map(|layer| layer.beta_is_trainable()).collect()
        };
        assert_eq!(trainable(&loaded.stack), [true, false, true]);
        assert_eq!(loaded.to_archive().to_bytes(), bytes);
    }

    #[test]
    fn the_canonical_bytes_never_change() {
        let device = Device::flex();
        let rows = |n: usize, d: usize| {
            let numbers: Vec<f32> = (0..n * d).map(|i| (i as f32 - 3.0) / 7.0).collect();
            Tensor::<2>::from_data(burn::tensor::TensorData::new(numbers, [n, d]), &device)
        };
        let first = HopfieldLayerConfig::new(4, 6)
            .with_beta(Some(Beta::Fixed(2.0)))
            .with_similarity(Similarity::Euclidean)
            .with_separation(Separation::TopK(3))
            .with_range(Some([-1.0, 4.0].into()));
        let second = HopfieldLayerConfig::new(3, 6)
            .with_heads(2)
            .with_beta(Some(Beta::Trainable(1.0)))
            .with_values(Some(Values { dim: 6, init: Init::Data }))
            .with_steps(2);
        let layers = vec![
            first.store(rows(4, 6), None).unwrap(),
            second.store(rows(3, 6), Some(rows(3, 6) * 0.5)).unwrap(),
        ];
        let stack = HopfieldStack::new(layers).unwrap();
        let usage = [4, 6]
            .map(|n| PatternUsage { mean_weights: vec![0.25; n], best_matches: vec![3.0; n] });
        let database = PatternDatabase { stack, usage: Some(usage.to_vec()), ..database() };
        let hash = sha2::Sha256::digest(database.to_archive().to_bytes());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, "e82fdea0975b9e28302f76b33322f2cc560b09f839df71a899c16247882ebf7e");
    }

    #[test]
    fn a_residual_stack_comes_back_residual() {
        let device = Device::flex();
        let layer = |seed| HopfieldLayerConfig::new(5, 6).try_init(seed, &device).unwrap();
        let stack = HopfieldStack::residual(vec![layer(1), layer(2)]).unwrap();
        let saved = PatternDatabase { stack, usage: None, ..database() };
        let bytes = saved.to_archive().to_bytes();
        let loaded =
            DatabaseFile::from_bytes(Path::new("mine"), bytes).unwrap().load(&device).unwrap();
        let states = Tensor::<2>::random([9, 6], Distribution::Default, &device);
        let expected = saved.stack.forward(states.clone()).into_data();
        loaded.stack.forward(states).into_data().assert_eq(&expected, true);
    }

    #[test]
    fn archives_that_contradict_themselves_are_refused() {
        let device = Device::flex();
        let refused = |change: &dyn Fn(&mut Archive)| {
            let mut archive = database().to_archive();
            change(&mut archive);
            let read = DatabaseFile::from_bytes(Path::new("mine"), archive.to_bytes());
            read.and_then(|mut file| file.load(&device)).unwrap_err().to_string()
        };
        let message = refused(&|archive| archive.metadata["image_shape"] = json!([28, 28]));
        assert!(
            message.contains("the stack takes dimension 6, but images are 28 × 28"),
            "{message}"
        );
        let message = refused(&|archive| archive.metadata = json!({ "format": 2 }));
        assert!(message.contains("format 2, but this program reads format 3"), "{message}");
        let message = refused(&|archive| archive.metadata["residual"] = json!(true));
        assert!(message.contains("layer 1 takes dimension 6, but answers in 8"), "{message}");
        let message = refused(&|archive| archive.metadata["layers"] = json!([]));
        assert!(message.contains("at least one layer"), "{message}");
        let message = refused(&|archive| archive.metadata = json!({}));
        assert!(message.contains("missing field"), "{message}");
        let five = Tensor::<1>::ones([5], &device);
        let message = refused(&|archive| archive.put("layers.1.log_beta".into(), &five));
        assert!(message.contains("layer 1: `heads` is 5; allowed: a divisor of"), "{message}");
        let message = refused(&|archive| archive.metadata["layers"][0]["steps"] = json!(0));
        assert!(
            message.contains("layer 0: `steps` is 0; allowed: a whole number, 1 or more"),
            "{message}"
        );
        let values = Tensor::<2>::ones([2, 6], &device);
        let message = refused(&|archive| archive.put("layers.2.values".into(), &values));
        assert!(
            message.contains("layer 2: values have shape [2, 6]; by the settings it is [3, 6]"),
            "{message}"
        );
    }
}
