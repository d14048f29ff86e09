//! Setting β on data.

use burn::tensor::Tensor;

use crate::error::Checks;
use crate::{HopfieldLayer, LayerError};

impl HopfieldLayer {
    /// Sets every head's β so that `spread(β · C)` is `target` on these states; see [`spread`].
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    ///
    /// # Errors
    ///
    /// [`LayerError::NoSpread`] if the similarities do not differ, or are not finite; `target` is not a
    /// positive number. β then stays.
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn calibrate(&mut self, states: Tensor<2>, target: f64) -> Result<(), LayerError> {
        let mut checks = Checks::default();
        checks.positive("target", target);
        checks.end()?;
        let n = self.pattern_count();
        let similarities = self.similarities(states).without_autodiff();
        let beta = (0..self.heads()).map(|head| {
            let spread = spread(similarities.clone().slice_dim(1, head * n..(head + 1) * n));
            let beta = target / spread;
            let usable = spread > 0.0 && (beta as f32).is_normal();
            if usable { Ok(beta) } else { Err(LayerError::NoSpread { spread: spread.to_string() }) }
        });
        let beta = beta.collect::<Result<Vec<_>, _>>()?;
        self.set_beta(&beta);
        Ok(())
    }
}

/// The standard deviation of β·C that the softmax sees: the root mean square deviation of the
/// entries from their row's mean,
///
/// ```text
/// spread(C) = √( 1/(B N) · Σ_bn (C_bn − mean_n C_bn)² )
/// ```
///
/// The row's mean is taken out because the softmax of a row does not depend on it: patterns that
/// share a common part (all-positive images, say) would otherwise look more different than they are.
///
/// # Shapes
///
/// - similarities: `[B, N]`
pub fn spread(similarities: Tensor<2>) -> f64 {
    let similarities = similarities.without_autodiff();
    let mean = similarities.clone().mean_dim(1); // [B, 1]
    let variance = (similarities - mean).square().mean();
    variance.into_scalar::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Beta, HopfieldLayerConfig};
    use burn::tensor::{Device, Distribution};

    #[test]
    fn calibration_reaches_its_spread() {
        let device = Device::flex();
        let config = HopfieldLayerConfig::new(5, 7).with_beta(Some(Beta::Trainable(0.7)));
        let mut layer = config.try_init(3, &device).unwrap();
        let states = Tensor::<2>::random([20, 7], Distribution::Default, &device);
        layer.calibrate(states.clone(), 2.0).unwrap();
        let scores = layer.similarities(states) * layer.beta()[0];

        // The same by hand.
        let scores: Vec<f32> = scores.into_data().try_to_vec().unwrap();
        let squares = scores.chunks(5).flat_map(|row| {
            let mean = row.iter().sum::<f32>() / 5.0;
            row.iter().map(move |c| (c - mean).powi(2))
        });
        let spread = (squares.sum::<f32>() / 100.0).sqrt();
        assert!((spread - 2.0).abs() < 1e-5, "{spread}");
    }

    #[test]
    fn equal_patterns_cannot_be_calibrated() {
        let device = Device::flex();
        let mut layer = HopfieldLayer::from_patterns(Tensor::ones([3, 4], &device), 1.0).unwrap();
        for states in [Tensor::ones([2, 4], &device), Tensor::full([2, 4], f32::NAN, &device)] {
            let error = layer.calibrate(states, 1.0);
            assert!(matches!(error, Err(LayerError::NoSpread { .. })), "{error:?}");
        }
        assert_eq!(layer.beta(), [1.0]);
    }
}
