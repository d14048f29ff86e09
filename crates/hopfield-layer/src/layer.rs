//! The layer: similarities, association weights, retrieved states.

use burn::module::{Content, DisplaySettings, Module, ModuleDisplay, Param};
use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, assert_shape};

use crate::{Beta, HopfieldLayerConfig, LayerError, Range};

/// A dense Hopfield layer, made by [`HopfieldLayerConfig`] or [`from_patterns`](Self::from_patterns).
///
/// ```text
/// R = softmax(β · I · Hᵀ) · H
/// ```
///
/// With `G = ∂L/∂R`, `P` the association weights, `A = G Hᵀ` and `S = P ∘ (A − rowsum(P ∘ A))`, its
/// gradients are
///
/// ```text
/// ∂L/∂H = Pᵀ G + β Sᵀ I        ∂L/∂I = β S H        ∂L/∂log β = β Σ S ∘ (I Hᵀ)
/// ```
///
/// `R` lies in the convex hull of the patterns, whatever the states: the range of the output is the
/// range of `H`.
///
/// This is one update step of the continuous Hopfield network of Ramsauer et al. (2020, eq. 3), and
/// attention with queries `I`, keys and values `H`, and scale β.
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct HopfieldLayer {
    /// H, one pattern per row: `[N, d]`.
    pub patterns: Param<Tensor<2>>,
    /// log β: `[1]`. Trained only if the config says so.
    pub log_beta: Param<Tensor<1>>,
    /// The range in which [`project`](Self::project) keeps the patterns.
    #[module(skip)]
    pub range: Option<Range>,
}

