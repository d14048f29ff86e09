//! How scores become association weights.

use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Bool, Int, Tensor};
use hopfield_kernels::cube::{self, Rule};

mod names;

/// How the scores `z = β·C` of a state become association weights `P`: how sharply the best patterns are
/// separated from the others.
///
/// | | P | Ω(p), its negentropy |
/// |---|---|---|
/// | [`Softmax`](Self::Softmax) | `exp(z_n) / Σ exp(z_j)` | `Σ p ln p` (Shannon) |
/// | [`Sparsemax`](Self::Sparsemax) | `max(0, z_n − τ)` | `½ (Σ p² − 1)` (Tsallis, α = 2) |
/// | [`Entmax15`](Self::Entmax15) | `max(0, z_n/2 − τ)²` | `4/3 (Σ p^1.5 − 1)` (Tsallis, α = 1.5) |
/// | [`TopK`](Self::TopK) | softmax over the k largest scores, 0 elsewhere | `Σ p ln p`, for at most k of the p above 0 |
/// | [`Softmax1`](Self::Softmax1) | `exp(z_n) / (1 + Σ exp(z_j))` | `Σ p ln p + r ln r`, `r = 1 − Σ p` |
/// | [`Polynomial`](Self::Polynomial) | `max(0, z_n)ⁿ / Σ max(0, z_j)ⁿ` | none |
/// | [`LogSumRelu`](Self::LogSumRelu) | `[z_n > −1] / #{j: z_j > −1}` | none |
///
/// with τ such that the weights sum to 1. All but the last two are `P = argmax_p p·z − Ω(p)`, the gradient of
/// the convex conjugate `Ω*(z) = max_p p·z − Ω(p)`; from it comes the
/// [energy](crate::HopfieldLayer::energy). This is the Hopfield–Fenchel–Young family (Santos et al. 2024).
///
/// Gradients are those of the formula above, exactly, on the support (the patterns with a weight above 0);
/// patterns outside the support get none. Where scores tie at the border of the support or at the k-th
/// place, the function has no derivative, and one of its one-sided derivatives is taken.
///
/// # Inputs that are not ordinary
///
/// - All scores equal: all weights are 1/N (`Softmax1`: `1/(N + e^−z)`; `Polynomial`: 1/N, or 0 if no score is positive;
///   `LogSumRelu`: 1/N, or 0 if no score is above −1).
/// - A state with NaN or ±∞: its weights (in the heads that see it) and its answer are NaN. Other states of the
///   batch are not touched. Scores that overflow to −∞ weigh 0, as long as another is finite.
/// - `TopK` with ties for the last places: all of them share the weight of these places, so that the order of
///   the patterns doesn't matter. Scores tie if they are equal to the last bit; equal patterns tie, those that are equal but for
///   rounding may not.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use hopfield_layer::{Beta, HopfieldLayerConfig, Separation};
///
/// // The patterns are unit vectors, so that the scores are the state.
/// let weights = |separation| {
///     let layer = HopfieldLayerConfig::new(3, 3)
///         .with_separation(separation)
///         .with_beta(Some(Beta::Fixed(1.0)))
///         .store(Tensor::eye(3, &Device::flex()), None)?;
///     let scores = Tensor::<2>::from_data([[2.0, 1.5, -1.0]], &Device::flex());
///     let weights: Vec<f32> = layer.associate(scores).into_data().try_to_vec().unwrap();
///     Ok::<_, hopfield_layer::LayerError>(weights)
/// };
/// assert_eq!(weights(Separation::Sparsemax)?, [0.75, 0.25, 0.0]);
/// assert_eq!(weights(Separation::Polynomial(1))?, [2.0 / 3.5, 1.5 / 3.5, 0.0]);
/// assert!(weights(Separation::Softmax)?[2] > 0.0);
/// assert_eq!(weights(Separation::TopK(1))?, [1.0, 0.0, 0.0]);
/// # Ok::<(), hopfield_layer::LayerError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Separation {
    /// Every pattern gets some weight.
    #[default]
    Softmax,
    /// Projection onto the simplex: few patterns, the others exactly 0 (Martins & Astudillo 2016).
    Sparsemax,
    /// 1.5-entmax, between softmax and sparsemax (Peters et al. 2019).
    Entmax15,
    /// Softmax over the k best patterns; the scores of the others are −∞, not 0. k above N is N.
    TopK(usize),
    /// Softmax with a silent extra pattern of score 0, "no match": the weights sum to less than 1.
    Softmax1,
    /// The rectified polynomial of degree n. The weights don't depend on β; the degree sharpens them. No
    /// positive score: all weights are 0. The update of Krotov & Hopfield's (2016) energy with
    /// `F(z) = max(0, z)^(n+1)`, normalised.
    Polynomial(u32),
    /// Log-sum-ReLU, for Euclidean similarity: all patterns nearer than `√(2/β)` share the weight equally. An update moves the
    /// state to their mean (mean shift with the Epanechnikov kernel); where there are none, all weights are 0 and an update
    /// leaves the state as it is. A pattern with no other within reach is recalled exactly, and where reaches overlap, minima
    /// of the energy emerge that are means of patterns (Hoover et al. 2025). The weights are constant around almost every
    /// state: states and β get no gradient through them, and patterns only as values.
    LogSumRelu,
}

