//! The layer: its parts and its answer.

use burn::module::{Content, DisplaySettings, Module, ModuleDisplay, Param};
use burn::tensor::{Tensor, assert_shape};
use hopfield_kernels::{Precision, fused, matmul_with};

use crate::association::Association;
use crate::heads::{join, split};
use crate::{Range, Separation, Similarity};

/// A dense Hopfield layer, made by [`HopfieldLayerConfig`](crate::HopfieldLayerConfig) or [`from_patterns`](Self::from_patterns).
///
/// ```text
/// C = similarity(I, H)         [B, N]
/// P = separation(β · C)        [B, N]
/// R = P · V                    [B, m]      V = H, unless the layer has values of its own
/// ```
///
/// With the defaults, dot product and softmax, this is `R = softmax(β · I · Hᵀ) · H`: one update step of
/// the continuous Hopfield network of Ramsauer et al. (2020, eq. 3), and attention with queries `I`, keys
/// and values `H`, and scale β. With `G = ∂L/∂R`, `A = G Hᵀ` and `S = P ∘ (A − rowsum(P ∘ A))`, its
/// gradients are
///
/// ```text
/// ∂L/∂H = Pᵀ G + β Sᵀ I        ∂L/∂I = β S H        ∂L/∂log β = β Σ S ∘ (I Hᵀ)
/// ```
///
/// Whatever the states, `R` lies in the convex hull of the values (with [heads](#heads), each head's part in
/// that of its parts): the range of the output is the range of `V`. The separations whose weights may sum
/// to less than 1 ([`Separation::sums_to_one`]) add 0 to the hull.
///
/// # Steps
///
/// With `steps` above 1 the state is updated in the [key space](Similarity) before the answer is read:
/// `q ← φ(P · K)`, all steps in the autodiff graph. To go on until nothing changes, use
/// [`retrieve`](Self::retrieve).
///
/// # Heads
///
/// With h heads, states, patterns and values are split into h parts of d/h (m/h) entries. Each head
/// compares its parts with an own β and answers with its parts; the answers are put side by side. All
/// that is per pattern without heads is per head and pattern with them, head by head: weights are
/// `[B, h·N]`, head 1's N first.
///
/// # Records
///
/// The record of a layer ([`Module::into_record`], [`Module::save_file`]) holds its settings beside its tensors. A layer
/// of the same shapes that loads it gives the same answers, bit for bit, even if it was made with another similarity,
/// separation, number of steps or range, or with another choice of whether β is trained.
#[derive(Debug, Clone)]
pub struct HopfieldLayer {
    /// H, one pattern per row: `[N, d]`.
    pub patterns: Param<Tensor<2>>,
    /// V, one value per row: `[N, m]`. None: the patterns are the values.
    pub values: Option<Param<Tensor<2>>>,
    /// log β, one per head: `[h]`. Trained if the config says so.
    pub log_beta: Param<Tensor<1>>,
    /// How states and patterns are compared.
    pub similarity: Similarity,
    /// How scores become weights.
    pub separation: Separation,
    /// Update steps of [`forward`](Self::forward), 1 or more.
    pub steps: usize,
    /// The range in which [`project`](Self::project) keeps patterns and values.
    pub range: Option<Range>,
    /// How exactly the products with patterns and values are found while the layer is trained. [`Module::valid`] returns a
    /// layer with [`Precision::F32`]. Not part of a record.
    pub precision: Precision,
}

/// What a layer makes of a batch of states.
#[derive(Debug, Clone)]
pub struct Answer {
    /// P: `[B, h·N]`.
    pub weights: Tensor<2>,
    /// R: `[B, m]`.
    pub retrieved: Tensor<2>,
}

/// The most weights that `forward` has at a time without autodiff: 1 GiB.
const MOST_WEIGHTS: usize = 1 << 28;

