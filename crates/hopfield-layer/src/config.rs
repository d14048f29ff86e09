//! The settings of a layer and their allowed ranges.

use burn::module::Param;
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::error::Checks;
use crate::init::{draw_examples, draw_rows};
use crate::{
    Beta, HopfieldLayer, Init, InvalidSetting, LayerError, Range, Separation, Similarity, Values,
};

/// Settings of a [`HopfieldLayer`]; every method that makes a layer checks them.
///
/// ```
/// use burn::tensor::Device;
/// use hopfield_layer::{Beta, HopfieldLayerConfig, Init};
///
/// let layer = HopfieldLayerConfig::new(64, 784)
///     .with_beta(Beta::Trainable(0.4))
///     .with_init(Init::Normal { mean: 0.0, std: 0.3 })
///     .init(1, &Device::flex())?;
/// assert_eq!(layer.patterns.dims(), [64, 784]);
///
/// let error = HopfieldLayerConfig::new(0, 784).init(1, &Device::flex()).unwrap_err();
/// assert_eq!(error.to_string(), "`patterns` is 0; allowed: a whole number, 1 or more");
/// # Ok::<(), hopfield_layer::LayerError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HopfieldLayerConfig {
    /// N, the number of patterns.
    pub patterns: usize,
    /// d, the dimension of a pattern and of a state.
    pub dim: usize,
    /// Values of their own. Default: none, the layer answers with its patterns.
    pub values: Option<Values>,
    /// h, the number of parts that states and patterns are split into; divides d and m. Default: 1.
    pub heads: usize,
    /// How states and patterns are compared. Default: the dot product.
    pub similarity: Similarity,
    /// How scores become weights. Default: softmax.
    pub separation: Separation,
    /// Update steps in one answer. Default: 1.
    pub steps: usize,
    /// The inverse temperature. Default: trained from 1/√(d/h), the scale of attention.
    pub beta: Option<Beta>,
    /// How the patterns start. Default: normal with mean 0 and standard deviation 1.
    pub init: Init,
    /// The range in which patterns and values are kept ([`HopfieldLayer::project`]). Default: unbounded.
    pub range: Option<Range>,
}

impl HopfieldLayerConfig {
    /// N = `patterns` patterns of dimension d = `dim`, everything else at its default.
    pub fn new(patterns: usize, dim: usize) -> Self {
        Self {
            patterns,
            dim,
            values: None,
            heads: 1,
            similarity: Similarity::Dot,
            separation: Separation::Softmax,
            steps: 1,
            beta: None,
            init: Init::Normal { mean: 0.0, std: 1.0 },
            range: None,
        }
    }

    /// Sets [`values`](Self::values).
    pub fn with_values(mut self, dim: usize, init: Init) -> Self {
        self.values = Some(Values { dim, init });
        self
    }

    /// Sets [`heads`](Self::heads).
    pub fn with_heads(mut self, heads: usize) -> Self {
        self.heads = heads;
        self
    }

    /// Sets [`similarity`](Self::similarity).
    pub fn with_similarity(mut self, similarity: Similarity) -> Self {
        self.similarity = similarity;
        self
    }

    /// Sets [`separation`](Self::separation).
    pub fn with_separation(mut self, separation: Separation) -> Self {
        self.separation = separation;
        self
    }

    /// Sets [`steps`](Self::steps).
    pub fn with_steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// Sets [`beta`](Self::beta).
    pub fn with_beta(mut self, beta: Beta) -> Self {
        self.beta = Some(beta);
        self
    }

    /// Sets [`init`](Self::init).
    pub fn with_init(mut self, init: Init) -> Self {
        self.init = init;
        self
    }

    /// Sets [`range`](Self::range) to [low, high].
    pub fn with_range(mut self, low: f64, high: f64) -> Self {
        self.range = Some(Range { low, high });
        self
    }

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

    /// A layer whose settings need no data. Equal seeds give equal patterns on every device.
    ///
    /// # Errors
    ///
    /// A setting is out of range ([`check`](Self::check)), or needs data ([`Init::Data`],
    /// [`Init::KMeansPlusPlus`], [`Beta::Calibrated`]): then use [`init_on_data`](Self::init_on_data).
    pub fn init(&self, seed: u64, device: &Device) -> Result<HopfieldLayer, LayerError> {
        self.check()?;
        let beta = self.beta_or_default().start(self.heads);
        let beta = beta.ok_or(LayerError::NeedsData { field: "beta", value: "calibrated" })?;
        let needs_data = |field, init: Init| LayerError::NeedsData { field, value: init.kind() };
        let patterns = self.draw_patterns(seed, device);
        let patterns = patterns.ok_or_else(|| needs_data("init", self.init))?;
        let draw = |Values { dim, init }| {
            let values = self.draw_values(dim, init, seed, device);
            values.ok_or_else(|| needs_data("values.init", init))
        };
        let values = self.values.map(draw).transpose()?;
        Ok(self.layer(patterns, values, beta))
    }

