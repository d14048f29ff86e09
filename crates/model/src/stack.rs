//! The stack: layers in a row.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::Tensor;
use hopfield_layer::{Answer, HopfieldLayer, HopfieldLayerConfig};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use crate::ModelError;

/// States traced at a time.
pub(crate) const CHUNK: usize = 1000;

/// Settings of a [`HopfieldStack`].
#[derive(Debug, Clone, PartialEq)]
pub struct HopfieldStackConfig {
    /// At least one layer, from the input on, each answering in the dimension that the next one takes.
    pub layers: Vec<HopfieldLayerConfig>,
    /// Whether every layer but the last adds its answer to the state.
    pub residual: bool,
}

impl HopfieldStackConfig {
    /// A stack on the device of `examples`, from which data-initialised layers draw their patterns.
    ///
    /// Layers are made one by one from the input on: a calibrated β is set on what the layers before
    /// make of `states`, the first batch. Every layer has a seed of its own, drawn from `seed`.
    ///
    /// # Shapes
    ///
    /// - examples: `[n, d]`, d of every layer that draws from them
    /// - states: `[B, d]`
    ///
    /// # Errors
    ///
    /// There is no layer, one can't be made, or one does not fit its place (see [`HopfieldStack::new`]).
    pub fn init(
        &self,
        seed: u64,
        examples: &Tensor<2>,
        states: &Tensor<2>,
    ) -> Result<HopfieldStack, ModelError> {
        let mut seeds = ChaCha8Rng::seed_from_u64(seed);
        let mut states = states.clone().without_autodiff();
        let mut layers = Vec::with_capacity(self.layers.len());
        for (index, config) in self.layers.iter().enumerate() {
            let made = config.init_on_data(seeds.next_u64(), examples, &states);
            let layer = made.map_err(|source| ModelError::Layer { layer: index, source })?;
            if index + 1 < self.layers.len() {
                check_residual(self.residual, index, dims(&layer))?;
                let retrieved = layer.valid().forward(states.clone());
                states = next_states(self.residual, states, retrieved);
            }
            layers.push(layer);
        }
        HopfieldStack::checked(layers, self.residual)
    }
}

/// Dense Hopfield layers in a row: the state of each is the answer of the one before,
///
/// ```text
/// I_1 = I        I_{k+1} = R_k                    R = R_L
/// ```
///
/// or, in a *residual* stack, the answer of every layer but the last is added to its state:
///
/// ```text
/// I_1 = I        I_{k+1} = I_k + R_k              R = R_L
/// ```
///
/// Every answer is a mean of N values, so a plain stack hands on less with every layer; a residual one (He et al.
/// 2016) hands the state itself on, too. Its last layer alone answers: the output still lies in the hull of that
/// layer's values.
#[derive(Module, Debug)]
pub struct HopfieldStack {
    /// The layers, from the input on.
    pub layers: Vec<HopfieldLayer>,
    #[module(skip)]
    residual: bool,
}

/// I_{k+1} of I_k and R_k.
fn next_states<const D: usize>(
    residual: bool,
    states: Tensor<D>,
    retrieved: Tensor<D>,
) -> Tensor<D> {
    if residual { states + retrieved } else { retrieved }
}

/// Whether the answers of a layer that is not the last can be added to its states, if they shall be. `dims`: the
/// dimensions of what it takes and of what it answers.
fn check_residual(residual: bool, layer: usize, dims: [usize; 2]) -> Result<(), ModelError> {
    let [expected, found] = dims;
    if residual && found != expected {
        return Err(ModelError::Residual { layer, found, expected });
    }
    Ok(())
}

/// Whether layers of these dimensions, of what they take and of what they answer, make a stack.
pub(crate) fn check_dims(layers: &[[usize; 2]], residual: bool) -> Result<(), ModelError> {
    let [mut expected, _] = *layers.first().ok_or(ModelError::NoLayers)?;
    for (layer, &[found, answers]) in layers.iter().enumerate() {
        if found != expected {
            return Err(ModelError::Dimensions { layer, found, expected });
        }
        if layer + 1 < layers.len() {
            check_residual(residual, layer, [found, answers])?;
        }
        expected = answers;
    }
    Ok(())
}

fn dims(layer: &HopfieldLayer) -> [usize; 2] {
    [layer.dim(), layer.output_dim()]
}

impl HopfieldStack {
    /// A plain stack of these layers.
    ///
    /// # Errors
    ///
    /// There is no layer, or one does not take what the layer before answers.
    pub fn new(layers: Vec<HopfieldLayer>) -> Result<Self, ModelError> {
        Self::checked(layers, false)
    }

    /// A residual stack of these layers.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); or a layer before the last answers in another dimension than it takes.
    pub fn residual(layers: Vec<HopfieldLayer>) -> Result<Self, ModelError> {
        Self::checked(layers, true)
    }

    pub(crate) fn checked(layers: Vec<HopfieldLayer>, residual: bool) -> Result<Self, ModelError> {
        check_dims(&layers.iter().map(dims).collect::<Vec<_>>(), residual)?;
        Ok(Self { layers, residual })
    }

