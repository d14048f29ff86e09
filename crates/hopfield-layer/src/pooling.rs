//! Pooling: learned states look up a set of patterns.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Bool, Device, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::draw::{draw_rows, draw_seed};
use crate::error::Checks;
use crate::{Hopfield, HopfieldConfig, HopfieldInput, Init, LayerError};

/// Settings of a [`HopfieldPooling`] module.
///
/// ```
/// use burn::tensor::{Device, Distribution, Tensor};
/// use hopfield_layer::{HopfieldConfig, HopfieldPoolingConfig};
///
/// // Bags of 9 instances become 2 vectors each, whatever the order of the instances.
/// let device = Device::flex();
/// let pooling = HopfieldPoolingConfig::new(2, HopfieldConfig::new(16)).init(&device);
/// let bags = Tensor::<3>::random([5, 9, 16], Distribution::Default, &device);
/// assert_eq!(pooling.forward(bags, None).dims(), [5, 2, 16]);
/// ```
#[derive(Config, Debug, PartialEq)]
pub struct HopfieldPoolingConfig {
    /// How many learned states there are: the answers per set.
    pub states: usize,
    /// The association.
    pub hopfield: HopfieldConfig,
    /// How the learned states start; not from data. With the small numbers of the default, near mean pooling.
    #[config(default = "Init::Normal { mean: 0.0, std: 0.02 }")]
    pub init: Init,
}

impl HopfieldPoolingConfig {
    /// A module drawn with a seed from the device's random numbers ([`Device::seed`]).
    ///
    /// # Panics
    ///
    /// If a setting is out of range. [`try_init`](Self::try_init) tells instead, and takes a seed.
    pub fn init(&self, device: &Device) -> HopfieldPooling {
        self.try_init(draw_seed(device), device).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A module drawn from `seed`: equal seeds give equal ones on every device.
    ///
    /// # Errors
    ///
    /// A setting is out of range.
    pub fn try_init(&self, seed: u64, device: &Device) -> Result<HopfieldPooling, LayerError> {
        let hopfield = self.hopfield.try_init(seed, device)?;
        let mut checks = Checks::default();
        checks.count("states", self.states);
        checks.init(["init.uniform", "init.normal"], self.init);
        let drawn = !self.init.needs_data();
        checks.require(drawn, "init", "from data", "uniform or normal");
        checks.end()?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1);
        let shape = [self.states, self.hopfield.state_dim];
        let states = draw_rows(self.init, shape, &mut rng, device);
        let states = states.expect("what is drawn from data was refused");
        Ok(HopfieldPooling { states: Param::from_tensor(states), hopfield })
    }
}

/// Learned states look up the patterns of a set and so sum it up, for multiple-instance learning or in place
/// of a pooling layer: [`Hopfield`] with the same states for every batch entry. The order of the
/// patterns makes no difference.
#[derive(Module, Debug)]
pub struct HopfieldPooling {
    /// The learned states: `[S, state_dim]`.
    pub states: Param<Tensor<2>>,
    /// The association.
    pub hopfield: Hopfield,
}

impl HopfieldPooling {
    /// Sums up every set. With values of their own, or a mask: [`input`](Self::input).
    ///
    /// # Shapes
    ///
    /// - stored: `[B, N, stored_dim]`
    /// - padding: `[B, N]`, true for rows that are no patterns
    /// - answer: `[B, S, m]` as of [`Hopfield::forward`]
    ///
    /// # Panics
    ///
    /// If a shape is another, or `value_dim` says that the values are not the stored patterns.
    pub fn forward(&self, stored: Tensor<3>, padding: Option<Tensor<2, Bool>>) -> Tensor<3> {
        self.hopfield.forward(self.padded(stored, padding))
    }

    /// The association weights with which [`forward`](Self::forward) answers.
    ///
    /// # Shapes
    ///
    /// - stored: `[B, N, stored_dim]`
    /// - padding: `[B, N]`
    /// - weights: `[B, h, S, N]`
    ///
    /// # Panics
    ///
    /// If a shape is another.
    pub fn associate(&self, stored: Tensor<3>, padding: Option<Tensor<2, Bool>>) -> Tensor<4> {
        self.hopfield.associate(self.padded(stored, padding))
    }

    /// The learned states and a batch of sets, for [`Hopfield::forward`] and [`Hopfield::associate`] with more than padding:
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use hopfield_layer::{HopfieldConfig, HopfieldPoolingConfig};
    ///
    /// // Instances of 16 numbers are looked up, what is summed up are 3 numbers of each.
    /// let device = Device::flex();
    /// let config = HopfieldConfig::new(16).with_value_dim(Some(3));
    /// let pooling = HopfieldPoolingConfig::new(2, config).init(&device);
    /// let (bags, values) = (Tensor::ones([5, 9, 16], &device), Tensor::ones([5, 9, 3], &device));
    /// let found = pooling.hopfield.forward(pooling.input(bags).with_values(values));
    /// assert_eq!(found.dims(), [5, 2, 3]);
    /// ```
    ///
    /// # Shapes
    ///
    /// - stored: `[B, N, stored_dim]`
    pub fn input(&self, stored: Tensor<3>) -> HopfieldInput {
        let [b, _, _] = stored.dims();
        let [s, d] = self.states.dims();
        let states = self.states.val().unsqueeze::<3>().expand([b, s, d]);
        HopfieldInput::new(states, stored)
    }

    fn padded(&self, stored: Tensor<3>, padding: Option<Tensor<2, Bool>>) -> HopfieldInput {
        let input = self.input(stored);
        match padding {
            Some(padding) => input.with_padding(padding),
            None => input,
        }
    }
}
