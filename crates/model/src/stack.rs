//! The stack: Hopfield layers in a row.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::Tensor;
use hopfield_layer::{Answer, HopfieldLayer};

use crate::ModelError;

/// States traced at a time, to limit memory.
pub(crate) const CHUNK: usize = 1000;

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
/// Every answer is a mean of N values, so in a plain stack each layer loses detail; a residual one (He et al. 2016) also
/// passes the state itself on. The output is that of the last layer alone, so it still lies in the convex hull of that
/// layer's values.
#[derive(Module, Debug)]
pub struct HopfieldStack {
    /// The layers, from the input on.
    pub layers: Vec<HopfieldLayer>,
    #[module(skip)]
    residual: bool,
}

/// I_{k+1} of I_k and R_k.
pub(crate) fn next_states<const D: usize>(
    residual: bool,
    states: Tensor<D>,
    retrieved: Tensor<D>,
) -> Tensor<D> {
    if residual { states + retrieved } else { retrieved }
}

/// Checks, for a layer that is not the last, that a residual stack can add its answers to its states. `dims`: the
/// dimensions that it takes and answers in.
pub(crate) fn check_residual(
    residual: bool,
    layer: usize,
    dims: [usize; 2],
) -> Result<(), ModelError> {
    let [expected, found] = dims;
    if residual && found != expected {
        return Err(ModelError::Residual { layer, found, expected });
    }
    Ok(())
}

/// Checks that layers make a stack, by the dimensions that each takes and answers in.
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

pub(crate) fn dims(layer: &HopfieldLayer) -> [usize; 2] {
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

    /// I_k, the states that layer `layer` gets when the stack gets `states`.
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

    /// Traces `states` in chunks, to limit memory: `see` gets the rows of each chunk and their [trace](Self::trace).
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

    /// Like [`forward`](Self::forward), but returns the weights P_k and answers R_k of every layer. The answers of the last
    /// layer are what `forward` returns.
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
    use hopfield_layer::HopfieldLayerConfig;

    #[test]
    fn the_trace_ends_where_forward_does() {
        let device = Device::flex();
        let states = Tensor::<2>::random([10, 6], Distribution::Default, &device);
        for residual in [false, true] {
            let layer =
                |patterns, seed| HopfieldLayerConfig::new(patterns, 6).init(seed, &device).unwrap();
            let layers = vec![layer(5, 1), layer(7, 2)];
            let stack = HopfieldStack::checked(layers, residual).unwrap();
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
}
