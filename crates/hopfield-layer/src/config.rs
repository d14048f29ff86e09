//! The settings of a layer and their allowed ranges.

use burn::config::Config;

use crate::error::Checks;
use crate::{Beta, Init, LayerError, Range, Separation, Similarity, Values};

/// Settings of a [`HopfieldLayer`](crate::HopfieldLayer); every method that makes a layer checks them.
///
/// ```
/// use burn::tensor::Device;
/// use hopfield_layer::{Beta, HopfieldLayerConfig, Init};
///
/// let config = HopfieldLayerConfig::new(64, 784)
///     .with_beta(Some(Beta::Trainable(0.4)))
///     .with_init(Init::Normal { mean: 0.0, std: 0.3 });
/// let layer = config.init(&Device::flex());
/// assert_eq!(layer.patterns.dims(), [64, 784]);
///
/// // The same, from a seed; an error tells which settings are wrong and what is allowed.
/// let layer = config.try_init(1, &Device::flex())?;
/// assert_eq!(layer.beta_is_trainable(), true);
/// let error = HopfieldLayerConfig::new(0, 784).try_init(1, &Device::flex()).unwrap_err();
/// assert_eq!(error.to_string(), "`patterns` is 0; allowed: a whole number, 1 or more");
/// # Ok::<(), hopfield_layer::LayerError>(())
/// ```
#[derive(Config, Debug, PartialEq)]
pub struct HopfieldLayerConfig {
    /// N, the number of patterns.
    pub patterns: usize,
    /// d, the dimension of a pattern and of a state.
    pub dim: usize,
    /// Values of their own. Without, the layer answers with its patterns.
    pub values: Option<Values>,
    /// h, the number of parts that states and patterns are split into; divides d and m.
    #[config(default = 1)]
    pub heads: usize,
    /// How states and patterns are compared.
    #[config(default = "Similarity::Dot")]
    pub similarity: Similarity,
    /// How scores become weights.
    #[config(default = "Separation::Softmax")]
    pub separation: Separation,
    /// Update steps in one answer.
    #[config(default = 1)]
    pub steps: usize,
    /// The inverse temperature. Without, it is trained from 1/√(d/h), the scale of attention.
    pub beta: Option<Beta>,
    /// How the patterns start.
    #[config(default = "Init::Normal { mean: 0.0, std: 1.0 }")]
    pub init: Init,
    /// The range in which patterns and values are kept
    /// ([`HopfieldLayer::project`](crate::HopfieldLayer::project)). Without, they are unbounded.
    pub range: Option<Range>,
}

impl HopfieldLayerConfig {
    /// Checks every setting.
    ///
    /// # Errors
    ///
    /// [`LayerError::InvalidSettings`] with all settings that are out of range.
    pub fn check(&self) -> Result<(), LayerError> {
        let mut checks = Checks::default();
        checks.count("patterns", self.patterns);
        checks.count("dim", self.dim);
        checks.count("heads", self.heads);
        if let Some(Values { dim, init }) = self.values {
            checks.count("values.dim", dim);
            checks.divides("heads", self.heads, dim, "a divisor of the values' dimension");
            checks.init(["values.init.uniform", "values.init.normal"], init);
        }
        checks.divides("heads", self.heads, self.dim, "a divisor of the dimension");
        checks.separation(self.separation, self.similarity);
        checks.count("steps", self.steps);
        checks.beta(&self.beta_or_default(), self.heads);
        checks.init(["init.uniform", "init.normal"], self.init);
        if let Some(Range { low, high }) = self.range {
            checks.range("range", low, high);
        }
        checks.end()
    }

    /// β as set, or its default.
    pub(crate) fn beta_or_default(&self) -> Beta {
        let per_head = self.dim / self.heads.max(1);
        let attention = Beta::Trainable(1.0 / (per_head.max(1) as f64).sqrt());
        self.beta.clone().unwrap_or(attention)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_setting_is_reported() {
        let config = HopfieldLayerConfig::new(0, 0)
            .with_beta(Some(Beta::Fixed(-1.0)))
            .with_init(Init::Normal { mean: f64::NAN, std: 0.0 })
            .with_range(Some(Range { low: 1.0, high: 0.0 }));
        let Err(LayerError::InvalidSettings(invalid)) = config.check() else {
            panic!("accepted");
        };
        let fields: Vec<_> = invalid.iter().map(|setting| setting.field).collect();
        assert_eq!(fields, ["patterns", "dim", "beta", "init.normal", "range"]);
    }

    #[test]
    fn a_beta_that_f32_cannot_hold_is_refused() {
        for beta in [0.0, -2.0, 1e-60, 1e60, f64::INFINITY, f64::NAN] {
            for beta in [
                Beta::Fixed(beta),
                Beta::Trainable(beta),
                Beta::Calibrated { spread: beta, trainable: true },
            ] {
                assert!(HopfieldLayerConfig::new(2, 3).with_beta(Some(beta)).check().is_err());
            }
        }
    }

    #[test]
    fn settings_that_do_not_go_together_are_refused() {
        let message = |config: HopfieldLayerConfig| config.check().unwrap_err().to_string();
        let config = HopfieldLayerConfig::new(2, 6);
        assert_eq!(
            message(config.clone().with_heads(4)),
            "`heads` is 4; allowed: a divisor of the dimension, 6"
        );
        assert_eq!(
            message(
                config.clone().with_heads(2).with_values(Some(Values { dim: 5, init: Init::Data }))
            ),
            "`heads` is 2; allowed: a divisor of the values' dimension, 5"
        );
        assert!(message(config.clone().with_heads(0)).starts_with("`heads` is 0; "));
        let two = Beta::PerHead { start: vec![1.0, 2.0], trainable: true };
        assert_eq!(
            message(config.clone().with_heads(3).with_beta(Some(two))),
            "`beta.start` is 2 values; allowed: one per head, 3"
        );
        assert_eq!(
            message(config.clone().with_separation(Separation::TopK(0))),
            "`separation.k` is 0; allowed: a whole number, 1 or more"
        );
        let polynomial = config.with_separation(Separation::Polynomial(3));
        assert!(polynomial.check().is_ok());
        assert_eq!(
            message(polynomial.with_similarity(Similarity::Euclidean)),
            "`separation` is polynomial; allowed: another with Euclidean similarity, whose scores are never positive"
        );
    }

    #[test]
    fn every_setting_is_saved_and_loaded() {
        let config = HopfieldLayerConfig::new(3, 4)
            .with_values(Some(Values { dim: 6, init: Init::KMeansPlusPlus }))
            .with_heads(2)
            .with_similarity(Similarity::CentredDot)
            .with_separation(Separation::TopK(2))
            .with_steps(5)
            .with_beta(Some(Beta::PerHead { start: vec![0.1, 1e-3], trainable: false }))
            .with_init(Init::Uniform { low: -0.1, high: 0.3 })
            .with_range(Some(Range { low: -1.0, high: 1.0 / 3.0 }));
        let path = std::env::temp_dir().join(format!("layer-config-{}.json", std::process::id()));
        config.save(&path).unwrap();
        let loaded = HopfieldLayerConfig::load(&path);
        std::fs::remove_file(path).unwrap();
        assert_eq!(loaded.unwrap(), config);
        let json = HopfieldLayerConfig::new(3, 4).to_string();
        let loaded = HopfieldLayerConfig::load_binary(json.as_bytes());
        assert_eq!(loaded.unwrap(), HopfieldLayerConfig::new(3, 4));
        assert!(HopfieldLayerConfig::load_binary(b"{\"patterns\": 3}").is_err());
    }
}
