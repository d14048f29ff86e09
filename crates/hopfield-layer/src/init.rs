//! Making a layer from its settings.

use burn::module::Param;
use burn::tensor::{Device, Tensor};
use hopfield_kernels::Precision;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::draw::{draw_examples, draw_rows, draw_seed};
use crate::{Beta, HopfieldLayer, HopfieldLayerConfig, Init, InvalidSetting, LayerError, Values};

impl HopfieldLayerConfig {
    /// A layer whose first patterns are drawn with a seed from the device's random numbers
    /// ([`Device::seed`]).
    ///
    /// # Panics
    ///
    /// If a setting is out of range or needs data. [`try_init`](Self::try_init) tells instead, and takes a seed.
    pub fn init(&self, device: &Device) -> HopfieldLayer {
        self.try_init(draw_seed(device), device).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A layer whose settings need no data. Equal seeds give equal patterns on every device.
    ///
    /// # Errors
    ///
    /// A setting is out of range ([`check`](Self::check)), or needs data ([`Init::Data`],
    /// [`Init::KMeansPlusPlus`], [`Beta::Calibrated`]): then use [`init_on_data`](Self::init_on_data).
    pub fn try_init(&self, seed: u64, device: &Device) -> Result<HopfieldLayer, LayerError> {
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
    ///     .with_beta(Some(Beta::Fixed(50.0)))
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
            precision: Precision::F32,
        };
        layer.project()
    }
}

impl HopfieldLayer {
    /// Stores the rows of `patterns` with a fixed β, compared by the dot product, separated by the softmax.
    /// For everything else there is [`HopfieldLayerConfig::store`].
    ///
    /// # Shapes
    ///
    /// - patterns: `[N, d]`
    ///
    /// # Errors
    ///
    /// There is no pattern, d is 0, or β is not a positive number.
    pub fn from_patterns(patterns: Tensor<2>, beta: f64) -> Result<Self, LayerError> {
        let [n, d] = patterns.dims();
        HopfieldLayerConfig::new(n, d).with_beta(Some(Beta::Fixed(beta))).store(patterns, None)
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
    fn settings_that_need_data_say_so() {
        let device = Device::flex();
        let config = HopfieldLayerConfig::new(2, 3);
        let error = config.clone().with_init(Init::Data).try_init(0, &device);
        assert_eq!(
            error.unwrap_err().to_string(),
            "`init` is data, which is drawn from data; make the layer with `init_on_data`"
        );
        let calibrated = Beta::Calibrated { spread: 1.0, trainable: false };
        let error = config.with_beta(Some(calibrated)).try_init(0, &device);
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
        let values = config.clone().with_values(Some(Values { dim: 6, init: Init::Data }));
        assert_eq!(
            message(&values, &three, &three),
            "examples for the values have dimension 3; needed is 6"
        );
        assert_eq!(
            config.store(four, None).unwrap_err().to_string(),
            "patterns have shape [4, 4]; by the settings it is [2, 3]"
        );
        let stored = config
            .with_values(Some(Values { dim: 6, init: Init::Data }))
            .store(Tensor::ones([2, 3], &device), None);
        assert_eq!(
            stored.unwrap_err().to_string(),
            "the settings say some values of their own, but none are given"
        );
    }

    #[test]
    fn values_from_the_same_data_start_as_the_patterns() {
        let device = Device::flex();
        let numbers: Vec<f32> = (0..40).map(|i| i as f32).collect();
        let examples = Tensor::<1>::from_data(numbers.as_slice(), &device).reshape([20, 2]);
        let config = HopfieldLayerConfig::new(5, 2).with_init(Init::Data);
        let layer = config.clone().with_values(Some(Values { dim: 2, init: Init::Data }));
        let layer = layer.init_on_data(3, &examples, &examples).unwrap();
        let patterns = layer.patterns.val().into_data();
        layer.values.unwrap().val().into_data().assert_eq(&patterns, true);
        // Drawn at random, they have numbers of their own.
        let normal = Init::Normal { mean: 0.0, std: 1.0 };
        let layer = config
            .with_init(normal)
            .with_values(Some(Values { dim: 2, init: normal }))
            .try_init(3, &device)
            .unwrap();
        assert_ne!(layer.patterns.val().into_data(), layer.values.unwrap().val().into_data());
    }

    #[test]
    fn the_random_numbers_of_the_device_decide() {
        let device = Device::flex();
        let config = HopfieldLayerConfig::new(3, 4);
        let draw = |seed| {
            device.seed(seed);
            config.init(&device).patterns.val().into_data()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_ne!(draw(2), config.init(&device).patterns.val().into_data());
    }

    #[test]
    #[should_panic(expected = "`heads` is 3; allowed: a divisor of the dimension, 4")]
    fn invalid_settings_panic() {
        HopfieldLayerConfig::new(3, 4).with_heads(3).init(&Device::flex());
    }

    #[test]
    fn invalid_stored_patterns_are_refused() {
        let device = Device::flex();
        let error = HopfieldLayer::from_patterns(Tensor::ones([2, 3], &device), -1.0);
        assert_eq!(
            error.unwrap_err().to_string(),
            "`beta` is -1.0; allowed: a number from 1.2e-38 to 3.4e38"
        );
    }
}
