//! How alike a state and a pattern are, and the space in which they are compared.

use burn::tensor::{Bool, Tensor};
use hopfield_kernels::{Precision, matmul_with};

use crate::distance::half_squared_distances;
use crate::names::named;

/// The similarity `C` of a state x to a pattern h. It decides which pattern wins.
///
/// | | C(x, h) | state q = φ(x) | key k |
/// |---|---|---|---|
/// | [`Dot`](Self::Dot) | `x·h` | `x` | `h` |
/// | [`CentredDot`](Self::CentredDot) | `(x − m)·(h − m)`, m the mean of the patterns | `x − m` | `h − m` |
/// | [`Cosine`](Self::Cosine) | `x·h / (‖x‖ ‖h‖)` | `x / ‖x‖` | `h / ‖h‖` |
/// | [`Euclidean`](Self::Euclidean) | `−½ ‖x − h‖²` | `x` | `h` |
/// | [`LayerNorm`](Self::LayerNorm) | `LN(x)·LN(h)`, `LN(x) = (x − x̄) / std(x)` | `LN(x)` | `LN(h)` |
///
/// Except for the Euclidean one, `C = q·k`: states and patterns are mapped into a *key space* and
/// compared there by a dot product. Several update steps ([`retrieve`](crate::HopfieldLayer::retrieve),
/// `steps` in the config) go on in the key space: `q ← Σ_n P_n k_n`, which `Cosine` and `LayerNorm` map back to their sphere by
/// φ (`CentredDot` does not: a mean of centred keys is centred). Only the answer is made of the patterns themselves.
///
/// Which one finds more? Of 1,000 digits in [0, 1] whose lower half is hidden, the right pattern wins for .31
/// (dot), .96 (cosine), .67 (centred dot) and .33 (Euclidean) if what is hidden is 0. If it is the patterns'
/// mean, which says nothing to a comparison of differences, for .99 (centred dot) and .90 (Euclidean). With
/// the plain dot product, bold digits, whose norm is large, beat all others. Under noise the Euclidean
/// distance is best (`hopfield experiment mask` and `noise` measure all of this). For patterns of equal norm `Dot` and
/// `Euclidean` give the same weights (not with softmax₁, to which the level of the scores matters).
///
/// A state or pattern without a direction (all zero under `Cosine`; under `LayerNorm`, no entry further from the mean than
/// 10⁻⁵ of the largest, in f64 as in f32) is mapped to 0: its similarity to everything is 0, and so is the gradient through it.
/// `LayerNorm` has no ε and no affine part; LN(x) has the norm √d, and C is d times Pearson's correlation.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use hopfield_layer::{HopfieldLayerConfig, Similarity};
///
/// let device = Device::flex();
/// let stored = || Tensor::<2>::from_data([[1.0, 2.0], [8.0, 4.0]], &device);
/// let state = || Tensor::<2>::from_data([[1.0, 1.5]], &device);
/// let best = |similarity| {
///     let layer = HopfieldLayerConfig::new(2, 2).with_similarity(similarity).store(stored(), None)?;
///     Ok::<_, hopfield_layer::LayerError>(layer.similarities(state()).argmax(1).into_scalar::<i64>())
/// };
/// assert_eq!(best(Similarity::Dot)?, 1); // the larger pattern, not the nearer
/// assert_eq!(best(Similarity::Cosine)?, 0);
/// assert_eq!(best(Similarity::Euclidean)?, 0);
/// # Ok::<(), hopfield_layer::LayerError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Similarity {
    /// The dot product, as in attention (Ramsauer et al. 2020).
    #[default]
    Dot,
    /// The dot product after the patterns' mean has been subtracted from both sides.
    CentredDot,
    /// The cosine of the angle.
    Cosine,
    /// Minus half the squared Euclidean distance: the log-likelihood of a Gaussian around h.
    Euclidean,
    /// The dot product of both sides, each normalised over its own entries.
    LayerNorm,
}

named!(Similarity {
    Dot = "dot",
    CentredDot = "centred_dot",
    Cosine = "cosine",
    Euclidean = "euclidean",
    LayerNorm = "layer_norm",
});

impl Similarity {
    /// Whether q and k lie on a sphere (of radius 1 or √d), or at its centre.
    pub(crate) fn is_spherical(self) -> bool {
        matches!(self, Similarity::Cosine | Similarity::LayerNorm)
    }

