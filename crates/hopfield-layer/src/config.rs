//! The settings of a layer and their allowed ranges.

use burn::tensor::{Device, Tensor, assert_shape};

use crate::init::{draw_examples, draw_patterns};
use crate::{HopfieldLayer, InvalidSetting, LayerError};

/// How a layer's inverse temperature β is set. Trained as log β, so that it stays positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Beta {
    /// β keeps this value.
    Fixed(f64),
    /// β starts at this value and is trained.
    Trainable(f64),
    /// β is set on data so that [`spread`](crate::spread)`(β·C)` has the given value.
    Calibrated {
        /// The standard deviation of β·C across the patterns; 1 to 2 keeps several patterns active.
        spread: f64,
        /// Whether β is trained from there.
        trainable: bool,
    },
}

impl Beta {
    /// Whether SGD trains β.
    pub fn is_trainable(self) -> bool {
        match self {
            Beta::Fixed(_) => false,
            Beta::Trainable(_) => true,
            Beta::Calibrated { trainable, .. } => trainable,
        }
    }
}

/// How the patterns start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// Every entry is uniform in [low, high).
    Uniform {
        /// Lower end, included.
        low: f64,
        /// Upper end, excluded.
        high: f64,
    },
    /// Every entry is normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// The patterns are distinct examples, drawn at random from data.
    Data,
}

/// The closed range [low, high] in which every entry of the patterns is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Smallest value allowed.
    pub low: f64,
    /// Largest value allowed.
    pub high: f64,
}

/// Settings of a [`HopfieldLayer`]; every `init…` method checks them.
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
    /// The inverse temperature. Default: trained from 1/√d, the scale of attention.
    pub beta: Beta,
    /// How the patterns start. Default: normal with mean 0 and standard deviation 1.
    pub init: Init,
    /// The range in which the patterns are kept ([`HopfieldLayer::project`]). Default: unbounded.
    pub range: Option<Range>,
}

impl HopfieldLayerConfig {
    /// N = `patterns` patterns of dimension d = `dim`, everything else at its default.
    pub fn new(patterns: usize, dim: usize) -> Self {
        Self {
            patterns,
            dim,
            beta: Beta::Trainable(1.0 / (dim.max(1) as f64).sqrt()),
            init: Init::Normal { mean: 0.0, std: 1.0 },
            range: None,
        }
    }

    /// Sets [`beta`](Self::beta).
    pub fn with_beta(mut self, beta: Beta) -> Self {
        self.beta = beta;
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
        let mut invalid = Vec::new();
        let mut require = |holds: bool, field, value: String, allowed| {
            if !holds {
                invalid.push(InvalidSetting { field, value, allowed });
            }
        };
        let whole = "a whole number, 1 or more";
        require(self.patterns > 0, "patterns", self.patterns.to_string(), whole);
        require(self.dim > 0, "dim", self.dim.to_string(), whole);

        let (field, value) = match self.beta {
            Beta::Fixed(beta) | Beta::Trainable(beta) => ("beta", beta),
            Beta::Calibrated { spread, .. } => ("beta.spread", spread),
        };
        // Everything is stored in f32.
        let finite = |number: f64| (number as f32).is_finite();
        let holds = (value as f32).is_normal() && value > 0.0;
        require(holds, field, format!("{value:?}"), "a number from 1.2e-38 to 3.4e38");

        match self.init {
            Init::Uniform { low, high } => require(
                finite(low) && finite(high) && low < high,
                "init.uniform",
                format!("[{low:?}, {high:?}]"),
                "low below high, both within ±3.4e38",
            ),
            Init::Normal { mean, std } => require(
                finite(mean) && finite(std) && std > 0.0,
                "init.normal",
                format!("mean {mean:?}, std {std:?}"),
                "a mean within ±3.4e38 and a std above 0 to 3.4e38",
            ),
            Init::Data => {}
        }
        if let Some(Range { low, high }) = self.range {
            require(
                finite(low) && finite(high) && low < high,
                "range",
                format!("[{low:?}, {high:?}]"),
                "low below high, both within ±3.4e38",
            );
        }
        if invalid.is_empty() { Ok(()) } else { Err(LayerError::InvalidSettings(invalid)) }
    }

    /// A layer whose settings need no data. Equal seeds give equal patterns on every device.
    ///
    /// # Errors
    ///
    /// A setting is out of range ([`check`](Self::check)), or needs data ([`Init::Data`],
    /// [`Beta::Calibrated`]): then use [`init_on_data`](Self::init_on_data).
    pub fn init(&self, seed: u64, device: &Device) -> Result<HopfieldLayer, LayerError> {
        self.check()?;
        let needs_data = |field, value| LayerError::NeedsData { field, value };
        let patterns = draw_patterns(self, seed, device).ok_or(needs_data("init", "data"))?;
        match self.beta {
            Beta::Calibrated { .. } => Err(needs_data("beta", "calibrated")),
            Beta::Fixed(beta) | Beta::Trainable(beta) => Ok(self.layer(patterns, beta)),
        }
    }

    /// A layer on the device of `examples`, from which [`Init::Data`] draws its patterns;
    /// [`Beta::Calibrated`] sets β on `states`, the states that the layer will answer.
    ///
    /// # Shapes
    ///
    /// - examples: `[n, d]`
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
        for (what, [_, found]) in [("examples", examples.dims()), ("states", states.dims())] {
            if found != self.dim {
                let expected = self.dim;
                return Err(LayerError::WrongDimension { what, found, expected });
            }
        }
        let patterns = match draw_patterns(self, seed, &examples.device()) {
            Some(patterns) => patterns,
            None => draw_examples(self.patterns, seed, examples)?,
        };
        match self.beta {
            Beta::Fixed(beta) | Beta::Trainable(beta) => Ok(self.layer(patterns, beta)),
            Beta::Calibrated { spread, .. } => {
                let mut layer = self.layer(patterns, 1.0);
                layer.calibrate(states.clone(), spread)?;
                Ok(layer)
            }
        }
    }

    fn layer(&self, patterns: Tensor<2>, beta: f64) -> HopfieldLayer {
        assert_shape!(patterns, [self.patterns, self.dim]);
        HopfieldLayer::assemble(patterns, beta, self.beta.is_trainable(), self.range).project()
    }
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
        assert!(config.init_on_data(0, &three, &three).is_ok());
        assert!(config.init_on_data(0, &four, &three).is_err());
        assert!(config.init_on_data(0, &three, &four).is_err());
    }
}
