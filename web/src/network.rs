//! A trained stack: what it has learned, what it answers, and its files.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_arrays::{ArrayError, ArrayFormat, ImageShape, Npz, Safetensors};
use hopfield_database::{DatabaseFile, PatternDatabase};
use hopfield_layer::{Range, Separation, Similarity};
use hopfield_model::HopfieldStack;
use js_sys::{Array, Float32Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::error::js;

/// A trained stack.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Network {
    database: PatternDatabase,
}

/// What a page needs to know to show a network.
#[derive(Serialize)]
struct About {
    image_shape: Option<ImageShape>,
    residual: bool,
    layers: Vec<Layer>,
}

#[derive(Serialize)]
struct Layer {
    patterns: usize,
    dim: usize,
    output_dim: usize,
    heads: usize,
    similarity: Similarity,
    #[serde(serialize_with = "Separation::serialize_by_kind")]
    separation: Separation,
    steps: usize,
    beta: Vec<f64>,
    range: Option<Range>,
}

/// What a layer makes of a state.
#[derive(Debug)]
pub struct Traced {
    /// Its answer.
    pub retrieved: Vec<f32>,
    /// Its weights, head by head.
    pub weights: Vec<f32>,
    /// The energy of the state in the layer, if it has one.
    pub energy: Option<f32>,
}

impl Network {
    pub(crate) fn new(database: PatternDatabase) -> Self {
        Self { database }
    }

    /// Reads the content of a pattern database; `name` is its file's, for messages.
    ///
    /// # Errors
    ///
    /// It is none, or contradicts itself.
    pub fn read(name: &str, content: Vec<u8>) -> Result<Self, ArrayError> {
        let database = DatabaseFile::from_bytes(Path::new(name), content)?.load(&Device::flex())?;
        Ok(Self { database })
    }

    fn stack(&self) -> &HopfieldStack {
        &self.database.stack
    }

    /// What every layer makes of a state, from the input on.
    ///
    /// # Errors
    ///
    /// The state has another dimension than those of the stack.
    pub fn traced(&self, state: Vec<f32>) -> Result<Vec<Traced>, String> {
        let stack = self.stack();
        let (found, needed) = (state.len(), stack.dim());
        if found != needed {
            return Err(format!("The state has {found} numbers, but this network takes {needed}."));
        }
        let state = Tensor::<2>::from_data(TensorData::new(state, [1, needed]), &Device::flex());
        let numbers = |tensor: Tensor<2>| tensor.into_data().iter::<f32>().collect();
        let answers = stack.trace(state.clone()).into_iter().zip(&stack.layers).enumerate();
        let traced = answers.map(|(index, (answer, layer))| {
            let energy = layer.energy(stack.states_of(index, state.clone()));
            Traced {
                retrieved: numbers(answer.retrieved),
                weights: numbers(answer.weights),
                energy: energy.ok().map(|energy| energy.into_scalar::<f32>()),
            }
        });
        Ok(traced.collect())
    }

    /// The content of a file of arrays with this network, which is a pattern database again.
    pub fn file(&self, format: &dyn ArrayFormat) -> Vec<u8> {
        self.database.to_archive().to_bytes_as(format)
    }
}

#[wasm_bindgen]
impl Network {
    /// Reads a pattern database; see [`read`](Self::read).
    pub fn open(name: &str, content: Vec<u8>) -> Result<Network, JsError> {
        Self::read(name, content).map_err(js)
    }

    /// JSON: the shape of its images, and the settings of its layers.
    pub fn about(&self) -> String {
        let stack = self.stack();
        let layers = stack.layers.iter().map(|layer| Layer {
            patterns: layer.pattern_count(),
            dim: layer.dim(),
            output_dim: layer.output_dim(),
            heads: layer.heads(),
            similarity: layer.similarity,
            separation: layer.separation,
            steps: layer.steps,
            beta: layer.beta(),
            range: layer.range,
        });
        let (image_shape, residual) = (self.database.image_shape, stack.is_residual());
        let about = About { image_shape, residual, layers: layers.collect() };
        serde_json::to_string(&about).expect("settings are plain data")
    }

    /// The patterns of a layer, row after row; nothing if there is no such layer.
    pub fn patterns(&self, layer: usize) -> Vec<f32> {
        let layer = self.stack().layers.get(layer);
        layer.map_or(Vec::new(), |layer| layer.patterns.val().into_data().iter().collect())
    }

    /// For every layer `[retrieved, weights, energy]`; see [`traced`](Self::traced).
    pub fn trace(&self, state: Vec<f32>) -> Result<Array, JsError> {
        let numbers = |numbers: &[f32]| JsValue::from(Float32Array::from(numbers));
        let entry = |Traced { retrieved, weights, energy }: Traced| {
            let energy = energy.map_or(JsValue::NULL, JsValue::from);
            Array::of3(&numbers(&retrieved), &numbers(&weights), &energy)
        };
        Ok(self.traced(state).map_err(js)?.into_iter().map(entry).collect())
    }

    /// The content of `patterns.safetensors`.
    pub fn safetensors(&self) -> Vec<u8> {
        self.file(&Safetensors)
    }

    /// The content of `patterns.npz`.
    pub fn npz(&self) -> Vec<u8> {
        self.file(&Npz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::tests::bundled;
    use crate::training::tests::{one_layer, training};

    #[test]
    fn a_network_survives_its_files_and_answers_as_before() {
        let mut training = training(&one_layer());
        training.advance(3).unwrap();
        let network = training.network();
        let [_, test] = bundled();
        let state = test.image(0).unwrap();
        let before = network.traced(state.clone()).unwrap();
        for (format, name) in [(&Safetensors as &dyn ArrayFormat, "a.safetensors"), (&Npz, "a.npz")]
        {
            let again = Network::read(name, network.file(format)).unwrap();
            assert_eq!(again.about(), network.about());
            assert_eq!(again.patterns(0), network.patterns(0));
            let after = again.traced(state.clone()).unwrap();
            assert_eq!(after[0].retrieved, before[0].retrieved);
            assert_eq!(
                (&after[0].weights, after[0].energy),
                (&before[0].weights, before[0].energy)
            );
            assert!(after[0].energy.is_some());
        }
        assert!(network.patterns(1).is_empty());
        let error = network.traced(vec![0.0; 3]).unwrap_err();
        assert_eq!(error, "The state has 3 numbers, but this network takes 784.");
    }

    #[test]
    fn other_files_are_refused_with_what_they_are() {
        let refused =
            |content: &[u8]| Network::read("my file", content.to_vec()).unwrap_err().to_string();
        for (content, part) in
            [(&b"\x89PNG\r\n\x1a\n"[..], "PNG"), (b"", "empty"), (b"not an array", "my file: ")]
        {
            let message = refused(content);
            assert!(message.contains(part), "{message}");
        }
        let arrays = [("weights", &[2usize, 2][..], &[1.0f32, 2.0, 3.0, 4.0][..])];
        let message = refused(&hopfield_arrays::to_bytes(&Npz, &arrays, None).unwrap());
        assert!(message.starts_with("my file: "), "{message}");
    }
}
