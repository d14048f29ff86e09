//! The pattern database: the matrices H of a stack, and all that is needed to answer with them.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use hopfield_layer::{
    Beta, HopfieldLayer, HopfieldLayerConfig, Init, LayerError, Range, Separation, Similarity,
    Values,
};
use serde::{Deserialize, Serialize};

use crate::{Archive, ArchiveError, HopfieldStack, ModelError};

/// The version of the layout below.
const FORMAT: u32 = 3;

/// Where a pattern database comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// SHA-256 of the resolved training config, in hexadecimal.
    pub config_sha256: String,
    /// SHA-256 of the images and labels that it was trained and tested on, in hexadecimal.
    pub data_sha256: String,
    /// The seed of the run.
    pub seed: u64,
    /// Versions of the programs involved, by name.
    pub versions: BTreeMap<String, String>,
}

/// A stack with what is known about it. Its canonical form is a safetensors file:
///
/// | tensor | shape | |
/// |---|---|---|
/// | `layers.K.patterns` | `[N, d]` | H of layer K, counted from 0 at the input |
/// | `layers.K.values` | `[N, m]` | V of layer K, if it has values of its own |
/// | `layers.K.log_beta` | `[h]` | log β of every head |
///
/// The metadata has one entry, `hopfield`, a JSON text with `format`, `image_shape` (rows, columns),
/// `residual` (of the [stack](HopfieldStack)), `layers` (for each: `beta`, `beta_trainable`, `similarity`,
/// `separation`, `steps`, `range`) and `provenance`.
/// A similarity is `dot`, `centred_dot`, `cosine`, `euclidean` or `layer_norm`; a separation `softmax`, `sparsemax`,
/// `entmax_1.5`, `softmax1`, `{"top_k": k}` or `{"polynomial": degree}`.
#[derive(Debug, Clone)]
pub struct PatternDatabase {
    /// The stack.
    pub stack: HopfieldStack,
    /// Rows and columns of an image; their product is d.
    pub image_shape: [usize; 2],
    /// Where it comes from.
    pub provenance: Provenance,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    format: u32,
    image_shape: [usize; 2],
    residual: bool,
    layers: Vec<LayerMetadata>,
    provenance: Provenance,
}

#[derive(Serialize, Deserialize)]
struct LayerMetadata {
    /// Of every head, for readers; `log_beta` is the authority.
    beta: Vec<f64>,
    beta_trainable: bool,
    similarity: Similarity,
    separation: Separation,
    steps: usize,
    range: Option<[f64; 2]>,
}

impl PatternDatabase {
    /// The archive of this database; equal databases give equal bytes.
    pub fn to_archive(&self) -> Archive {
        let layers = self.stack.layers.iter().map(|layer| LayerMetadata {
            beta: layer.beta(),
            beta_trainable: layer.beta_is_trainable(),
            similarity: layer.similarity,
            separation: layer.separation,
            steps: layer.steps,
            range: layer.range.map(|Range { low, high }| [low, high]),
        });
        let metadata = Metadata {
            format: FORMAT,
            image_shape: self.image_shape,
            residual: self.stack.is_residual(),
            layers: layers.collect(),
            provenance: self.provenance.clone(),
        };
        let metadata = serde_json::to_value(metadata).expect("the metadata is plain data");
        let mut archive = Archive::new(metadata);
        for (index, layer) in self.stack.layers.iter().enumerate() {
            archive.put(format!("layers.{index}.patterns"), &layer.patterns.val());
            if let Some(values) = &layer.values {
                archive.put(format!("layers.{index}.values"), &values.val());
            }
            archive.put(format!("layers.{index}.log_beta"), &layer.log_beta.val());
        }
        archive
    }

    /// The database in `archive`, on `device`; its stack answers bit for bit as the saved one.
    ///
    /// # Errors
    ///
    /// The archive is not a pattern database, or contradicts itself.
    pub fn from_archive(archive: &Archive, device: &Device) -> Result<Self, ArchiveError> {
        // Another format may lack what this one needs.
        if let Some(format) = archive.metadata.get("format").filter(|&format| *format != FORMAT) {
            let problem = format!("format {format}, but this program reads format {FORMAT}");
            return Err(ArchiveError::Metadata(problem));
        }
        let metadata = Metadata::deserialize(&archive.metadata);
        let metadata = metadata.map_err(|error| ArchiveError::Metadata(error.to_string()))?;
        let contradiction = |error: &dyn ToString| ArchiveError::Metadata(error.to_string());
        let mut layers = Vec::with_capacity(metadata.layers.len());
        for (index, about) in metadata.layers.into_iter().enumerate() {
            let layer = read_layer(&about, index, archive, device)?;
            layers.push(layer.map_err(|error| {
                contradiction(&ModelError::Layer { layer: index, source: error })
            })?);
        }
        let stack = HopfieldStack::checked(layers, metadata.residual);
        let stack = stack.map_err(|error| contradiction(&error))?;
        let [height, width] = metadata.image_shape;
        for (what, dim) in [("takes", stack.dim()), ("answers", stack.output_dim())] {
            if Some(dim) != height.checked_mul(width) {
                let problem =
                    format!("the stack {what} dimension {dim}, but images are {height} × {width}");
                return Err(ArchiveError::Metadata(problem));
            }
        }
        Ok(Self { stack, image_shape: metadata.image_shape, provenance: metadata.provenance })
    }
}

