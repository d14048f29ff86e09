//! The attention form: states look up patterns that are given with them.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, LayerNorm, LayerNormConfig, Linear};
use burn::tensor::{Bool, Device, Tensor, assert_shape};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::association::Association;
use crate::error::Checks;
use crate::init::draw_rows;
use crate::{Beta, Init, LayerError, Separation, Similarity};

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
///     .with_hidden_dim(8)
///     .with_value_hidden_dim(16)
///     .with_output_dim(10)
///     .init(1, &device)?;
/// let states = Tensor::<3>::random([5, 4, 32], Distribution::Default, &device);
/// let stored = Tensor::<3>::random([5, 9, 32], Distribution::Default, &device);
/// let found = hopfield.forward(HopfieldInput::new(states, stored));
/// assert_eq!(found.dims(), [5, 4, 10]);
/// # Ok::<(), hopfield_layer::LayerError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HopfieldConfig {
    /// Dimension of the states.
    pub state_dim: usize,
    /// Dimension of the stored patterns. Default: that of the states.
    pub stored_dim: usize,
    /// Dimension of the values. Default: that of the stored patterns.
    pub value_dim: usize,
    /// h, the number of heads. Default: 1.
    pub heads: usize,
    /// Dimension, per head, of the space in which states and stored patterns are compared, through the learned
    /// projections W_Q and W_K. Default: no projection; states and stored patterns are split into h parts.
    pub hidden_dim: Option<usize>,
    /// Dimension, per head, of the values after the learned projection W_V. Default: no projection; values are split into h parts.
    pub value_hidden_dim: Option<usize>,
    /// Dimension of the answer after the learned projection W_O of all heads. Default: no projection.
    pub output_dim: Option<usize>,
    /// Whether the projections add a learned bias. Default: true.
    pub bias: bool,
    /// Whether states go through a learned layer norm first. Default: false.
    pub normalise_states: bool,
    /// Whether stored patterns go through a learned layer norm first. Default: false.
    pub normalise_stored: bool,
    /// Whether values go through a learned layer norm first. Default: false.
    pub normalise_values: bool,
    /// How states and stored patterns are compared. Default: the dot product.
    pub similarity: Similarity,
    /// How scores become weights. Default: softmax.
    pub separation: Separation,
    /// Update steps, 1 or more. Default: 1, which is attention.
    pub steps: usize,
    /// The inverse temperature: fixed, trainable or per head. Default: fixed at 1/√k, k the dimension in which a
    /// head compares.
    pub beta: Option<Beta>,
    /// The probability with which a weight is dropped in training. Default: 0.
    pub dropout: f64,
}

impl HopfieldConfig {
    /// For states, stored patterns and values of one dimension, everything else at its default.
    pub fn new(dim: usize) -> Self {
        Self {
            state_dim: dim,
            stored_dim: dim,
            value_dim: dim,
            heads: 1,
            hidden_dim: None,
            value_hidden_dim: None,
            output_dim: None,
            bias: true,
            normalise_states: false,
            normalise_stored: false,
            normalise_values: false,
            similarity: Similarity::Dot,
            separation: Separation::Softmax,
            steps: 1,
            beta: None,
            dropout: 0.0,
        }
    }

    /// Sets [`stored_dim`](Self::stored_dim), and [`value_dim`](Self::value_dim) with it.
    pub fn with_stored_dim(mut self, dim: usize) -> Self {
        self.stored_dim = dim;
        self.value_dim = dim;
        self
    }

    /// Sets [`value_dim`](Self::value_dim).
    pub fn with_value_dim(mut self, dim: usize) -> Self {
        self.value_dim = dim;
        self
    }

    /// Sets [`heads`](Self::heads).
    pub fn with_heads(mut self, heads: usize) -> Self {
        self.heads = heads;
        self
    }

    /// Sets [`hidden_dim`](Self::hidden_dim).
    pub fn with_hidden_dim(mut self, dim: usize) -> Self {
        self.hidden_dim = Some(dim);
        self
    }

    /// Sets [`value_hidden_dim`](Self::value_hidden_dim).
    pub fn with_value_hidden_dim(mut self, dim: usize) -> Self {
        self.value_hidden_dim = Some(dim);
        self
    }

    /// Sets [`output_dim`](Self::output_dim).
    pub fn with_output_dim(mut self, dim: usize) -> Self {
        self.output_dim = Some(dim);
        self
    }

