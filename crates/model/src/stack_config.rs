//! The settings of a stack, and how it is made from them.

use burn::module::Module;
use burn::tensor::Tensor;
use hopfield_layer::HopfieldLayerConfig;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use crate::stack::{check_residual, dims, next_states};
use crate::{HopfieldStack, ModelError};

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
    /// Layers are made one by one from the input on: a calibrated β is set on the answers of the layers before to
    /// `states`, the first batch. Every layer has its own seed, drawn from `seed`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution, Tolerance};
    use hopfield_kernels::matmul;
    use hopfield_layer::{Beta, HopfieldLayer, Init, LayerError, Values, spread};

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
            let scores = matmul(input.clone(), layer.patterns.val().transpose()) * layer.beta()[0];
            assert!((spread(scores) - 1.5).abs() < 1e-4);
            input = layer.forward(input);
        }
        let first = stack.layers[0].patterns.val().slice_dim(0, 0..4).into_data();
        let last = stack.layers[2].patterns.val().into_data();
        assert_ne!(first, last, "layers must not start equal");
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
        let scores = matmul(two.clone(), third.patterns.val().transpose()) * third.beta()[0];
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
}
