//! The attention form: states look up patterns that are given with them.

use burn::module::{Module, Param};
use burn::nn::{Dropout, LayerNorm, Linear};
use burn::tensor::{Bool, Tensor, assert_shape};
use hopfield_kernels::matmul;

use crate::association::Association;
use crate::{Separation, Similarity};

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
/// Records hold the parameters; similarity, separation and steps come from the config.
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
    pub(crate) dims: [usize; 3],
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
        let answer = matmul(self.dropout.forward(weights), values); // [B, h, S, v]
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
            self.log_beta.val().reshape([1, h, 1, 1]),
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