    /// Sets [`bias`](Self::bias).
    pub fn with_bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// Sets [`normalise_states`](Self::normalise_states), [`normalise_stored`](Self::normalise_stored) and
    /// [`normalise_values`](Self::normalise_values).
    pub fn with_normalise(mut self, states: bool, stored: bool, values: bool) -> Self {
        (self.normalise_states, self.normalise_stored, self.normalise_values) =
            (states, stored, values);
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

    /// Sets [`dropout`](Self::dropout).
    pub fn with_dropout(mut self, dropout: f64) -> Self {
        self.dropout = dropout;
        self
    }

    /// Checks every setting.
    ///
    /// # Errors
    ///
    /// [`LayerError::InvalidSettings`] with all settings that are out of range.
    pub fn check(&self) -> Result<(), LayerError> {
        let mut checks = Checks::default();
        checks.count("state_dim", self.state_dim);
        checks.count("stored_dim", self.stored_dim);
        checks.count("value_dim", self.value_dim);
        checks.count("heads", self.heads);
        match self.hidden_dim {
            Some(dim) => checks.count("hidden_dim", dim),
            None => {
                let same = self.stored_dim == self.state_dim;
                let allowed =
                    format!("that of the states, {}, without a hidden_dim", self.state_dim);
                checks.require(same, "stored_dim", self.stored_dim, allowed);
                checks.divides("heads", self.heads, self.state_dim, "a divisor of state_dim");
            }
        }
        match self.value_hidden_dim {
            Some(dim) => checks.count("value_hidden_dim", dim),
            None => checks.divides("heads", self.heads, self.value_dim, "a divisor of value_dim"),
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

    /// A module with projections drawn from `seed`: equal seeds give equal ones on every device.
    ///
    /// # Errors
    ///
    /// A setting is out of range; see [`check`](Self::check).
    pub fn init(&self, seed: u64, device: &Device) -> Result<Hopfield, LayerError> {
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
            norm_stored: norm(self.normalise_stored, self.stored_dim),
            norm_values: norm(self.normalise_values, self.value_dim),
            query: linear(self.state_dim, hidden),
            key: linear(self.stored_dim, hidden),
            value: linear(self.value_dim, value_hidden),
            output: linear(value_hidden.unwrap_or(self.value_dim), self.output_dim),
            log_beta: Param::from_tensor(log_beta).set_require_grad(trainable),
            dropout: DropoutConfig::new(self.dropout).init(),
            dims: [self.state_dim, self.stored_dim, self.value_dim],
            similarity: self.similarity,
            separation: self.separation,
            steps: self.steps,
        })
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

/// States look up stored patterns that come with them: attention with any similarity and separation, and any
/// number of update steps.
///
/// ```text
/// q = states · W_Q          k = stored · W_K          v = values · W_V           per head
/// q ← φ(separation(β · C(q, k)) · k)                                             steps − 1 times
/// answer = separation(β · C(q, k)) · v · W_O
/// ```
///
/// With dot product, softmax and one step this is `softmax(β Q Kᵀ) V`, attention (Ramsauer et al. 2020, eq. 10;
/// their R are our states, their Y our stored patterns). Projections and norms that are None leave things
/// as they are. The patterns of a [`HopfieldLayer`](crate::HopfieldLayer) belong to the layer; these come with the input.
#[derive(Module, Debug)]
pub struct Hopfield {
    /// Layer norm of the states.
    pub norm_states: Option<LayerNorm>,
    /// Layer norm of the stored patterns.
    pub norm_stored: Option<LayerNorm>,
    /// Layer norm of the values.
    pub norm_values: Option<LayerNorm>,
    /// W_Q.
    pub query: Option<Linear>,
    /// W_K.
    pub key: Option<Linear>,
    /// W_V.
    pub value: Option<Linear>,
    /// W_O.
    pub output: Option<Linear>,
    /// log β, one per head: `[h]`.
    pub log_beta: Param<Tensor<1>>,
    /// Drops weights in training.
    pub dropout: Dropout,
    /// Dimensions of states, stored patterns and values.
    #[module(skip)]
    dims: [usize; 3],
    /// How states and stored patterns are compared.
    #[module(skip)]
    pub similarity: Similarity,
    /// How scores become weights.
    #[module(skip)]
    pub separation: Separation,
    /// Update steps, 1 or more.
    #[module(skip)]
    pub steps: usize,
}

/// What a [`Hopfield`] module answers.
#[derive(Debug, Clone)]
pub struct HopfieldInput {
    states: Tensor<3>,
    stored: Tensor<3>,
    values: Option<Tensor<3>>,
    padding: Option<Tensor<2, Bool>>,
    mask: Option<Tensor<3, Bool>>,
}

impl HopfieldInput {
    /// Every state looks up every stored pattern of its batch entry; the values are the stored patterns.
    ///
    /// # Shapes
    ///
    /// - states: `[B, S, state_dim]`
    /// - stored: `[B, N, stored_dim]`
    pub fn new(states: Tensor<3>, stored: Tensor<3>) -> Self {
        Self { states, stored, values: None, padding: None, mask: None }
    }

    /// The patterns look up one another, as in self-attention.
    ///
    /// # Shapes
    ///
    /// - patterns: `[B, N, state_dim]`
    pub fn among(patterns: Tensor<3>) -> Self {
        Self::new(patterns.clone(), patterns)
    }

    /// The answer is made of these values instead of the stored patterns.
    ///
    /// # Shapes
    ///
    /// - values: `[B, N, value_dim]`
    pub fn with_values(mut self, values: Tensor<3>) -> Self {
        self.values = Some(values);
        self
    }

    /// True for rows that are no stored patterns: they get no weight and don't count in the centre of
    /// [`Similarity::CentredDot`], whatever they contain. A batch entry of nothing but padding is answered with 0
    /// (before W_O).
    ///
    /// # Shapes
    ///
    /// - padding: `[B, N]`
    pub fn with_padding(mut self, padding: Tensor<2, Bool>) -> Self {
        self.padding = Some(padding);
        self
    }

    /// True for pairs of state and stored pattern that must not meet.
    ///
    /// # Shapes
    ///
    /// - mask: `[B, S, N]`, or `[1, S, N]` for the whole batch
    pub fn with_mask(mut self, mask: Tensor<3, Bool>) -> Self {
        self.mask = Some(mask);
        self
    }
}

impl Hopfield {
    /// The answers to the states.
    ///
    /// # Shapes
    ///
    /// - answer: `[B, S, m]`, m = `output_dim`, else h · `value_hidden_dim`, else `value_dim`
    ///
    /// # Panics
    ///
    /// If a shape of the input is another than documented there.
    pub fn forward(&self, input: HopfieldInput) -> Tensor<3> {
        let (weights, values) = self.look_up(input);
        let answer = self.dropout.forward(weights).matmul(values); // [B, h, S, v]
        let [b, h, s, v] = answer.dims();
        let answer = answer.swap_dims(1, 2).reshape([b, s, h * v]);
        apply(&self.output, answer)
    }

    /// The association weights with which [`forward`](Self::forward) answers, before dropout.
    ///
    /// # Shapes
    ///
    /// - weights: `[B, h, S, N]`
    ///
    /// # Panics
    ///
    /// As [`forward`](Self::forward).
    pub fn associate(&self, input: HopfieldInput) -> Tensor<4> {
        self.look_up(input).0
    }

    /// Weights `[B, h, S, N]` and values `[B, h, N, v]`.
    fn look_up(&self, input: HopfieldInput) -> (Tensor<4>, Tensor<4>) {
        let HopfieldInput { states, stored, values, padding, mask } = input;
        let ([b, s, _], [_, n, _]) = (states.dims(), stored.dims());
        let [state_dim, stored_dim, value_dim] = self.dims;
        assert_shape!(states, [b, s, state_dim]);
        assert_shape!(stored, [b, n, stored_dim]);
        let values = values.unwrap_or(stored.clone());
        assert_shape!(values, [b, n, value_dim]);
        let blank = |rows: Tensor<3>| match &padding {
            Some(padding) => {
                assert_shape!(padding, [b, n]);
                let mask = padding.clone().unsqueeze_dim::<3>(2).expand(rows.shape());
                rows.mask_fill(mask, 0.0)
            }
            None => rows,
        };
        let norm = |norm: &Option<LayerNorm>, rows: Tensor<3>| match norm {
            Some(norm) => norm.forward(rows),
            None => rows,
        };
        let q = apply(&self.query, norm(&self.norm_states, states));
        let k = apply(&self.key, norm(&self.norm_stored, blank(stored)));
        let v = apply(&self.value, norm(&self.norm_values, blank(values)));

        let h = self.log_beta.dims()[0];
        let mask = mask.map(|mask| {
            assert_shape!(mask, [_, s, n]);
            mask.unsqueeze_dim::<4>(1).expand([b, h, s, n])
        });
        let padded =
            padding.clone().map(|padding| padding.reshape([b, 1, 1, n]).expand([b, h, s, n]));
        let mask = match (mask, padded) {
            (Some(mask), Some(padded)) => Some(mask.bool_or(padded)),
            (mask, padded) => mask.or(padded),
        };
        let association = Association::masked(
            self.similarity,
            self.separation,
            by_head(k, h),
            self.log_beta.val().exp().reshape([1, h, 1, 1]),
            padding.map(|padding| padding.reshape([b, 1, n, 1]).expand([b, h, n, 1])),
            mask,
        );
        (association.unroll(by_head(q, h), self.steps), by_head(v, h))
    }
}

/// `[B, N, h·k]` to `[B, h, N, k]`.
fn by_head(rows: Tensor<3>, heads: usize) -> Tensor<4> {
    let [b, n, width] = rows.dims();
    rows.reshape([b, n, heads, width / heads]).swap_dims(1, 2)
}

fn apply(linear: &Option<Linear>, rows: Tensor<3>) -> Tensor<3> {
    match linear {
        Some(linear) => linear.forward(rows),
        None => rows,
    }
}
