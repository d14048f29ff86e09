//! How a layer is changed: by an optimiser, or by hand.

use burn::module::Param;
use burn::tensor::Tensor;

use crate::HopfieldLayer;

impl HopfieldLayer {
    /// Sets β: one value for all heads, or one per head.
    ///
    /// # Panics
    ///
    /// If a value is not a positive number that f32 can hold, or their number fits neither.
    pub fn set_beta(&mut self, beta: &[f64]) {
        let h = self.heads();
        assert!(beta.len() == 1 || beta.len() == h, "{} values of β for {h} heads", beta.len());
        let usable = |&beta: &f64| beta > 0.0 && (beta as f32).is_normal();
        assert!(beta.iter().all(usable), "β is a positive number, not {beta:?}");
        let log_beta: Vec<f64> = (0..h).map(|head| beta[head % beta.len()].ln()).collect();
        replace(&mut self.log_beta, |old| {
            Tensor::from_data(log_beta.as_slice(), (&old.device(), old.dtype()))
        });
    }

    /// Moves every entry of patterns and values to the nearest number in [`range`](Self::range).
    ///
    /// After each optimiser step this makes SGD *projected* SGD: `H ← Π(H − η·∂L/∂H)`.
    pub fn project(mut self) -> Self {
        if self.range.is_some() {
            self.update(|h| h, |v| v, |log_beta| log_beta);
        }
        self
    }

    /// Replaces H by `patterns(H)` and V, if there is one, by `values(V)`, both projected onto [`range`](Self::range), and
    /// log β by `log_beta(log β)`. The functions get plain tensors, outside any autodiff graph.
    ///
    /// # Panics
    ///
    /// If a function changes a shape.
    pub fn update(
        &mut self,
        patterns: impl FnOnce(Tensor<2>) -> Tensor<2>,
        values: impl FnOnce(Tensor<2>) -> Tensor<2>,
        log_beta: impl FnOnce(Tensor<1>) -> Tensor<1>,
    ) {
        let range = self.range;
        let project = |rows: Tensor<2>| match range {
            Some(range) => range.project(rows),
            None => rows,
        };
        self.change(|h| project(patterns(h)), |v| project(values(v)), log_beta);
    }

    /// [`update`](Self::update) without the projection, for an optimiser that projects in the same pass. The layer gives its
    /// tensors away, so that they can be changed in place.
    ///
    /// # Panics
    ///
    /// If a function changes a shape.
    pub fn change(
        &mut self,
        patterns: impl FnOnce(Tensor<2>) -> Tensor<2>,
        values: impl FnOnce(Tensor<2>) -> Tensor<2>,
        log_beta: impl FnOnce(Tensor<1>) -> Tensor<1>,
    ) {
        replace(&mut self.patterns, patterns);
        if let Some(param) = &mut self.values {
            replace(param, values);
        }
        replace(&mut self.log_beta, log_beta);
    }
}

/// Changes a parameter's value, keeping its id, its shape, its device and whether it is trained.
fn replace<const D: usize>(
    param: &mut Param<Tensor<D>>,
    change: impl FnOnce(Tensor<D>) -> Tensor<D>,
) {
    // Nobody else must have the old value, or it can't be changed in place.
    let nothing = Tensor::empty([0; D], &param.val().device());
    let old = std::mem::replace(param, Param::initialized(param.id, nothing));
    *param = old.map(|old| {
        let (autodiff, tracked) = (old.is_autodiff(), old.is_require_grad());
        let shape = old.dims();
        let new = change(old.without_autodiff());
        assert_eq!(new.dims(), shape, "an update must not change a shape");
        if autodiff { new.autodiff().set_require_grad(tracked) } else { new }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Beta, HopfieldLayerConfig, Init};
    use burn::module::Module;
    use burn::tensor::Device;

    #[test]
    fn patterns_stay_in_their_range() {
        let device = Device::flex().autodiff();
        let config = HopfieldLayerConfig::new(8, 8)
            .with_init(Init::Normal { mean: 0.0, std: 2.0 })
            .with_range(Some([0.0, 1.0].into()));
        let within = |layer: &HopfieldLayer| {
            let h = layer.patterns.val();
            let (low, high) = (h.clone().min(), h.max());
            low.into_scalar::<f32>() == 0.0 && high.into_scalar::<f32>() == 1.0
        };
        let mut layer = config.try_init(1, &device).unwrap();
        assert!(within(&layer));
        layer.update(|h| h * 10.0 - 5.0, |v| v, |log_beta| log_beta);
        assert!(within(&layer));
        assert!(layer.patterns.val().is_require_grad());
    }

    #[test]
    fn an_update_keeps_what_is_trained() {
        for (beta, trained) in [(Beta::Fixed(2.0), false), (Beta::Trainable(2.0), true)] {
            let config = HopfieldLayerConfig::new(3, 4).with_beta(Some(beta));
            let mut layer = config.try_init(1, &Device::flex().autodiff()).unwrap();
            layer.update(|h| h + 1.0, |v| v, |log_beta| log_beta * 0.0);
            assert_eq!(layer.beta(), [1.0]);
            assert_eq!(layer.beta_is_trainable(), trained);
            assert_eq!(layer.clone().valid().beta_is_trainable(), trained);
            let states = Tensor::<2>::ones([2, 4], &Device::flex());
            let gradients = layer.forward(states).sum().backward();
            assert!(layer.patterns.val().grad(&gradients).is_some());
            assert_eq!(layer.log_beta.val().grad(&gradients).is_some(), trained);
        }
    }
}
