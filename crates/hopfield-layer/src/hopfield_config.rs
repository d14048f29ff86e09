//! The settings of the attention form.

use burn::config::Config;
use burn::module::Param;
use burn::nn::{DropoutConfig, LayerNormConfig, Linear};
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::draw::{draw_rows, draw_seed};
use crate::error::Checks;
use crate::{Beta, Hopfield, Init, LayerError, Separation, Similarity};

/// Settings of a [`Hopfield`] module. Nothing is projected or normalised unless asked for.
///
/// ```
/// use burn::tensor::{Device, Distribution, Tensor};
/// use hopfield_layer::{HopfieldConfig, HopfieldInput};
///
/// // 4 states look up 9 stored patterns in a learned space of 2 heads × 8 dimensions.
/// let device = Device::flex();
/// let hopfield = HopfieldConfig::new(32)
///     .with_heads(2)
///     .with_hidden_dim(Some(8))
///     .with_value_hidden_dim(Some(16))
///     .with_output_dim(Some(10))
///     .init(&device);
/// let states = Tensor::<3>::random([5, 4, 32], Distribution::Default, &device);
/// let stored = Tensor::<3>::random([5, 9, 32], Distribution::Default, &device);
/// let found = hopfield.forward(HopfieldInput::new(states, stored));
/// assert_eq!(found.dims(), [5, 4, 10]);
/// ```
#[derive(Config, Debug, PartialEq)]
pub struct HopfieldConfig {
    /// Dimension of the states.
    pub state_dim: usize,
    /// Dimension of the stored patterns. Without, that of the states.
    pub stored_dim: Option<usize>,
    /// Dimension of the values. Without, that of the stored patterns.
    pub value_dim: Option<usize>,
    /// h, the number of heads.
    #[config(default = 1)]
    pub heads: usize,
    /// Dimension, per head, of the space in which states and stored patterns are compared, through the learned
    /// projections W_Q and W_K. Without, there is no projection; states and stored patterns are split into h parts.
    pub hidden_dim: Option<usize>,
    /// Dimension, per head, of the values after the learned projection W_V. Without, there is no projection; values
    /// are split into h parts.
    pub value_hidden_dim: Option<usize>,
    /// Dimension of the answer after the learned projection W_O of all heads. Without, there is no projection.
    pub output_dim: Option<usize>,
    /// Whether the projections add a learned bias.
    #[config(default = true)]
    pub bias: bool,
    /// Whether states go through a learned layer norm first.
    #[config(default = false)]
    pub normalise_states: bool,
    /// Whether stored patterns go through a learned layer norm first.
    #[config(default = false)]
    pub normalise_stored: bool,
    /// Whether values go through a learned layer norm first.
    #[config(default = false)]
    pub normalise_values: bool,
    /// How states and stored patterns are compared.
    #[config(default = "Similarity::Dot")]
    pub similarity: Similarity,
    /// How scores become weights.
    #[config(default = "Separation::Softmax")]
    pub separation: Separation,
    /// Update steps, 1 or more; 1 is attention.
    #[config(default = 1)]
    pub steps: usize,
    /// The inverse temperature: fixed, trainable or per head. Without, it is fixed at 1/√k, k the dimension in which a
    /// head compares.
    pub beta: Option<Beta>,
    /// The probability with which a weight is dropped in training.
    #[config(default = 0.0)]
    pub dropout: f64,
}