    /// φ without the centre of [`CentredDot`](Similarity::CentredDot).
    fn map<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Similarity::Dot | Similarity::CentredDot | Similarity::Euclidean => x,
            Similarity::Cosine => {
                let none = size(&x).zeros_like();
                direction(x, none)
            }
            Similarity::LayerNorm => {
                let d = x.dims()[D - 1] as f64;
                let mean = x.clone().mean_dim(D - 1);
                // What the mean leaves of equal entries is its rounding.
                let rounding = size(&x) * 1e-5;
                direction(x - mean, rounding) * d.sqrt()
            }
        }
    }
}

/// The largest magnitude of an entry, as a constant: `[.., 1]`.
fn size<const D: usize>(x: &Tensor<D>) -> Tensor<D> {
    x.clone().without_autodiff().abs().max_dim(D - 1)
}

/// `x / ‖x‖` along the last axis; 0, with gradient 0, where no entry is larger than `rounding`.
fn direction<const D: usize>(x: Tensor<D>, rounding: Tensor<D>) -> Tensor<D> {
    let size = size(&x);
    let none = size.clone().lower_equal(rounding); // [.., 1]
    let shape = x.shape();
    // Divided by its size first, no square overflows.
    let x = x.mask_fill(none.clone().expand(shape), 0.0) / size.mask_fill(none.clone(), 1.0);
    let square = x.clone().square().sum_dim(D - 1);
    x / square.mask_fill(none, 1.0).sqrt()
}

/// The patterns as keys: `[.., N, d]`, with what is needed to map states beside them.
pub(crate) struct KeySpace<const D: usize> {
    similarity: Similarity,
    /// k: `[.., N, d]`.
    keys: Tensor<D>,
    /// m: `[.., 1, d]`.
    centre: Option<Tensor<D>>,
    /// That of the products with the keys.
    pub(crate) precision: Precision,
}

impl<const D: usize> KeySpace<D> {
    /// patterns: `[.., N, d]`; padding: `[.., N, 1]`, true for rows that are no patterns.
    pub(crate) fn new(
        similarity: Similarity,
        patterns: Tensor<D>,
        padding: Option<Tensor<D, Bool>>,
    ) -> Self {
        let centre = (similarity == Similarity::CentredDot).then(|| match padding {
            None => patterns.clone().mean_dim(D - 2),
            Some(padding) => {
                let ones = patterns.clone().without_autodiff().slice_dim(D - 1, 0..1).ones_like();
                let outside = padding.clone().expand(ones.shape());
                let count = ones.mask_fill(outside, 0.0).sum_dim(D - 2); // [.., 1, 1]
                let sum = patterns.clone().mask_fill(padding.expand(patterns.shape()), 0.0);
                sum.sum_dim(D - 2) / count.clamp_min(1.0)
            }
        });
        let keys = match &centre {
            Some(centre) => patterns - centre.clone(),
            None => similarity.map(patterns),
        };
        Self { similarity, keys, centre, precision: Precision::F32 }
    }

    /// `q = φ(x)`: `[.., S, d]` to `[.., S, d]`.
    pub(crate) fn states(&self, states: Tensor<D>) -> Tensor<D> {
        match &self.centre {
            Some(centre) => states - centre.clone(),
            None => self.similarity.map(states),
        }
    }

    /// C: `[.., S, N]`.
    pub(crate) fn similarities(&self, q: Tensor<D>) -> Tensor<D> {
        match self.similarity {
            Similarity::Euclidean => half_squared_distances(q, self.keys.clone()),
            _ => matmul_with(self.precision, q, self.keys.clone().transpose()),
        }
    }

    /// One update step, `q ← φ(P · k)`: `[.., S, N]` to `[.., S, d]`.
    pub(crate) fn step(&self, weights: Tensor<D>) -> Tensor<D> {
        // The mean of keys is centred already.
        let mean = matmul_with(self.precision, weights, self.keys.clone());
        if self.similarity.is_spherical() { self.similarity.map(mean) } else { mean }
    }

    /// `M² = max_n ‖k_n‖²`: `[.., 1, 1]`.
    pub(crate) fn largest_square(&self) -> Tensor<D> {
        self.keys.clone().square().sum_dim(D - 1).max_dim(D - 2)
    }

    /// k: `[.., N, d]`.
    pub(crate) fn keys(&self) -> Tensor<D> {
        self.keys.clone()
    }
}