    /// A layer on the device of `examples`, from which [`Init::Data`] and [`Init::KMeansPlusPlus`] draw;
    /// [`Beta::Calibrated`] sets β on `states`, the states that the layer will answer.
    ///
    /// # Shapes
    ///
    /// - examples: `[n, d]`, or anything if nothing is drawn from them
    /// - states: `[B, d]`
    ///
    /// # Errors
    ///
    /// A setting is out of range ([`check`](Self::check)), the data has another dimension, there are
    /// fewer than N examples to draw from, or β can't be calibrated ([`LayerError::NoSpread`]).
    pub fn init_on_data(
        &self,
        seed: u64,
        examples: &Tensor<2>,
        states: &Tensor<2>,
    ) -> Result<HopfieldLayer, LayerError> {
        self.check()?;
        let device = examples.device();
        require_dim("states", states, self.dim)?;
        let from_data = |init, what, dim| {
            require_dim(what, examples, dim)?;
            draw_examples(init, self.patterns, seed, examples)
        };
        let patterns = match self.draw_patterns(seed, &device) {
            Some(patterns) => patterns,
            None => from_data(self.init, "examples", self.dim)?,
        };
        let values = match self.values {
            None => None,
            Some(Values { dim, init }) => match self.draw_values(dim, init, seed, &device) {
                Some(values) => Some(values),
                None => Some(from_data(init, "examples for the values", dim)?),
            },
        };
        let beta = self.beta_or_default();
        let start = beta.start(self.heads).unwrap_or(vec![1.0; self.heads]);
        let mut layer = self.layer(patterns, values, start);
        if let Beta::Calibrated { spread, .. } = beta {
            layer.calibrate(states.clone(), spread)?;
        }
        Ok(layer)
    }

    /// A layer that stores these rows, on their device and with their type; [`init`](Self::init) and
    /// `values.init` play no part.
    ///
    /// # Shapes
    ///
    /// - patterns: `[N, d]`
    /// - values: `[N, m]`, if the settings say that there are any
    ///
    /// # Errors
    ///
    /// A setting is out of range ([`check`](Self::check)), β is to be calibrated (call
    /// [`calibrate`](HopfieldLayer::calibrate) on the layer instead), or a shape is another than the settings say.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use hopfield_layer::{Beta, HopfieldLayerConfig, Similarity};
    ///
    /// // The second pattern has the larger dot product with everything; the cosine finds the right one.
    /// let stored = Tensor::<2>::from_data([[1.0, 0.0], [9.0, 9.0]], &Device::flex());
    /// let layer = HopfieldLayerConfig::new(2, 2)
    ///     .with_similarity(Similarity::Cosine)
    ///     .with_beta(Beta::Fixed(50.0))
    ///     .store(stored, None)?;
    /// let state = Tensor::<2>::from_data([[0.9, 0.1]], &Device::flex());
    /// let retrieved: Vec<f32> = layer.forward(state).into_data().try_to_vec().unwrap();
    /// assert!((retrieved[0] - 1.0).abs() < 1e-3 && retrieved[1].abs() < 1e-3);
    /// # Ok::<(), hopfield_layer::LayerError>(())
    /// ```
    pub fn store(
        &self,
        patterns: Tensor<2>,
        values: Option<Tensor<2>>,
    ) -> Result<HopfieldLayer, LayerError> {
        self.check()?;
        let calibrated = || {
            let allowed = "any other; then call `calibrate` on the layer".to_owned();
            let value = "calibrated".to_owned();
            LayerError::InvalidSettings(vec![InvalidSetting { field: "beta", value, allowed }])
        };
        let beta = self.beta_or_default().start(self.heads).ok_or_else(calibrated)?;
        let require = |what, found: [usize; 2], dim| {
            let expected = [self.patterns, dim];
            let right = found == expected;
            if right { Ok(()) } else { Err(LayerError::WrongShape { what, found, expected }) }
        };
        require("patterns", patterns.dims(), self.dim)?;
        match (self.values, &values) {
            (Some(Values { dim, .. }), Some(values)) => require("values", values.dims(), dim)?,
            (Some(_), None) => {
                return Err(LayerError::Values { by_settings: "some", given: "none" });
            }
            (None, Some(_)) => return Err(LayerError::Values { by_settings: "no", given: "some" }),
            (None, None) => {}
        }
        Ok(self.layer(patterns, values, beta))
    }

    /// β as set, or its default.
    fn beta_or_default(&self) -> Beta {
        let per_head = self.dim / self.heads.max(1);
        let attention = Beta::Trainable(1.0 / (per_head.max(1) as f64).sqrt());
        self.beta.clone().unwrap_or(attention)
    }

