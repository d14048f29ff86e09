//! What a pattern database says of itself, without its numbers.

use std::collections::BTreeMap;

use hopfield_layer::{
    Beta, HopfieldLayerConfig, Init, LayerError, Range, Separation, Similarity, Values,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use hopfield_model::{Classifier, ModelError, check_dims};

use crate::ArchiveError;
use crate::parts::{PARTS, tensor_name};

/// The version of the layout of [`PatternDatabase`](crate::PatternDatabase).
pub(crate) const FORMAT: u32 = 3;

/// A layer that takes more steps than this would seem to hang.
const MOST_STEPS: usize = 10_000;

/// What a pattern database says of itself: the JSON text beside its tensors.
///
/// A similarity is `dot`, `centred_dot`, `cosine`, `euclidean` or `layer_norm`; a separation `softmax`, `sparsemax`,
/// `entmax_1.5`, `softmax1`, `{"top_k": k}` or `{"polynomial": degree}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub(crate) format: u32,
    /// Rows and columns of an image; their product is d.
    pub image_shape: [usize; 2],
    /// Whether every layer but the last adds its answer to its state.
    pub residual: bool,
    /// The layers, from the input on.
    pub layers: Vec<LayerManifest>,
    /// Where the database comes from.
    pub provenance: Provenance,
}

/// A layer, without its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerManifest {
    /// β of every head, for readers; the tensor `log_beta` is the authority.
    pub beta: Vec<f64>,
    /// Whether β is trained.
    pub beta_trainable: bool,
    /// How states and patterns are compared.
    pub similarity: Similarity,
    /// How scores become weights.
    pub separation: Separation,
    /// Update steps in one answer.
    pub steps: usize,
    /// Where patterns and values stay, if they are bounded.
    pub range: Option<[f64; 2]>,
}

/// Where a pattern database comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Provenance {
    /// It was trained here.
    Trained(TrainedFrom),
    /// It was read from a file of another program.
    Imported(ImportedFrom),
}

/// What a training run is a function of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainedFrom {
    /// SHA-256 of the resolved training config, in hexadecimal.
    pub config_sha256: String,
    /// SHA-256 of the images and labels that it was trained and tested on, in hexadecimal.
    pub data_sha256: String,
    /// SHA-256 of the pattern database that it began with, if not with random patterns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_sha256: Option<String>,
    /// The seed of the run.
    pub seed: u64,
    /// Versions of the programs involved, by name.
    pub versions: BTreeMap<String, String>,
}

/// A file with patterns of another program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedFrom {
    /// The file's name.
    pub imported_from: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Of a stack whose layers are `layers`.
    pub fn new(
        image_shape: [usize; 2],
        residual: bool,
        layers: Vec<LayerManifest>,
        provenance: Provenance,
    ) -> Self {
        Self { format: FORMAT, image_shape, residual, layers, provenance }
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("it is plain data")
    }

    /// From JSON; what is there beside is ignored.
    ///
    /// # Errors
    ///
    /// It is of another format, or something is missing.
    pub fn from_json(json: &Value) -> Result<Self, ArchiveError> {
        // Another format may lack what this one needs.
        if let Some(format) = json.get("format").filter(|&format| *format != FORMAT) {
            let problem = format!("format {format}, but this program reads format {FORMAT}");
            return Err(ArchiveError::Metadata(problem));
        }
        Self::deserialize(json).map_err(|error| ArchiveError::Metadata(error.to_string()))
    }

    /// The settings of all layers, checked together with the shapes of their tensors: a database for which there are
    /// some can be loaded. `shape` gives the shape of a tensor, if there is one of this name, and `numbers` its numbers,
    /// which is asked for small ones only.
    ///
    /// # Errors
    ///
    /// A tensor is missing, or settings and shapes contradict each other.
    pub fn layer_configs(
        &self,
        shape: impl Fn(&str) -> Option<Vec<usize>>,
        mut numbers: impl FnMut(&str) -> Result<Vec<f32>, ArchiveError>,
    ) -> Result<Vec<HopfieldLayerConfig>, ArchiveError> {
        let mut configs = Vec::with_capacity(self.layers.len());
        for (index, about) in self.layers.iter().enumerate() {
            let [patterns, values, log_beta, of_patterns @ ..] =
                PARTS.map(|part| tensor_name(index, part));
            let [n, d] = dims(&shape, &patterns)?.ok_or(ArchiveError::Missing(patterns))?;
            let [heads] =
                dims(&shape, &log_beta)?.ok_or_else(|| ArchiveError::Missing(log_beta.clone()))?;
            let values = dims(&shape, &values)?;
            let start = numbers(&log_beta)?.iter().map(|&log| f64::from(log).exp()).collect();
            let config = HopfieldLayerConfig {
                heads,
                similarity: about.similarity,
                separation: about.separation,
                steps: about.steps,
                beta: Some(Beta::PerHead { start, trainable: about.beta_trainable }),
                values: values.map(|[_, m]| Values { dim: m, init: Init::Data }),
                range: about.range.map(|[low, high]| Range { low, high }),
                ..HopfieldLayerConfig::new(n, d)
            };
            if about.steps > MOST_STEPS {
                let problem = format!(
                    "layer {index}: `steps` is {}; allowed: a whole number up to {MOST_STEPS}",
                    about.steps
                );
                return Err(ArchiveError::Contradiction(problem));
            }
            config.check().map_err(|source| in_layer(index, source))?;
            if let Some(found) = values.filter(|&[rows, _]| rows != n) {
                let expected = [n, found[1]];
                let source = LayerError::WrongShape { what: "values", found, expected };
                return Err(in_layer(index, source));
            }
            for name in of_patterns {
                match dims(&shape, &name)? {
                    Some([found]) if found != heads * n => {
                        let problem = format!("has {found} entries; needed are {}", heads * n);
                        return Err(ArchiveError::Tensor { name, problem });
                    }
                    _ => {}
                }
            }
            configs.push(config);
        }
        let answers = |config: &HopfieldLayerConfig| config.values.map_or(config.dim, |v| v.dim);
        let dims: Vec<_> = configs.iter().map(|config| [config.dim, answers(config)]).collect();
        check_dims(&dims, self.residual).map_err(contradiction)?;
        let [height, width] = self.image_shape;
        let mut ends = vec![("takes", dims[0][0])];
        // A classifier answers with labels.
        if !Classifier::is_one(&configs) {
            ends.push(("answers", dims[dims.len() - 1][1]));
        }
        for (what, dim) in ends {
            if Some(dim) != height.checked_mul(width) {
                let problem =
                    format!("the stack {what} dimension {dim}, but images are {height} × {width}");
                return Err(ArchiveError::Contradiction(problem));
            }
        }
        Ok(configs)
    }
}

/// The dimensions of a tensor, if it is there.
fn dims<const D: usize>(
    shape: impl Fn(&str) -> Option<Vec<usize>>,
    name: &str,
) -> Result<Option<[usize; D]>, ArchiveError> {
    let Some(shape) = shape(name) else { return Ok(None) };
    let dims = <[usize; D]>::try_from(shape);
    dims.map(Some).map_err(|shape| ArchiveError::rank(name, shape.len(), D))
}

/// What is wrong with layer `layer`.
pub(crate) fn in_layer(layer: usize, source: LayerError) -> ArchiveError {
    contradiction(ModelError::Layer { layer, source })
}

pub(crate) fn contradiction(error: ModelError) -> ArchiveError {
    ArchiveError::Contradiction(error.to_string())
}
