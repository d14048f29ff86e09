//! The manifest of a pattern database: its settings and its provenance, without its numbers.

use std::collections::BTreeMap;

use hopfield_layer::{
    Beta, HopfieldLayer, HopfieldLayerConfig, Init, LayerError, Range, Separation, Similarity,
    Values,
};
use hopfield_model::{Classifier, check_dims};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::InvalidDatabase;
use crate::parts::Part;

/// The version of the layout of a pattern database.
const FORMAT: u32 = 3;

/// A layer that takes more steps than this would appear to hang.
const MOST_STEPS: usize = 10_000;

/// The JSON text beside the tensors of a pattern database.
///
/// A similarity is `dot`, `centred_dot`, `cosine`, `euclidean` or `layer_norm`; a separation `softmax`, `sparsemax`,
/// `entmax_1.5`, `softmax1`, `{"top_k": k}` or `{"polynomial": degree}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// Rows and columns of an image. Their product is d.
    pub image_shape: [usize; 2],
    /// Whether every layer but the last adds its answer to its state.
    pub residual: bool,
    /// The settings of the layers, from the input on.
    pub layers: Vec<LayerManifest>,
    /// Where the database comes from.
    pub provenance: Provenance,
}

/// The settings of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerManifest {
    /// β of each head, for human readers. The tensor `log_beta` is what counts.
    pub beta: Vec<f64>,
    /// Whether β is trained.
    pub beta_trainable: bool,
    /// How states and patterns are compared.
    pub similarity: Similarity,
    /// How scores become weights.
    pub separation: Separation,
    /// Update steps in one answer.
    pub steps: usize,
    /// The range in which patterns and values are kept, if they are bounded.
    pub range: Option<Range>,
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

impl LayerManifest {
    /// The settings of this layer.
    pub fn of(layer: &HopfieldLayer) -> Self {
        Self {
            beta: layer.beta(),
            beta_trainable: layer.beta_is_trainable(),
            similarity: layer.similarity,
            separation: layer.separation,
            steps: layer.steps,
            range: layer.range,
        }
    }
}

impl Manifest {
    /// The manifest of a stack of these layers.
    pub fn new(
        image_shape: [usize; 2],
        residual: bool,
        layers: Vec<LayerManifest>,
        provenance: Provenance,
    ) -> Self {
        Self { format: FORMAT, image_shape, residual, layers, provenance }
    }

    /// The manifest as JSON.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a manifest is plain data")
    }

    /// The manifest in this JSON; other keys are ignored.
    ///
    /// # Errors
    ///
    /// It has another format, or something is missing.
    pub fn from_json(json: &Value) -> Result<Self, InvalidDatabase> {
        // Another format may lack what this one needs.
        if let Some(format) = json.get("format").filter(|&format| *format != FORMAT) {
            let problem = format!("format {format}, but this program reads format {FORMAT}");
            return Err(InvalidDatabase::Metadata(problem));
        }
        Self::deserialize(json).map_err(|error| InvalidDatabase::Metadata(error.to_string()))
    }

    /// The settings of all layers, checked together with the shapes of their tensors: if there is no error, the database
    /// can be loaded. `shape` gives the shape of a tensor, if it exists; `numbers` is called for small tensors only.
    ///
    /// # Errors
    ///
    /// A tensor is missing, or settings and shapes contradict each other.
    pub fn layer_configs(
        &self,
        shape: impl Fn(&str) -> Option<Vec<usize>>,
        mut numbers: impl FnMut(&str) -> Result<Vec<f32>, InvalidDatabase>,
    ) -> Result<Vec<HopfieldLayerConfig>, InvalidDatabase> {
        let mut configs = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let [n, d] = needed(&shape, &Part::Patterns.of(index))?;
            let log_beta = Part::LogBeta.of(index);
            let [heads] = needed(&shape, &log_beta)?;
            let values = dims(&shape, &Part::Values.of(index))?;
            let start = numbers(&log_beta)?.iter().map(|&log| f64::from(log).exp()).collect();
            let config = HopfieldLayerConfig {
                heads,
                similarity: layer.similarity,
                separation: layer.separation,
                steps: layer.steps,
                beta: Some(Beta::PerHead { start, trainable: layer.beta_trainable }),
                values: values.map(|[_, m]| Values { dim: m, init: Init::Data }),
                range: layer.range,
                ..HopfieldLayerConfig::new(n, d)
            };
            if layer.steps > MOST_STEPS {
                return Err(InvalidDatabase::Contradiction(format!(
                    "layer {index}: `steps` is {}; allowed: a whole number up to {MOST_STEPS}",
                    layer.steps
                )));
            }
            config.check().map_err(|source| InvalidDatabase::in_layer(index, source))?;
            if let Some(found) = values.filter(|&[rows, _]| rows != n) {
                let expected = [n, found[1]];
                let source = LayerError::WrongShape { what: "values", found, expected };
                return Err(InvalidDatabase::in_layer(index, source));
            }
            for name in [Part::MeanWeights, Part::BestMatches].map(|part| part.of(index)) {
                if let Some([found]) = dims(&shape, &name)?
                    && found != heads * n
                {
                    let problem = format!("has {found} entries; needed are {}", heads * n);
                    return Err(InvalidDatabase::tensor(&name, problem));
                }
            }
            configs.push(config);
        }
        let answers = |config: &HopfieldLayerConfig| config.values.map_or(config.dim, |v| v.dim);
        let dims: Vec<_> = configs.iter().map(|config| [config.dim, answers(config)]).collect();
        check_dims(&dims, self.residual)?;
        let [height, width] = self.image_shape;
        let mut ends = vec![("takes", dims[0][0])];
        // A classifier answers with labels.
        if !Classifier::is_one(&configs) {
            ends.push(("answers", dims[dims.len() - 1][1]));
        }
        for (what, dim) in ends {
            if Some(dim) != height.checked_mul(width) {
                return Err(InvalidDatabase::Contradiction(format!(
                    "the stack {what} dimension {dim}, but images are {height} × {width}"
                )));
            }
        }
        Ok(configs)
    }
}

/// The dimensions of a tensor, if it exists.
fn dims<const D: usize>(
    shape: impl Fn(&str) -> Option<Vec<usize>>,
    name: &str,
) -> Result<Option<[usize; D]>, InvalidDatabase> {
    let Some(shape) = shape(name) else { return Ok(None) };
    let dims = <[usize; D]>::try_from(shape).map(Some);
    dims.map_err(|shape| {
        InvalidDatabase::tensor(name, format!("has {} axes; needed are {D}", shape.len()))
    })
}

/// The dimensions of a tensor that must exist.
fn needed<const D: usize>(
    shape: impl Fn(&str) -> Option<Vec<usize>>,
    name: &str,
) -> Result<[usize; D], InvalidDatabase> {
    dims(shape, name)?.ok_or_else(|| InvalidDatabase::Missing(name.to_owned()))
}