impl HopfieldLayer {
    /// Retrieves: `R = P · V`, the mean of the values under the association weights. Without autodiff, many states are answered
    /// in blocks, whose weights take 1 GiB at most.
    ///
    /// # Shapes
    ///
    /// - states: `[..., d]`, usually `[B, d]` or `[B, S, d]`
    /// - retrieved: `[..., m]`; m = d unless the layer has values of its own
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn forward<const D: usize>(&self, states: Tensor<D>) -> Tensor<D> {
        let mut shape = states.dims();
        shape[D - 1] = self.output_dim();
        let states = self.rows(states);
        let patterns = self.patterns.val();
        let retrieved = if self.is_plain() && fused::fits(&[&states, &patterns]) {
            fused::retrieve(states, patterns, self.log_beta.val().exp().unsqueeze())
        } else {
            self.retrieved(states, MOST_WEIGHTS)
        };
        retrieved.reshape(shape)
    }

    /// R of states `[B, d]`; without autodiff, in blocks of states that have at most so many weights.
    fn retrieved(&self, states: Tensor<2>, most_weights: usize) -> Tensor<2> {
        let [b, _] = states.dims();
        let block = (most_weights / (self.heads() * self.pattern_count())).max(1);
        if b <= block || states.is_autodiff() || self.patterns.val().is_autodiff() {
            return self.answer(states).retrieved;
        }
        let of_block = |start: usize| {
            let states = states.clone().slice_dim(0, start..b.min(start + block));
            self.answer(states).retrieved
        };
        Tensor::cat((0..b).step_by(block).map(of_block).collect(), 0)
    }

    /// The association weights P with which [`forward`](Self::forward) answers; every row sums to 1, head
    /// by head (but see [`Separation::sums_to_one`]).
    ///
    /// # Shapes
    ///
    /// - states: `[..., d]`
    /// - weights: `[..., h·N]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn associate<const D: usize>(&self, states: Tensor<D>) -> Tensor<D> {
        let mut shape = states.dims();
        let weights = self.answer(self.rows(states)).weights;
        shape[D - 1] = weights.dims()[1];
        weights.reshape(shape)
    }

    /// [`forward`](Self::forward) and [`associate`](Self::associate) in one.
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn answer(&self, states: Tensor<2>) -> Answer {
        let states = self.rows(states);
        let (patterns, log_beta) = (self.patterns.val(), self.log_beta.val());
        match self.heads() {
            1 => {
                let association = self.association(patterns, log_beta.unsqueeze()); // [1, 1]
                let weights = association.unroll(states, self.steps);
                let retrieved = mix(weights.clone(), self.value_rows(), self.precision);
                Answer { retrieved, weights }
            }
            h => {
                let association = self.by_head();
                let weights = association.unroll(split(states, h), self.steps); // [h, B, N]
                let values = split(self.value_rows(), h);
                let retrieved = matmul_with(self.precision, weights.clone(), values);
                Answer { retrieved: join(retrieved), weights: join(weights) }
            }
        }
    }

    /// The similarities C of the states to the patterns, before any update step.
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    /// - similarities: `[B, h·N]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn similarities(&self, states: Tensor<2>) -> Tensor<2> {
        let association = self.by_head();
        let q = association.space().states(split(self.rows(states), self.heads()));
        join(association.space().similarities(q))
    }

    /// The inverse temperature β of every head, read from the device.
    pub fn beta(&self) -> Vec<f64> {
        self.log_beta.val().into_data().iter::<f64>().map(f64::exp).collect()
    }

    /// Whether an optimiser trains β.
    pub fn beta_is_trainable(&self) -> bool {
        // A parameter off autodiff remembers this, but only tells when it is put back on.
        self.log_beta.valid().train().is_require_grad()
    }

    /// N, the number of patterns.
    pub fn pattern_count(&self) -> usize {
        self.patterns.dims()[0]
    }

    /// d, the dimension of a state.
    pub fn dim(&self) -> usize {
        self.patterns.dims()[1]
    }

    /// m, the dimension of an answer.
    pub fn output_dim(&self) -> usize {
        self.values.as_ref().map_or(self.dim(), |values| values.dims()[1])
    }

    /// h, the number of heads.
    pub fn heads(&self) -> usize {
        self.log_beta.dims()[0]
    }

    /// Whether the layer is `softmax(β · I · Hᵀ) · H`, without any rounding.
    fn is_plain(&self) -> bool {
        (self.similarity, self.separation) == (Similarity::Dot, Separation::Softmax)
            && (self.steps, self.heads(), self.values.is_some()) == (1, 1, false)
            && self.precision == Precision::F32
    }

    /// V, or H in its place.
    pub(crate) fn value_rows(&self) -> Tensor<2> {
        self.values.as_ref().unwrap_or(&self.patterns).val()
    }

    /// The association of every head: patterns `[h, N, d/h]`.
    pub(crate) fn by_head(&self) -> Association<3> {
        let h = self.heads();
        let log_beta = self.log_beta.val().reshape([h, 1, 1]);
        self.association(split(self.patterns.val(), h), log_beta)
    }

    fn association<const D: usize>(
        &self,
        patterns: Tensor<D>,
        log_beta: Tensor<D>,
    ) -> Association<D> {
        let association = Association::new(self.similarity, self.separation, patterns, log_beta);
        association.with_precision(self.precision)
    }

    /// `[..., d]` as `[M, d]`.
    pub(crate) fn rows<const D: usize>(&self, states: Tensor<D>) -> Tensor<2> {
        let [_, d] = self.patterns.dims();
        assert_shape!(states, [.., d]);
        let dims = states.dims();
        let rows = dims[..D - 1].iter().product::<usize>();
        states.reshape([rows, d])
    }
}

