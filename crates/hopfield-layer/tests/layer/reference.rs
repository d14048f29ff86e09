//! Reference values from an independent program: `reference/make_reference.py`.

use burn::tensor::{DType, Device, Tensor, TensorData, Tolerance};
use hopfield_layer::{
    Beta, HopfieldLayer, HopfieldLayerConfig, Init, LayerError, Separation, Similarity, Values,
};
use serde::Deserialize;

/// Rows of numbers.
pub(crate) type Rows = Vec<Vec<f64>>;

/// One layer, one batch, and all that comes out.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) similarity: Similarity,
    pub(crate) separation: Separation,
    pub(crate) heads: usize,
    steps: usize,
    beta: Vec<f64>,
    patterns: Rows,
    values: Option<Rows>,
    states: Rows,
    upstream: Rows,
    weights: Rows,
    output: Rows,
    energy: Option<Vec<f64>>,
    d_patterns: Rows,
    d_values: Option<Rows>,
    d_states: Rows,
    d_log_beta: Vec<f64>,
}

/// All cases of `layer.json`.
pub(crate) fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../reference/layer.json")).unwrap()
}

/// Rows as a tensor.
pub(crate) fn tensor(rows: &Rows, device: &Device, dtype: DType) -> Tensor<2> {
    let shape = [rows.len(), rows[0].len()];
    Tensor::from_data(TensorData::new(rows.concat(), shape), (device, dtype))
}

impl Case {
    fn layer(&self, device: &Device, dtype: DType) -> HopfieldLayer {
        let tensor = |rows| tensor(rows, device, dtype);
        let mut config = HopfieldLayerConfig::new(self.patterns.len(), self.patterns[0].len())
            .with_heads(self.heads)
            .with_similarity(self.similarity)
            .with_separation(self.separation)
            .with_steps(self.steps)
            .with_beta(Some(Beta::PerHead { start: self.beta.clone(), trainable: true }));
        if let Some(values) = &self.values {
            config = config.with_values(Some(Values { dim: values[0].len(), init: Init::Data }));
        }
        config.store(tensor(&self.patterns), self.values.as_ref().map(tensor)).unwrap()
    }

    /// Compares weights, output, energy and gradients on a device.
    pub(crate) fn check(&self, device: &Device, dtype: DType, tolerance: Tolerance<f64>) {
        let name = format!(
            "{:?}, {:?}, {} heads, {} steps",
            self.similarity, self.separation, self.heads, self.steps
        );
        let compare = |what: &str, found: TensorData, expected: &[f64]| {
            let found: Vec<f64> = found.iter::<f64>().collect();
            assert_eq!(found.len(), expected.len(), "{name}: {what}");
            for (index, (&found, &expected)) in found.iter().zip(expected).enumerate() {
                assert!(
                    tolerance.approx_eq(found, expected),
                    "{name}: {what}[{index}] is {found}, the reference {expected}"
                );
            }
        };
        let device = device.clone().autodiff();
        let layer = self.layer(&device, dtype);
        let states = tensor(&self.states, &device, dtype).require_grad();
        let answer = layer.answer(states.clone());
        compare("weights", answer.weights.into_data(), &self.weights.concat());
        compare("output", answer.retrieved.to_data(), &self.output.concat());

        match (layer.energy(states.clone()), &self.energy) {
            (Ok(energy), Some(expected)) => compare("energy", energy.into_data(), expected),
            (Err(LayerError::NoEnergy { .. }), None) => {}
            (found, expected) => panic!("{name}: energy {found:?}, the reference {expected:?}"),
        }

        let upstream = tensor(&self.upstream, &device, dtype);
        let gradients = (answer.retrieved * upstream).sum().backward();
        let of_patterns = layer.patterns.val().grad(&gradients).unwrap();
        compare("∂L/∂H", of_patterns.into_data(), &self.d_patterns.concat());
        if let (Some(values), Some(expected)) = (&layer.values, &self.d_values) {
            let of_values = values.val().grad(&gradients).unwrap();
            compare("∂L/∂V", of_values.into_data(), &expected.concat());
        }
        let of_states = states.grad(&gradients).unwrap();
        compare("∂L/∂I", of_states.into_data(), &self.d_states.concat());
        let of_beta = layer.log_beta.val().grad(&gradients).unwrap();
        compare("∂L/∂log β", of_beta.into_data(), &self.d_log_beta);
    }
}