/// Added to the sum of the log-sum-ReLU, so that the energy is finite where no pattern is within reach.
const LEAST_SUM: f64 = f32::MIN_POSITIVE as f64;

impl Separation {
    /// Whether every pattern gets a weight above 0, whatever its score (until it underflows).
    pub fn has_full_support(self) -> bool {
        matches!(self, Separation::Softmax | Separation::Softmax1)
    }

    /// Whether the weights of every state sum to 1. Those of `Softmax1` sum to less; those of `Polynomial` and `LogSumRelu` are all
    /// 0 if no score is high enough.
    pub fn sums_to_one(self) -> bool {
        !matches!(self, Separation::Softmax1 | Separation::Polynomial(_) | Separation::LogSumRelu)
    }

    /// Whether the weights stay the same if a number is added to all scores.
    pub(crate) fn is_shift_invariant(self) -> bool {
        // The weights that a softmax can give sum to 1 because what is added cancels.
        self.sums_to_one()
    }

    /// The weights of scores `[.., N]` along the last axis; patterns under the mask get 0.
    pub fn weights<const D: usize>(
        self,
        scores: Tensor<D>,
        mask: Option<Tensor<D, Bool>>,
    ) -> Tensor<D> {
        let Some(mask) = mask else { return self.plain(scores) };
        // Low enough for a weight of 0; finite, so that a state without any pattern gets zeros, not NaN.
        let weights = self.plain(scores.mask_fill(mask.clone(), -1e30));
        weights.mask_fill(mask, 0.0)
    }