impl HopfieldLayer {
    /// Stores the rows of `patterns` with a fixed β.
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
        let config = HopfieldLayerConfig::new(n, d).with_beta(Beta::Fixed(beta));
        config.check()?;
        Ok(Self::assemble(patterns, beta, false, None))
    }

    /// The parts have been checked.
    pub(crate) fn assemble(
        patterns: Tensor<2>,
        beta: f64,
        trainable_beta: bool,
        range: Option<Range>,
    ) -> Self {
        let options = (&patterns.device(), patterns.dtype());
        let log_beta = Tensor::full([1], beta.ln(), options);
        Self {
            patterns: Param::from_tensor(patterns.detach()),
            log_beta: Param::from_tensor(log_beta).set_require_grad(trainable_beta),
            range,
        }
    }

    /// Retrieves: `R = P · H`, the mean of the patterns under the association weights.
    ///
    /// # Shapes
    ///
    /// - states: `[..., d]`, usually `[B, d]` or `[B, S, d]`
    /// - retrieved: `[..., d]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn forward<const D: usize>(&self, states: Tensor<D>) -> Tensor<D> {
        let shape = states.shape();
        let weights = self.weights(self.rows(states)); // [M, N]
        weights.matmul(self.patterns.val()).reshape(shape)
    }

    /// The association weights `P = softmax(β · I · Hᵀ)`; every row sums to 1.
    ///
    /// # Shapes
    ///
    /// - states: `[..., d]`
    /// - weights: `[..., N]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn associate<const D: usize>(&self, states: Tensor<D>) -> Tensor<D> {
        let mut shape: [usize; D] = states.dims();
        let weights = self.weights(self.rows(states));
        shape[D - 1] = weights.dims()[1];
        weights.reshape(shape)
    }

    /// Sets β so that `spread(β · I · Hᵀ)` is `target` on these states; see [`spread`].
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    ///
    /// # Errors
    ///
    /// [`LayerError::NoSpread`] if the similarities do not differ, or are not finite.
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn calibrate(&mut self, states: Tensor<2>, target: f64) -> Result<(), LayerError> {
        let spread = spread(self.similarities(self.rows(states)));
        let beta = target / spread;
        if !(spread > 0.0 && (beta as f32).is_normal()) {
            let spread = spread.to_string();
            return Err(LayerError::NoSpread { spread });
        }
        self.update(|h| h, |log_beta| log_beta.full_like(beta.ln()));
        Ok(())
    }

    /// The inverse temperature β, read from the device.
    pub fn beta(&self) -> f64 {
        self.log_beta.val().into_scalar::<f64>().exp()
    }

    /// Whether an optimiser trains β.
    pub fn beta_is_trainable(&self) -> bool {
        // A parameter off autodiff remembers this, but only tells when it is put back on.
        self.log_beta.valid().train().is_require_grad()
    }

    /// Moves every entry of the patterns to the nearest value in [`range`](Self::range).
    ///
    /// After each optimiser step this makes SGD *projected* SGD: `H ← Π(H − η·∂L/∂H)`.
    pub fn project(mut self) -> Self {
        if self.range.is_some() {
            self.update(|h| h, |log_beta| log_beta);
        }
        self
    }

    /// An optimiser's step: replaces H by `patterns(H)`, projected onto [`range`](Self::range), and
    /// log β by `log_beta(log β)`. The functions get plain tensors, outside any autodiff graph.
    ///
    /// # Panics
    ///
    /// If a function changes a shape.
    pub fn update(
        &mut self,
        patterns: impl FnOnce(Tensor<2>) -> Tensor<2>,
        log_beta: impl FnOnce(Tensor<1>) -> Tensor<1>,
    ) {
        let [n, d] = self.patterns.dims();
        let range = self.range;
        replace(&mut self.patterns, |h| {
            let h = patterns(h);
            assert_shape!(h, [n, d]);
            match range {
                Some(Range { low, high }) => h.clamp(low, high),
                None => h,
            }
        });
        replace(&mut self.log_beta, |old| {
            let new = log_beta(old);
            assert_shape!(new, [1]);
            new
        });
    }

    /// C = I · Hᵀ.
    fn similarities(&self, states: Tensor<2>) -> Tensor<2> {
        states.matmul(self.patterns.val().transpose()) // [M, N]
    }

    fn weights(&self, states: Tensor<2>) -> Tensor<2> {
        let beta = self.log_beta.val().exp().unsqueeze::<2>(); // [1, 1]
        softmax(self.similarities(states).mul(beta), 1)
    }

    /// `[..., d]` as `[M, d]`.
    fn rows<const D: usize>(&self, states: Tensor<D>) -> Tensor<2> {
        let [_, d] = self.patterns.dims();
        assert_shape!(states, [.., d]);
        let dims = states.dims();
        let rows = dims[..D - 1].iter().product::<usize>();
        states.reshape([rows, d])
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

/// Changes a parameter's value, keeping its id, its device and whether it is trained.
fn replace<const D: usize>(
    param: &mut Param<Tensor<D>>,
    change: impl FnOnce(Tensor<D>) -> Tensor<D>,
) {
    *param = param.clone().map(|old| {
        let (autodiff, tracked) = (old.is_autodiff(), old.is_require_grad());
        let new = change(old.without_autodiff());
        if autodiff { new.autodiff().set_require_grad(tracked) } else { new }
    });
}

impl ModuleDisplay for HopfieldLayer {
    fn custom_settings(&self) -> Option<DisplaySettings> {
        DisplaySettings::new().with_new_line_after_attribute(false).optional()
    }

    fn custom_content(&self, content: Content) -> Option<Content> {
        let [patterns, dim] = self.patterns.dims();
        content.add("patterns", &patterns).add("dim", &dim).add("beta", &self.beta()).optional()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Init;
    use burn::tensor::{Device, Distribution, TensorData, Tolerance};

    fn layer(device: &Device) -> HopfieldLayer {
        HopfieldLayerConfig::new(5, 7).with_beta(Beta::Trainable(0.7)).init(3, device).unwrap()
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
        let states = HopfieldLayerConfig::new(9, 7).init(8, &device).unwrap().patterns.val();
        let best = layer.similarities(states.clone()).argmax(1).squeeze_dim::<1>(1);
        let expected = h.select(0, best).into_data();
        layer.forward(states).into_data().assert_eq(&expected, true);
    }

    #[test]
    fn calibration_reaches_its_spread() {
        let device = Device::flex();
        let mut layer = layer(&device);
        let states = Tensor::<2>::random([20, 7], Distribution::Default, &device);
        layer.calibrate(states.clone(), 2.0).unwrap();
        let scores = layer.similarities(states) * layer.beta();

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
        assert_eq!(layer.beta(), 1.0);
    }

    #[test]
    fn patterns_stay_in_their_range() {
        let device = Device::flex().autodiff();
        let config = HopfieldLayerConfig::new(8, 8)
            .with_init(Init::Normal { mean: 0.0, std: 2.0 })
            .with_range(0.0, 1.0);
        let within = |layer: &HopfieldLayer| {
            let h = layer.patterns.val();
            let (low, high) = (h.clone().min(), h.max());
            low.into_scalar::<f32>() == 0.0 && high.into_scalar::<f32>() == 1.0
        };
        let mut layer = config.init(1, &device).unwrap();
        assert!(within(&layer));
        layer.update(|h| h * 10.0 - 5.0, |log_beta| log_beta);
        assert!(within(&layer));
        assert!(layer.patterns.val().is_require_grad());
    }

    #[test]
    fn an_update_keeps_what_is_trained() {
        for (beta, trained) in [(Beta::Fixed(2.0), false), (Beta::Trainable(2.0), true)] {
            let config = HopfieldLayerConfig::new(3, 4).with_beta(beta);
            let mut layer = config.init(1, &Device::flex().autodiff()).unwrap();
            layer.update(|h| h + 1.0, |log_beta| log_beta * 0.0);
            assert_eq!(layer.beta(), 1.0);
            assert_eq!(layer.beta_is_trainable(), trained);
            assert_eq!(layer.clone().valid().beta_is_trainable(), trained);
            let states = Tensor::<2>::ones([2, 4], &Device::flex());
            let gradients = layer.forward(states).sum().backward();
            assert!(layer.patterns.val().grad(&gradients).is_some());
            assert_eq!(layer.log_beta.val().grad(&gradients).is_some(), trained);
        }
    }

    #[test]
    #[should_panic(expected = "axis 1 expected 7, got 6")]
    fn states_of_another_dimension_panic() {
        let device = Device::flex();
        layer(&device).forward(Tensor::<2>::zeros([1, 6], &device));
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

    #[test]
    fn display_names_the_settings() {
        let text = layer(&Device::flex()).to_string();
        assert!(text.starts_with("HopfieldLayer {patterns: 5, dim: 7, beta: 0.7"), "{text}");
    }
}