/// `P · V`
fn mix(weights: Tensor<2>, values: Tensor<2>, precision: Precision) -> Tensor<2> {
    if precision == Precision::F32 && fused::fits(&[&weights, &values]) {
        return fused::mix(weights, values);
    }
    matmul_with(precision, weights, values)
}

impl ModuleDisplay for HopfieldLayer {
    fn custom_settings(&self) -> Option<DisplaySettings> {
        DisplaySettings::new().with_new_line_after_attribute(false).optional()
    }

    fn custom_content(&self, content: Content) -> Option<Content> {
        content
            .add("patterns", &self.pattern_count())
            .add("dim", &self.dim())
            .add("output_dim", &self.output_dim())
            .add_debug_attribute("beta", &self.beta())
            .add_debug_attribute("similarity", &self.similarity)
            .add_debug_attribute("separation", &self.separation)
            .add("steps", &self.steps)
            .optional()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Beta, HopfieldLayerConfig};
    use burn::module::Module;
    use burn::tensor::{Device, Distribution, TensorData, Tolerance};

    fn layer(device: &Device) -> HopfieldLayer {
        HopfieldLayerConfig::new(5, 7)
            .with_beta(Some(Beta::Trainable(0.7)))
            .try_init(3, device)
            .unwrap()
    }

    /// Golden vector 1 of the project's mathematics: integers, so a transposed matrix can't hide.
    #[test]
    fn golden_vector_of_integers() {
        let device = Device::flex();
        let rows: Vec<f32> =
            (0..5u8).flat_map(|k| (0..10).map(move |j| f32::from((k + 2 + j) % 10))).collect();
        let h = Tensor::<2>::from_data(TensorData::new(rows, [5, 10]), &device);
        let layer = HopfieldLayer::from_patterns(h, 1.0).unwrap();
        let query = [4.0, 0.0, 6.0, 7.0, 8.0, 9.0, 0.0, 0.0, 2.0, 3.0];
        let query = Tensor::<2>::from_data([query], &device);

        let c = layer.similarities(query.clone()).into_data();
        c.assert_eq(&TensorData::from([[181.0f32, 220.0, 259.0, 208.0, 167.0]]), true);
        let p = layer.associate(query.clone()).into_data();
        p.assert_approx_eq::<f32>(
            &TensorData::from([[0.0f32, 0.0, 1.0, 0.0, 0.0]]),
            Tolerance::absolute(1e-7),
        );
        let r = layer.forward(query).into_data();
        let expected = [4.0f32, 5.0, 6.0, 7.0, 8.0, 9.0, 0.0, 1.0, 2.0, 3.0];
        r.assert_approx_eq::<f32>(&TensorData::from([expected]), Tolerance::absolute(1e-6));
    }