    fn plain<const D: usize>(self, scores: Tensor<D>) -> Tensor<D> {
        let last = D - 1;
        if cube::fits(&[&scores]) {
            let log_beta = Tensor::zeros([1; D], &scores.device().inner());
            return cube::separate(scores, log_beta, self.into());
        }
        if self == Separation::Softmax {
            return softmax(scores, last);
        }
        let poison = poison(&scores);
        let weights = match self {
            Separation::Softmax => unreachable!("answered above"),
            Separation::Sparsemax => {
                let z = below_zero(scores);
                let outside = outside_support(&z, |prefix| (prefix.sum - 1.0) / prefix.count);
                let (z, count) = inside(z, &outside);
                let tau = (z.clone().sum_dim(last) - 1.0) / count;
                (z - tau).mask_fill(outside, 0.0)
            }
            Separation::Entmax15 => {
                let z = below_zero(scores * 0.5);
                let outside = outside_support(&z, |prefix| {
                    let mean = prefix.sum / prefix.count.clone();
                    let deviation =
                        prefix.square_sum - mean.clone().square() * prefix.count.clone();
                    mean - relu((-deviation + 1.0) / prefix.count).sqrt()
                });
                let (z, count) = inside(z, &outside);
                let mean = z.clone().sum_dim(last) / count.clone();
                let deviation = (z.clone() - mean.clone()).mask_fill(outside.clone(), 0.0);
                let deviation = deviation.square().sum_dim(last);
                let tau = mean - ((-deviation + 1.0) / count).sqrt();
                (z - tau).square().mask_fill(outside, 0.0)
            }
            Separation::TopK(k) => {
                let k = k.min(scores.dims()[last]);
                let plain = not_nan(scores.clone().without_autodiff());
                let smallest = plain.clone().topk(k, last).min_dim(last); // [.., 1]
                let smallest = smallest.expand(scores.shape());
                let others = plain.clone().lower(smallest.clone());
                let tied = plain.equal(smallest);
                // Scores that tie for the last places share them.
                let count = |mask| indicator(&scores, mask).sum_dim(last);
                let ties = count(tied.clone());
                let above = count(others.clone().bool_or(tied.clone()).bool_not());
                let places = ((-above + k as f64) / ties).log(); // 0 without ties
                let places = indicator(&scores, tied) * places;
                softmax((scores + places).mask_fill(others, f32::NEG_INFINITY), last)
            }
            Separation::Softmax1 => {
                let largest = relu(largest(&scores));
                let powers = (scores - largest.clone()).exp();
                let sum = powers.clone().sum_dim(last) + (-largest).exp();
                powers / sum
            }
            Separation::Polynomial(degree) => {
                let positive = relu(scores);
                let scale = largest(&positive).clamp_min(f32::MIN_POSITIVE);
                let powers = (positive / scale).powi_scalar(degree);
                let sum = powers.clone().sum_dim(last);
                let none = sum.clone().without_autodiff().equal_elem(0.0);
                powers / sum.mask_fill(none, 1.0)
            }
            Separation::LogSumRelu => {
                let near = scores.clone().without_autodiff().greater_elem(-1.0);
                let far = near.clone().bool_not();
                let near = scores.mask_fill(far, 0.0).mask_fill(near, 1.0);
                let count = near.clone().sum_dim(last).clamp_min(1.0);
                near / count
            }
        };
        weights + poison
    }

    /// `Ω*(z) = max_p p·z − Ω(p)` along the last axis: `[.., N]` to `[.., 1]`. Its gradient is P. (For the log-sum-ReLU, which is
    /// no conjugate, its logarithm; the gradient has the direction of P.)
    pub(crate) fn conjugate<const D: usize>(self, scores: Tensor<D>) -> Option<Tensor<D>> {
        let last = D - 1;
        let log_sum_exp = |scores: Tensor<D>| {
            let largest = largest(&scores);
            (scores - largest.clone()).exp().sum_dim(last).log() + largest
        };
        Some(match self {
            Separation::Softmax => log_sum_exp(scores),
            Separation::TopK(k) => {
                let k = k.min(scores.dims()[last]);
                log_sum_exp(scores.topk(k, last))
            }
            Separation::Softmax1 => {
                let largest = relu(largest(&scores));
                let sum = (scores - largest.clone()).exp().sum_dim(last);
                (sum + (-largest.clone()).exp()).log() + largest
            }
            Separation::Sparsemax | Separation::Entmax15 => {
                let weights = self.plain(scores.clone());
                let powers = match self {
                    Separation::Sparsemax => (weights.clone().square() - weights.clone()) * 0.5,
                    // p^1.5 = p·√p, with the derivative 0 at 0.
                    _ => {
                        let zero = weights.clone().without_autodiff().equal_elem(0.0);
                        let root = weights.clone().mask_fill(zero.clone(), 1.0).sqrt();
                        let root = root.mask_fill(zero, 0.0);
                        (weights.clone() * root - weights.clone()) * (4.0 / 3.0)
                    }
                };
                // Σ p = 1 turns Ω into a sum over the patterns.
                (weights * scores - powers).sum_dim(last)
            }
            Separation::LogSumRelu => (relu(scores + 1.0).sum_dim(last) + LEAST_SUM).log(),
            Separation::Polynomial(_) => return None,
        })
    }

    /// `−min Ω`, the largest entropy that n weights can have, in nats.
    pub(crate) fn largest_entropy(self, n: usize) -> f64 {
        let n = n as f64;
        match self {
            Separation::Softmax | Separation::Polynomial(_) | Separation::LogSumRelu => n.ln(),
            Separation::Sparsemax => 0.5 * (1.0 - 1.0 / n),
            Separation::Entmax15 => 4.0 / 3.0 * (1.0 - 1.0 / n.sqrt()),
            Separation::TopK(k) => n.min(k as f64).ln(),
            Separation::Softmax1 => (n + 1.0).ln(),
        }
    }
}