impl HopfieldConfig {
    /// Checks every setting.
    ///
    /// # Errors
    ///
    /// [`LayerError::InvalidSettings`] with all settings that are out of range.
    pub fn check(&self) -> Result<(), LayerError> {
        let mut checks = Checks::default();
        checks.count("state_dim", self.state_dim);
        checks.count("stored_dim", self.stored_dim());
        checks.count("value_dim", self.value_dim());
        checks.count("heads", self.heads);
        match self.hidden_dim {
            Some(dim) => checks.count("hidden_dim", dim),
            None => {
                let same = self.stored_dim() == self.state_dim;
                let allowed =
                    format!("that of the states, {}, without a hidden_dim", self.state_dim);
                checks.require(same, "stored_dim", self.stored_dim(), allowed);
                checks.divides("heads", self.heads, self.state_dim, "a divisor of state_dim");
            }
        }
        match self.value_hidden_dim {
            Some(dim) => checks.count("value_hidden_dim", dim),
            None => checks.divides("heads", self.heads, self.value_dim(), "a divisor of value_dim"),
        }
        checks.count("output_dim", self.output_dim.unwrap_or(1));
        checks.separation(self.separation, self.similarity);
        checks.count("steps", self.steps);
        let dropout = (0.0..1.0).contains(&self.dropout);
        checks.require(dropout, "dropout", self.dropout, "a number from 0 to below 1");
        let allowed = "fixed, trainable or per head";
        match &self.beta {
            Some(Beta::Calibrated { .. }) => checks.require(false, "beta", "calibrated", allowed),
            Some(Beta::Scheduled(_)) => checks.require(false, "beta", "scheduled", allowed),
            Some(beta) => checks.beta(beta, self.heads),
            None => {}
        }
        checks.end()
    }

    /// A module whose projections are drawn with a seed from the device's random numbers ([`Device::seed`]).
    ///
    /// # Panics
    ///
    /// If a setting is out of range. [`try_init`](Self::try_init) tells instead, and takes a seed.
    pub fn init(&self, device: &Device) -> Hopfield {
        self.try_init(draw_seed(device), device).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A module with projections drawn from `seed`: equal seeds give equal ones on every device.
    ///
    /// # Errors
    ///
    /// A setting is out of range; see [`check`](Self::check).
    pub fn try_init(&self, seed: u64, device: &Device) -> Result<Hopfield, LayerError> {
        self.check()?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut linear = |from: usize, to: Option<usize>| {
            to.map(|to| linear(from, to, self.bias, &mut rng, device))
        };
        let hidden = self.hidden_dim.map(|dim| dim * self.heads);
        let value_hidden = self.value_hidden_dim.map(|dim| dim * self.heads);
        let norm = |wanted: bool, dim| wanted.then(|| LayerNormConfig::new(dim).init(device));
        let log_beta: Vec<f64> = self.start_beta().into_iter().map(f64::ln).collect();
        let log_beta = Tensor::<1>::from_data(log_beta.as_slice(), device);
        let trainable = self.beta.as_ref().is_some_and(Beta::is_trainable);
        Ok(Hopfield {
            norm_states: norm(self.normalise_states, self.state_dim),
            norm_stored: norm(self.normalise_stored, self.stored_dim()),
            norm_values: norm(self.normalise_values, self.value_dim()),
            query: linear(self.state_dim, hidden),
            key: linear(self.stored_dim(), hidden),
            value: linear(self.value_dim(), value_hidden),
            output: linear(value_hidden.unwrap_or(self.value_dim()), self.output_dim),
            log_beta: Param::from_tensor(log_beta).set_require_grad(trainable),
            dropout: DropoutConfig::new(self.dropout).init(),
            dims: [self.state_dim, self.stored_dim(), self.value_dim()],
            similarity: self.similarity,
            separation: self.separation,
            steps: self.steps,
        })
    }

    fn stored_dim(&self) -> usize {
        self.stored_dim.unwrap_or(self.state_dim)
    }

    fn value_dim(&self) -> usize {
        self.value_dim.unwrap_or(self.stored_dim())
    }

    /// The first β of every head.
    fn start_beta(&self) -> Vec<f64> {
        let compared = self.hidden_dim.unwrap_or(self.state_dim / self.heads);
        let attention = vec![1.0 / (compared as f64).sqrt(); self.heads];
        self.beta.as_ref().and_then(|beta| beta.start(self.heads)).unwrap_or(attention)
    }
}

/// A linear layer, Xavier-uniform (Glorot & Bengio 2010), drawn on the host.
fn linear(from: usize, to: usize, bias: bool, rng: &mut ChaCha8Rng, device: &Device) -> Linear {
    let bound = (6.0 / (from + to) as f64).sqrt();
    let weight = draw_rows(Init::Uniform { low: -bound, high: bound }, [from, to], rng, device);
    Linear {
        weight: Param::from_tensor(weight.expect("uniform numbers need no data")),
        bias: bias.then(|| Param::from_tensor(Tensor::zeros([to], device))),
    }
}
