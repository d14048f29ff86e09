//! The function F that turns overlaps into energy.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use hopfield_layer::InvalidSetting;

/// The largest pull, so that a sum of many stays finite.
const MOST: f64 = 1e30;

/// F of the energy `−Σ_i F(x_i·s)` of a [`DenseMemory`](crate::DenseMemory): the steeper, the more patterns can be stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Interaction {
    /// `F(z) = zⁿ` (Krotov & Hopfield 2016). n = 2 is the classical network. If n is even, the negatives of the
    /// patterns are stored too.
    Polynomial(u32),
    /// `F(z) = max(0, z)ⁿ` (Krotov & Hopfield 2016).
    RectifiedPolynomial(u32),
    /// `F(z) = exp(β z)` (Demircigil et al. 2017, with β = 1).
    Exponential {
        /// The inverse temperature β.
        beta: f64,
    },
}

impl Default for Interaction {
    /// The exponential, β = 1.
    fn default() -> Self {
        Self::Exponential { beta: 1.0 }
    }
}

impl Interaction {
    pub(crate) fn check(self) -> Result<(), InvalidSetting> {
        let invalid = |field, value, allowed: &str| {
            Err(InvalidSetting { field, value, allowed: allowed.into() })
        };
        match self {
            Self::Polynomial(0) | Self::RectifiedPolynomial(0) => {
                invalid("degree", "0".into(), "1 or more")
            }
            Self::Exponential { beta } if !(beta > 0.0 && (beta as f32).is_normal()) => {
                invalid("beta", format!("{beta:?}"), "a number from 1.2e-38 to 3.4e38")
            }
            _ => Ok(()),
        }
    }

    /// The function that decides units in a network of N patterns. For the exponential, β is capped: from `β = ½ ln N` on, one
    /// pattern outweighs all others that agree in one unit less (an overlap smaller by 2), so a larger β makes the same
    /// decisions, but could underflow where it matters.
    pub(crate) fn for_updates(self, patterns: usize) -> Self {
        match self {
            Self::Exponential { beta } => {
                Self::Exponential { beta: beta.min(0.5 * (patterns as f64).ln() + 1.0) }
            }
            other => other,
        }
    }

    /// The overlap with the strongest pull: `[B, N]` to `[B, 1]`.
    pub(crate) fn top(self, overlaps: &Tensor<2>) -> Tensor<2> {
        match self {
            Self::Polynomial(_) => overlaps.clone().abs().max_dim(1),
            Self::RectifiedPolynomial(_) | Self::Exponential { .. } => overlaps.clone().max_dim(1),
        }
    }

    /// Whether no pull is negative.
    pub(crate) fn is_monotone(self) -> bool {
        !matches!(self, Self::Polynomial(n) if n % 2 == 0)
    }

    /// The strength `F(a + 1) − F(a − 1)` with which a pattern pulls a unit to its own sign, if its other units have the overlap
    /// a (an integer). It is divided by a positive number close to the pull at `top`; nothing cancels and nothing overflows.
    ///
    /// a: `[B, N]`; top: `[B, 1]`.
    pub(crate) fn pull(self, a: Tensor<2>, top: &Tensor<2>) -> Tensor<2> {
        let scale = (top.clone() + 1.0).clamp_min(1.0);
        let pull = match self {
            Self::Polynomial(n) => difference_of_powers(a.clone() + 1.0, a - 1.0, &scale, n),
            Self::RectifiedPolynomial(n) => {
                difference_of_powers(relu(a.clone() + 1.0), relu(a - 1.0), &scale, n)
            }
            Self::Exponential { beta } => ((a - top.clone()) * beta).exp(),
        };
        // An overlap can exceed the top by one agreement at most, and then outweighs everything, clamped or not.
        pull.clamp(-MOST, MOST)
    }

    /// The energy of states with these overlaps in a network with d units: `[B, N]` to `[B, 1]`.
    pub(crate) fn energy(self, overlaps: Tensor<2>, d: usize) -> Tensor<2> {
        match self {
            Self::Polynomial(n) => -power(overlaps / d as f64, n).sum_dim(1),
            Self::RectifiedPolynomial(n) => -power(relu(overlaps) / d as f64, n).sum_dim(1),
            Self::Exponential { beta } => {
                let largest = overlaps.clone().max_dim(1);
                let sum = ((overlaps - largest.clone()) * beta).exp().sum_dim(1);
                -largest - sum.log() / beta
            }
        }
    }
}

/// xⁿ by repeated squaring, for x of either sign.
fn power(x: Tensor<2>, n: u32) -> Tensor<2> {
    let mut power = x.clone();
    for bit in bits_below_the_first(n) {
        power = power.square();
        if bit {
            power = power * x.clone();
        }
    }
    power
}

/// `(uⁿ − vⁿ) / scaleⁿ` for u ≥ v of the same sign (or u = −v), by repeated squaring:
///
/// ```text
/// u²ᵏ − v²ᵏ = (uᵏ − vᵏ)(uᵏ + vᵏ)        u²ᵏ⁺¹ − v²ᵏ⁺¹ = u (u²ᵏ − v²ᵏ) + v²ᵏ (u − v)
/// ```
///
/// in which nothing cancels, however close u and v are.
fn difference_of_powers(u: Tensor<2>, v: Tensor<2>, scale: &Tensor<2>, n: u32) -> Tensor<2> {
    let first = (u.clone() - v.clone()) / scale.clone();
    let (u, v) = (u / scale.clone(), v / scale.clone());
    let (mut u_power, mut v_power, mut difference) = (u.clone(), v.clone(), first.clone());
    for bit in bits_below_the_first(n) {
        difference = difference * (u_power.clone() + v_power.clone());
        (u_power, v_power) = (u_power.square(), v_power.square());
        if bit {
            difference = difference * u.clone() + v_power.clone() * first.clone();
            (u_power, v_power) = (u_power * u.clone(), v_power * v.clone());
        }
    }
    difference
}

fn bits_below_the_first(n: u32) -> impl Iterator<Item = bool> {
    (0..n.ilog2()).rev().map(move |bit| n >> bit & 1 == 1)
}
