//! The gradients of a layer, taken out of Burn's.

use burn::tensor::{Device, Gradients, Tensor};
use hopfield_layer::HopfieldLayer;

/// The gradients of a loss by what a layer learns; nothing where there is none, as of a fixed β.
#[derive(Debug, Clone)]
pub struct LayerGradients {
    /// ∂L/∂H: `[N, d]`.
    pub patterns: Option<Tensor<2>>,
    /// ∂L/∂V: `[N, m]`.
    pub values: Option<Tensor<2>>,
    /// ∂L/∂log β: `[h]`.
    pub log_beta: Option<Tensor<1>>,
}

impl LayerGradients {
    /// Those of a layer.
    pub fn of(layer: &HopfieldLayer, gradients: &Gradients) -> Self {
        Self {
            patterns: layer.patterns.val().grad(gradients),
            values: layer.values.as_ref().and_then(|values| values.val().grad(gradients)),
            log_beta: layer.log_beta.val().grad(gradients),
        }
    }

    /// The sum with those of the same layer, of other images, on the same device.
    pub fn plus(self, other: Self) -> Self {
        Self {
            patterns: sum(self.patterns, other.patterns),
            values: sum(self.values, other.values),
            log_beta: sum(self.log_beta, other.log_beta),
        }
    }

    /// The same on another device.
    pub fn to_device(self, device: &Device) -> Self {
        Self {
            patterns: self.patterns.map(|of| of.to_device(device)),
            values: self.values.map(|of| of.to_device(device)),
            log_beta: self.log_beta.map(|of| of.to_device(device)),
        }
    }
}

fn sum<const D: usize>(a: Option<Tensor<D>>, b: Option<Tensor<D>>) -> Option<Tensor<D>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    }
}
