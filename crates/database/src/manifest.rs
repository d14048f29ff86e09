//! The manifest of a pattern database: its settings and its provenance, without its numbers.

use std::collections::BTreeMap;

use hopfield_arrays::{Array, ArrayError, ImageShape, Scaling};
use hopfield_layer::{Beta, HopfieldLayerConfig, Init, LayerError, LayerSettings, Values};
use hopfield_model::{Classifier, ModelError, check_dims};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::parts::Part;

/// The version of the layout of a pattern database.
pub(crate) const FORMAT: u32 = 3;

/// A layer that takes more steps than this would appear to hang.
const MOST_STEPS: usize = 10_000;

/// The JSON text beside the tensors of a pattern database.
///
/// A similarity is `dot`, `centred_dot`, `cosine`, `euclidean` or `layer_norm`; a separation `softmax`, `sparsemax`,
/// `entmax_1.5`, `softmax1`, `log_sum_relu`, `{"top_k": k}` or `{"polynomial": degree}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the layout.
    pub(crate) format: u32,
    /// The shape of an image, of d numbers; none if rows are no images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_shape: Option<ImageShape>,
    /// What was done to the numbers of the training file; nothing, if it is absent.
    #[serde(default, skip_serializing_if = "Scaling::is_default")]
    pub scaling: Scaling,
    /// The names of the labels, if they have some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
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
    /// All that a layer is beside its tensors.
    #[serde(flatten)]
    pub settings: LayerSettings,
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
    /// The manifest as JSON.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a manifest is plain data")
    }

    /// The manifest in this JSON; other keys are ignored.
    ///
    /// # Errors
    ///
    /// It has another format, or something is missing.
    pub(crate) fn from_json(json: &Value) -> Result<Self, String> {
        // Another format may lack what this one needs.
        match json.get("format") {
            Some(format) if *format != FORMAT => {
                Err(format!("format {format}, but this program reads format {FORMAT}"))
            }
            _ => Self::deserialize(json).map_err(|error| error.to_string()),
        }
    }

    /// The settings of all layers, checked together with the shapes of their arrays: if there is no error, the database
    /// can be loaded. `numbers` is called for small arrays only.
    ///
    /// # Errors
    ///
    /// An array is missing, or settings and shapes contradict each other.
    pub(crate) fn layer_configs(
        &self,
        arrays: &[Array],
        mut numbers: impl FnMut(&str) -> Result<Vec<f32>, ArrayError>,
    ) -> Result<Vec<HopfieldLayerConfig>, String> {
        let mut configs = Vec::with_capacity(self.layers.len());
        for (index, LayerManifest { settings, .. }) in self.layers.iter().enumerate() {
            let in_layer = |source| ModelError::Layer { layer: index, source }.to_string();
            let [n, d] = needed(arrays, &Part::Patterns.of(index))?;
            let log_beta = Part::LogBeta.of(index);
            let [heads] = needed(arrays, &log_beta)?;
            let values = dims(arrays, &Part::Values.of(index))?;
            let numbers = numbers(&log_beta).map_err(|error| error.to_string())?;
            let start = numbers.into_iter().map(|log| f64::from(log).exp()).collect();
            let config = HopfieldLayerConfig {
                heads,
                similarity: settings.similarity,
                separation: settings.separation,
                steps: settings.steps,
                beta: Some(Beta::PerHead { start, trainable: settings.beta_trainable }),
                values: values.map(|[_, m]| Values { dim: m, init: Init::Data }),
                range: settings.range,
                ..HopfieldLayerConfig::new(n, d)
            };
            if settings.steps > MOST_STEPS {
                return Err(format!(
                    "layer {index}: `steps` is {}; allowed: a whole number up to {MOST_STEPS}",
                    settings.steps
                ));
            }
            config.check().map_err(in_layer)?;
            if let Some(found) = values.filter(|&[rows, _]| rows != n) {
                let expected = [n, found[1]];
                return Err(in_layer(LayerError::WrongShape { what: "values", found, expected }));
            }
            for name in [Part::MeanWeights, Part::BestMatches].map(|part| part.of(index)) {
                if let Some([found]) = dims(arrays, &name)?
                    && found != heads * n
                {
                    let needed = heads * n;
                    return Err(format!(
                        "tensor `{name}`: has {found} entries; needed are {needed}"
                    ));
                }
            }
            configs.push(config);
        }
        let answers = |config: &HopfieldLayerConfig| config.values.map_or(config.dim, |v| v.dim);
        let dims: Vec<_> = configs.iter().map(|config| [config.dim, answers(config)]).collect();
        check_dims(&dims, self.residual).map_err(|error| error.to_string())?;
        let (count, further) = (configs.len(), Part::Patterns.of(configs.len()));
        if arrays.iter().any(|array| array.name == further) {
            return Err(format!(
                "tensor `{further}`: the manifest describes only layers 0 to {}",
                count - 1
            ));
        }
        let takes = dims[0][0];
        if !self.scaling.fits(takes) {
            return Err(format!("`scaling` does not fit rows of {takes} numbers"));
        }
        let Some(shape) = self.image_shape else { return Ok(configs) };
        let mut ends = vec![("takes", takes)];
        // A classifier answers with labels.
        if !Classifier::is_one(&configs) {
            ends.push(("answers", dims[dims.len() - 1][1]));
        }
        match ends.into_iter().find(|&(_, dim)| dim != shape.dim()) {
            Some((what, dim)) => {
                Err(format!("the stack {what} dimension {dim}, but images are {shape}"))
            }
            None => Ok(configs),
        }
    }
}

/// The dimensions of an array, if it exists.
fn dims<const D: usize>(arrays: &[Array], name: &str) -> Result<Option<[usize; D]>, String> {
    let Some(Array { shape, .. }) = arrays.iter().find(|array| array.name == name) else {
        return Ok(None);
    };
    let dims = <[usize; D]>::try_from(&shape[..]).map(Some);
    dims.map_err(|_| format!("tensor `{name}`: has {} axes; needed are {D}", shape.len()))
}

/// The dimensions of an array that must exist.
fn needed<const D: usize>(arrays: &[Array], name: &str) -> Result<[usize; D], String> {
    dims(arrays, name)?.ok_or_else(|| format!("tensor `{name}` is missing"))
}