impl From<Separation> for Rule {
    fn from(separation: Separation) -> Self {
        match separation {
            Separation::Softmax => Self::Softmax,
            Separation::Sparsemax => Self::Sparsemax,
            Separation::Entmax15 => Self::Entmax15,
            Separation::TopK(k) => Self::TopK(k.try_into().unwrap_or(u32::MAX)),
            Separation::Softmax1 => Self::Softmax1,
            Separation::Polynomial(degree) => Self::Polynomial(degree),
            Separation::LogSumRelu => Self::LogSumRelu,
        }
    }
}

/// The largest score, as a constant: `[.., 1]`. 0 where it is not finite.
fn largest<const D: usize>(scores: &Tensor<D>) -> Tensor<D> {
    finite(scores.clone().without_autodiff().max_dim(D - 1))
}

fn finite<const D: usize>(numbers: Tensor<D>) -> Tensor<D> {
    let broken = numbers.clone().is_finite().bool_not();
    numbers.mask_fill(broken, 0.0)
}

fn not_nan<const D: usize>(numbers: Tensor<D>) -> Tensor<D> {
    let broken = numbers.clone().is_nan();
    numbers.mask_fill(broken, 0.0)
}

/// 1 under the mask, 0 elsewhere, in the type of `like`.
fn indicator<const D: usize>(like: &Tensor<D>, mask: Tensor<D, Bool>) -> Tensor<D> {
    like.clone().without_autodiff().zeros_like().mask_fill(mask, 1.0)
}

/// 0; NaN if a score is NaN or +∞, or all are −∞, as in a softmax: `[.., 1]`.
fn poison<const D: usize>(scores: &Tensor<D>) -> Tensor<D> {
    let scores = scores.clone().without_autodiff();
    let lowest = scores.clone().equal_elem(f32::NEG_INFINITY);
    let largest = scores.clone().max_dim(D - 1);
    (scores.mask_fill(lowest, 0.0) * 0.0).sum_dim(D - 1) + largest * 0.0
}

/// The scores less their largest, which changes no weight and keeps the sums below small.
pub(crate) fn below_zero<const D: usize>(scores: Tensor<D>) -> Tensor<D> {
    let largest = largest(&scores);
    scores - largest
}

/// The j largest scores: their sum, the sum of their squares, and j itself, for every j: `[.., N]`.
struct Prefix<const D: usize> {
    sum: Tensor<D>,
    square_sum: Tensor<D>,
    count: Tensor<D>,
}

/// Where the scores `z ≤ 0` are at most τ, the threshold of the largest j for which the j-th largest
/// score is above `threshold(the j largest)`.
fn outside_support<const D: usize>(
    z: &Tensor<D>,
    threshold: impl FnOnce(Prefix<D>) -> Tensor<D>,
) -> Tensor<D, Bool> {
    let last = D - 1;
    // No score that is 2 below the largest is in the support; the bound keeps the sums finite.
    let z = not_nan(z.clone().without_autodiff()).clamp_min(-2.0);
    let sorted = z.clone().sort_descending(last);
    let n = z.dims()[last];
    let count = Tensor::<1, Int>::arange(1..n as i64 + 1, &z.device()).float().cast(z.dtype());
    let tau = threshold(Prefix {
        sum: sorted.clone().cumsum(last),
        square_sum: sorted.clone().square().cumsum(last),
        count: count.unsqueeze::<D>().expand(z.shape()),
    });
    // τ of the j largest, for the largest j whose own score is above it: the largest such τ.
    let not_in = sorted.lower_equal(tau.clone());
    let tau = tau.mask_fill(not_in, -2.0).max_dim(last);
    z.clone().lower_equal(tau.expand(z.shape()))
}

/// The scores with 0 outside the support, and the size of the support: `[.., N]`, `[.., 1]`.
fn inside<const D: usize>(z: Tensor<D>, outside: &Tensor<D, Bool>) -> (Tensor<D>, Tensor<D>) {
    let count = indicator(&z, outside.clone().bool_not()).sum_dim(D - 1);
    (z.mask_fill(outside.clone(), 0.0), count)
}