    /// Whether every layer but the last adds its answer to its state.
    pub fn is_residual(&self) -> bool {
        self.residual
    }

    /// d, the dimension of a state.
    pub fn dim(&self) -> usize {
        self.layers[0].dim()
    }

    /// m, the dimension of an answer.
    pub fn output_dim(&self) -> usize {
        self.layers[self.layers.len() - 1].output_dim()
    }

    /// Answers the states: the output of the last layer.
    ///
    /// # Shapes
    ///
    /// - states: `[..., d]`, usually `[B, d]` or `[B, S, d]`
    /// - retrieved: `[..., m]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn forward<const D: usize>(&self, states: Tensor<D>) -> Tensor<D> {
        let last = self.layers.len() - 1;
        self.layers[last].forward(self.states_of(last, states))
    }

    /// The states that layer `layer` gets, I_k: what the layers before it make of `states`.
    ///
    /// # Shapes
    ///
    /// - states: `[..., d]`
    ///
    /// # Panics
    ///
    /// If there is no such layer, or the last axis of `states` is not d.
    pub fn states_of<const D: usize>(&self, layer: usize, states: Tensor<D>) -> Tensor<D> {
        let through = |states: Tensor<D>, layer: &HopfieldLayer| {
            next_states(self.residual, states.clone(), layer.forward(states))
        };
        self.layers[..layer].iter().fold(states, through)
    }

    /// Traces `states` some at a time, to bound memory: `see` gets the rows that were answered, and their
    /// [trace](Self::trace).
    ///
    /// # Shapes
    ///
    /// - states: `[n, d]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn trace_in_chunks(
        &self,
        states: &Tensor<2>,
        mut see: impl FnMut(Range<usize>, &[Answer]),
    ) {
        let [n, _] = states.dims();
        for start in (0..n).step_by(CHUNK) {
            let rows = start..n.min(start + CHUNK);
            see(rows.clone(), &self.trace(states.clone().slice_dim(0, rows)));
        }
    }

    /// Like [`forward`](Self::forward), keeping what every layer does: its weights P_k and its answers R_k. Those
    /// of the last layer are what `forward` gives.
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn trace(&self, states: Tensor<2>) -> Vec<Answer> {
        let mut states = states;
        let mut answers: Vec<Answer> = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            if let Some(before) = answers.last() {
                states = next_states(self.residual, states, before.retrieved.clone());
            }
            answers.push(layer.answer(states.clone()));
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution, Tolerance};
    use hopfield_layer::{Beta, Init, LayerError, Values, spread};

    fn calibrated(patterns: usize) -> HopfieldLayerConfig {
        let beta = Beta::Calibrated { spread: 1.5, trainable: true };
        HopfieldLayerConfig::new(patterns, 6).with_beta(Some(beta))
    }

    #[test]
    fn every_layer_is_calibrated_on_what_the_layers_before_make_of_the_states() {
        let device = Device::flex();
        let states = Tensor::<2>::random([40, 6], Distribution::Default, &device);
        let config = HopfieldStackConfig {
            layers: vec![calibrated(5), calibrated(7), calibrated(4)],
            residual: false,
        };
        let stack = config.init(1, &states, &states).unwrap();
        let mut input = states;
        for layer in &stack.layers {
            let scores = input.clone().matmul(layer.patterns.val().transpose()) * layer.beta()[0];
            assert!((spread(scores) - 1.5).abs() < 1e-4);
            input = layer.forward(input);
        }
        let first = stack.layers[0].patterns.val().slice_dim(0, 0..4).into_data();
        let last = stack.layers[2].patterns.val().into_data();
        assert_ne!(first, last, "layers must not start equal");
    }

    #[test]
    fn the_trace_ends_where_forward_does() {
        let device = Device::flex();
        let states = Tensor::<2>::random([10, 6], Distribution::Default, &device);
        for residual in [false, true] {
            let config =
                HopfieldStackConfig { layers: vec![calibrated(5), calibrated(7)], residual };
            let stack = config.init(1, &states, &states).unwrap();
            let trace = stack.trace(states.clone());
            let second = stack.layers[1].forward(stack.states_of(1, states.clone())).into_data();
            second.assert_eq(&trace[1].retrieved.to_data(), true);
            assert_eq!(trace[0].weights.dims(), [10, 5]);
            assert_eq!(trace[1].weights.dims(), [10, 7]);
            let expected = stack.forward(states.clone()).into_data();
            let found = trace[1].retrieved.to_data();
            found.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-5, 1e-6));
        }
    }

    #[test]
    fn in_a_residual_stack_every_layer_but_the_last_adds_its_answer_to_the_state() {
        let device = Device::flex();
        let states = Tensor::<2>::random([10, 6], Distribution::Default, &device);
        let layers = vec![calibrated(5), calibrated(7), calibrated(4)];
        let stack =
            HopfieldStackConfig { layers, residual: true }.init(1, &states, &states).unwrap();
        let [first, second, third] = &stack.layers[..] else { panic!("three layers") };
        let one = states.clone() + first.forward(states.clone());
        let two = one.clone() + second.forward(one.clone());
        // Calibrated on what it gets, too.
        let scores = two.clone().matmul(third.patterns.val().transpose()) * third.beta()[0];
        assert!((spread(scores) - 1.5).abs() < 1e-4);
        let expected = third.forward(two).into_data();
        let found = stack.forward(states).into_data();
        found.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-5, 1e-6));
    }

    #[test]
    fn stacks_that_cannot_be_are_refused() {
        let device = Device::flex();
        let states = Tensor::<2>::ones([3, 6], &device);
        let layers = vec![HopfieldLayerConfig::new(5, 6), HopfieldLayerConfig::new(5, 7)];
        let error = HopfieldStackConfig { layers, residual: false }.init(1, &states, &states);
        assert_eq!(
            error.unwrap_err(),
            ModelError::Layer {
                layer: 1,
                source: LayerError::WrongDimension { what: "states", found: 6, expected: 7 }
            }
        );
        assert_eq!(HopfieldStack::new(vec![]).unwrap_err(), ModelError::NoLayers);
        let layer = |d| HopfieldLayer::from_patterns(Tensor::ones([2, d], &device), 1.0).unwrap();
        let error = HopfieldStack::new(vec![layer(3), layer(4)]).unwrap_err();
        assert_eq!(error.to_string(), "layer 1 takes dimension 4, but the layer before answers 3");
    }

    #[test]
    fn values_change_the_dimension_between_layers() {
        let device = Device::flex();
        let normal = Init::Normal { mean: 0.0, std: 1.0 };
        let states = Tensor::<2>::random([10, 6], Distribution::Default, &device);
        let narrow =
            HopfieldLayerConfig::new(5, 6).with_values(Some(Values { dim: 3, init: normal }));
        let wide = HopfieldLayerConfig::new(4, 3)
            .with_values(Some(Values { dim: 8, init: normal }))
            .with_heads(1);
        let layers = vec![narrow.clone(), wide];
        let config = HopfieldStackConfig { layers, residual: false };
        let stack = config.init(1, &states, &states).unwrap();
        assert_eq!((stack.dim(), stack.output_dim()), (6, 8));
        assert_eq!(stack.forward(states.clone()).dims(), [10, 8]);
        let trace = stack.trace(states.clone());
        assert_eq!([trace[0].retrieved.dims(), trace[1].retrieved.dims()], [[10, 3], [10, 8]]);
        let residual = HopfieldStackConfig { residual: true, ..config };
        let error = residual.init(1, &states, &states).unwrap_err().to_string();
        assert_eq!(
            error,
            "layer 0 takes dimension 6, but answers in 3; a residual stack adds the two, so every layer but the last must answer in the dimension that it takes"
        );
        let config = HopfieldStackConfig { layers: vec![narrow.clone(), narrow], residual: false };
        assert!(config.init(1, &states, &states).is_err());
    }

    /// Residual layers with two heads, and the imbalance of them all, in f64.
    #[test]
    fn gradients_are_those_of_finite_differences() {
        use crate::{imbalance, squared_error};
        use burn::module::Param;
        use burn::tensor::{DType, TensorData};

        let device = Device::flex().autodiff();
        let random = |shape: [usize; 2]| {
            Tensor::<2>::random(shape, Distribution::Uniform(-1.0, 1.0), &device).cast(DType::F64)
        };
        let config =
            HopfieldLayerConfig::new(5, 6).with_heads(2).with_beta(Some(Beta::Trainable(1.5)));
        let layers = (0..3).map(|seed| {
            let mut layer = config.try_init(seed, &device).unwrap();
            layer.patterns = Param::from_tensor(random([5, 6]));
            layer.log_beta = layer.log_beta.map(|log_beta| log_beta.cast(DType::F64));
            layer
        });
        let stack = HopfieldStack::residual(layers.collect()).unwrap();
        let (states, targets) = (random([4, 6]), random([4, 6]));
        let loss = |stack: &HopfieldStack| {
            let answers = stack.trace(states.clone());
            let error = squared_error(answers[2].retrieved.clone(), targets.clone());
            answers
                .into_iter()
                .fold(error, |loss, answer| loss + imbalance(answer.weights, 2) * 0.7)
        };
        let gradients = loss(&stack).backward();
        for layer in 0..3 {
            let patterns = stack.layers[layer].patterns.val();
            let found = patterns.grad(&gradients).unwrap().into_data();
            let rows: Vec<f64> = patterns.into_data().try_to_vec().unwrap();
            for (entry, found) in found.iter::<f64>().enumerate() {
                let moved = |by: f64| {
                    let mut rows = rows.clone();
                    rows[entry] += by;
                    let rows =
                        Tensor::from_data(TensorData::new(rows, [5, 6]), (&device, DType::F64));
                    let mut stack = stack.clone();
                    stack.layers[layer].patterns = Param::from_tensor(rows);
                    loss(&stack).into_scalar::<f64>()
                };
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let off = (found - expected).abs() / (1.0 + expected.abs());
                assert!(off < 1e-6, "layer {layer}, entry {entry}: {found}, not {expected}");
            }
        }
    }
}