    #[test]
    fn one_step_is_attention() {
        let device = Device::flex();
        let h = Tensor::<2>::random([6, 16], Distribution::Default, &device);
        let states = Tensor::<2>::random([4, 16], Distribution::Default, &device);
        let layer = HopfieldLayer::from_patterns(h.clone(), 0.25).unwrap(); // 1/√16
        let attention = burn::tensor::module::attention(
            states.clone().unsqueeze::<4>(),
            h.clone().unsqueeze::<4>(),
            h.unsqueeze::<4>(),
            None,
            None,
            Default::default(),
        );
        let attention = attention.reshape([4, 16]).into_data();
        let tolerance = Tolerance::rel_abs(1e-5, 1e-6);
        let retrieved = layer.forward(states).into_data();
        retrieved.assert_approx_eq::<f32>(&attention, tolerance);
    }

    #[test]
    fn a_sequence_is_answered_like_its_states_one_by_one() {
        let device = Device::flex();
        let layer = layer(&device);
        let states = Tensor::<3>::random([2, 3, 7], Distribution::Default, &device);
        let retrieved = layer.forward(states.clone());
        let weights = layer.associate(states.clone());
        assert_eq!(retrieved.dims(), [2, 3, 7]);
        assert_eq!(weights.dims(), [2, 3, 5]);
        for b in 0..2 {
            for s in 0..3 {
                let one = states.clone().slice([b..b + 1, s..s + 1]).reshape([1, 7]);
                let expected = layer.forward(one).into_data();
                let found = retrieved.clone().slice([b..b + 1, s..s + 1]);
                let found = found.reshape([1, 7]).into_data();
                found.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-5, 1e-6));
            }
        }
    }

    #[test]
    fn a_large_beta_returns_the_most_similar_pattern() {
        let device = Device::flex();
        let h = layer(&device).patterns.val();
        let layer = HopfieldLayer::from_patterns(h.clone(), 1e6).unwrap();
        let states = HopfieldLayerConfig::new(9, 7).try_init(8, &device).unwrap().patterns.val();
        let best = layer.similarities(states.clone()).argmax(1).squeeze_dim::<1>(1);
        let expected = h.select(0, best).into_data();
        layer.forward(states).into_data().assert_eq(&expected, true);
    }

    #[test]
    fn blocks_make_no_difference() {
        let device = Device::flex();
        let states = Tensor::<2>::random([11, 7], Distribution::Default, &device);
        let layer = layer(&device);
        let expected = layer.answer(states.clone()).retrieved.into_data();
        // Blocks of 3 states with 5 weights each, and of 1.
        for most in [16, 1] {
            let found = layer.retrieved(states.clone(), most).into_data();
            found.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-5, 1e-6));
        }
    }

    #[test]
    fn a_trained_layer_rounds_and_a_valid_one_does_not() {
        let device = Device::flex().autodiff();
        let patterns = Tensor::<2>::random([9, 30], Distribution::Normal(0.0, 1.0), &device);
        let states = Tensor::<2>::random([5, 30], Distribution::Normal(0.0, 1.0), &device);
        let exact = HopfieldLayer::from_patterns(patterns, 0.2).unwrap();
        let expected = exact.forward(states.clone()).into_data();
        // Each factor is off by half a unit in its last place at most.
        for (precision, most) in [(Precision::Tf32, 2e-3), (Precision::Bf16, 2e-2)] {
            let rounding = HopfieldLayer { precision, ..exact.clone() };
            let found = rounding.forward(states.clone());
            let off = (found.inner() - exact.forward(states.clone()).inner()).abs().max();
            let off = off.into_scalar::<f32>();
            assert!(off > most / 100.0 && off < most, "{precision}: {off}");
            let valid = rounding.valid().forward(states.clone().inner()).into_data();
            valid.assert_eq(&expected, true);
        }
    }

    #[test]
    #[should_panic(expected = "axis 1 expected 7, got 6")]
    fn states_of_another_dimension_panic() {
        let device = Device::flex();
        layer(&device).forward(Tensor::<2>::zeros([1, 6], &device));
    }

    #[test]
    fn display_names_the_settings() {
        let text = layer(&Device::flex()).to_string();
        assert!(
            text.starts_with("HopfieldLayer {patterns: 5, dim: 7, output_dim: 7, beta: [0.7"),
            "{text}"
        );
    }
}