    fn draw_patterns(&self, seed: u64, device: &Device) -> Option<Tensor<2>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        draw_rows(self.init, [self.patterns, self.dim], &mut rng, device)
    }

    /// The values have random numbers of their own.
    fn draw_values(&self, dim: usize, init: Init, seed: u64, device: &Device) -> Option<Tensor<2>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1);
        draw_rows(init, [self.patterns, dim], &mut rng, device)
    }

    /// The settings and the tensors' shapes have been checked.
    fn layer(
        &self,
        patterns: Tensor<2>,
        values: Option<Tensor<2>>,
        beta: Vec<f64>,
    ) -> HopfieldLayer {
        let log_beta: Vec<f64> = beta.into_iter().map(f64::ln).collect();
        let options = (&patterns.device(), patterns.dtype());
        let log_beta = Tensor::<1>::from_data(log_beta.as_slice(), options);
        let layer = HopfieldLayer {
            patterns: Param::from_tensor(patterns.detach()),
            values: values.map(|values| Param::from_tensor(values.detach())),
            log_beta: Param::from_tensor(log_beta)
                .set_require_grad(self.beta_or_default().is_trainable()),
            similarity: self.similarity,
            separation: self.separation,
            steps: self.steps,
            range: self.range,
        };
        layer.project()
    }
}

fn require_dim(what: &'static str, rows: &Tensor<2>, expected: usize) -> Result<(), LayerError> {
    let [_, found] = rows.dims();
    let right = found == expected;
    if right { Ok(()) } else { Err(LayerError::WrongDimension { what, found, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_setting_is_reported() {
        let config = HopfieldLayerConfig::new(0, 0)
            .with_beta(Beta::Fixed(-1.0))
            .with_init(Init::Normal { mean: f64::NAN, std: 0.0 })
            .with_range(1.0, 0.0);
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
                assert!(HopfieldLayerConfig::new(2, 3).with_beta(beta).check().is_err());
            }
        }
    }

    #[test]
    fn settings_that_need_data_say_so() {
        let device = Device::flex();
        let config = HopfieldLayerConfig::new(2, 3);
        let error = config.clone().with_init(Init::Data).init(0, &device);
        assert_eq!(
            error.unwrap_err().to_string(),
            "`init` is data, which is drawn from data; make the layer with `init_on_data`"
        );
        let calibrated = Beta::Calibrated { spread: 1.0, trainable: false };
        let error = config.with_beta(calibrated).init(0, &device);
        assert!(matches!(error, Err(LayerError::NeedsData { field: "beta", .. })));
    }

    #[test]
    fn data_of_another_dimension_is_refused() {
        let device = Device::flex();
        let config = HopfieldLayerConfig::new(2, 3);
        let three = Tensor::<2>::ones([4, 3], &device);
        let four = Tensor::<2>::ones([4, 4], &device);
        let message = |config: &HopfieldLayerConfig, examples, states| {
            config.init_on_data(0, examples, states).unwrap_err().to_string()
        };
        // Examples that nothing is drawn from may be anything.
        assert!(config.init_on_data(0, &four, &three).is_ok());
        assert_eq!(message(&config, &three, &four), "states have dimension 4; needed is 3");
        let from_data = config.clone().with_init(Init::KMeansPlusPlus);
        assert_eq!(message(&from_data, &four, &three), "examples have dimension 4; needed is 3");
        let values = config.clone().with_values(6, Init::Data);
        assert_eq!(
            message(&values, &three, &three),
            "examples for the values have dimension 3; needed is 6"
        );
        assert_eq!(
            config.store(four, None).unwrap_err().to_string(),
            "patterns have shape [4, 4]; by the settings it is [2, 3]"
        );
        let stored = config.with_values(6, Init::Data).store(Tensor::ones([2, 3], &device), None);
        assert_eq!(
            stored.unwrap_err().to_string(),
            "the settings say some values of their own, but none are given"
        );
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
            message(config.clone().with_heads(2).with_values(5, Init::Data)),
            "`heads` is 2; allowed: a divisor of the values' dimension, 5"
        );
        assert!(message(config.clone().with_heads(0)).starts_with("`heads` is 0; "));
        let two = Beta::PerHead { start: vec![1.0, 2.0], trainable: true };
        assert_eq!(
            message(config.clone().with_heads(3).with_beta(two)),
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
    fn values_from_the_same_data_start_as_the_patterns() {
        let device = Device::flex();
        let numbers: Vec<f32> = (0..40).map(|i| i as f32).collect();
        let examples = Tensor::<1>::from_data(numbers.as_slice(), &device).reshape([20, 2]);
        let config = HopfieldLayerConfig::new(5, 2).with_init(Init::Data);
        let layer = config.clone().with_values(2, Init::Data);
        let layer = layer.init_on_data(3, &examples, &examples).unwrap();
        let patterns = layer.patterns.val().into_data();
        layer.values.unwrap().val().into_data().assert_eq(&patterns, true);
        // Drawn at random, they have numbers of their own.
        let normal = Init::Normal { mean: 0.0, std: 1.0 };
        let layer = config.with_init(normal).with_values(2, normal).init(3, &device).unwrap();
        assert_ne!(layer.patterns.val().into_data(), layer.values.unwrap().val().into_data());
    }
}