/// Layer `index`: an error of the archive, or of a layer with such parts.
fn read_layer(
    about: &LayerMetadata,
    index: usize,
    archive: &Archive,
    device: &Device,
) -> Result<Result<HopfieldLayer, LayerError>, ArchiveError> {
    let patterns: Tensor<2> = archive.get(&format!("layers.{index}.patterns"), device)?;
    let log_beta: Tensor<1> = archive.get(&format!("layers.{index}.log_beta"), device)?;
    let values = format!("layers.{index}.values");
    let values: Option<Tensor<2>> =
        archive.contains(&values).then(|| archive.get(&values, device)).transpose()?;
    let [n, d] = patterns.dims();
    let start = log_beta.to_data().iter::<f64>().map(f64::exp).collect();
    let config = HopfieldLayerConfig {
        heads: log_beta.dims()[0],
        similarity: about.similarity,
        separation: about.separation,
        steps: about.steps,
        beta: Some(Beta::PerHead { start, trainable: about.beta_trainable }),
        values: values.as_ref().map(|values| Values { dim: values.dims()[1], init: Init::Data }),
        range: about.range.map(|[low, high]| Range { low, high }),
        ..HopfieldLayerConfig::new(n, d)
    };
    Ok(config.store(patterns, values).map(|mut layer| {
        // exp and ln would round.
        layer.update(|h| h, |v| v, |_| log_beta);
        layer
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Distribution;
    use serde_json::json;

    fn database() -> PatternDatabase {
        let device = Device::flex();
        let first = HopfieldLayerConfig::new(5, 6).with_beta(Beta::Trainable(0.3));
        let second = HopfieldLayerConfig::new(4, 6).with_beta(Beta::Fixed(1.7));
        let uniform = Init::Uniform { low: 0.0, high: 1.0 };
        let third = HopfieldLayerConfig::new(3, 8)
            .with_heads(2)
            .with_values(6, uniform)
            .with_similarity(Similarity::Cosine)
            .with_separation(Separation::TopK(2))
            .with_steps(3);
        let layers = vec![
            first.init(1, &device).unwrap(),
            second.with_range(0.0, 1.0).with_values(8, uniform).init(2, &device).unwrap(),
            third.init(3, &device).unwrap(),
        ];
        PatternDatabase {
            stack: HopfieldStack::new(layers).unwrap(),
            image_shape: [2, 3],
            provenance: Provenance {
                config_sha256: "ab".into(),
                data_sha256: "cd".into(),
                seed: u64::MAX,
                versions: BTreeMap::from([("burn".into(), "0.22.1".into())]),
            },
        }
    }

    #[test]
    fn a_stack_comes_back_and_answers_bit_for_bit() {
        let device = Device::flex();
        let saved = database();
        let bytes = saved.to_archive().to_bytes();
        let archive = Archive::from_bytes(&bytes).unwrap();
        let loaded = PatternDatabase::from_archive(&archive, &device).unwrap();

        let states = Tensor::<2>::random([9, 6], Distribution::Default, &device);
        let expected = saved.stack.forward(states.clone()).into_data();
        loaded.stack.forward(states).into_data().assert_eq(&expected, true);
        assert_eq!(loaded.image_shape, saved.image_shape);
        assert_eq!(loaded.provenance, saved.provenance);
        assert_eq!(loaded.stack.layers[1].range, saved.stack.layers[1].range);
        let trainable = |stack: &HopfieldStack| -> Vec<bool> {
            let layers = stack.layers.iter();
            layers.map(|layer| layer.beta_is_trainable()).collect()
        };
        assert_eq!(trainable(&loaded.stack), [true, false, true]);
        assert_eq!(loaded.to_archive().to_bytes(), bytes);
    }

    #[test]
    fn a_residual_stack_comes_back_residual() {
        let device = Device::flex();
        let layer = |seed| HopfieldLayerConfig::new(5, 6).init(seed, &device).unwrap();
        let stack = HopfieldStack::residual(vec![layer(1), layer(2)]).unwrap();
        let saved = PatternDatabase { stack, ..database() };
        let loaded = PatternDatabase::from_archive(&saved.to_archive(), &device).unwrap();
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
            PatternDatabase::from_archive(&archive, &device).unwrap_err().to_string()
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
