//! Scale and softmax in one pass, and its gradient.

use crate::slices::exponential::exp;
use crate::slices::lanes::{Kernel, by_rows, fold, sum_of, vectorised};

/// `P = softmax(β C)` for each row of n scores, in place.
///
/// A row that contains NaN or +∞, or only −∞, becomes NaN; any other −∞ gets weight 0. Weights below 10⁻³⁸ of the largest are 0.
///
/// # Panics
///
/// If the number of scores is not a multiple of n.
pub fn softmax(scores: &mut [f32], n: usize, beta: f32) {
    assert!(scores.len().is_multiple_of(n), "{} scores in rows of {n}", scores.len());
    by_rows(scores, n, |_, rows| vectorised(Softmax { rows, n, beta }));
}

struct Softmax<'a> {
    rows: &'a mut [f32],
    n: usize,
    beta: f32,
}

impl Kernel for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for row in self.rows.chunks_exact_mut(self.n) {
            let largest = largest(row);
            let scale = 1.0 / exponentials(row, self.beta, largest);
            row.iter_mut().for_each(|entry| *entry *= scale);
        }
    }
}

/// The largest entry of a row.
#[inline(always)]
pub(crate) fn largest(row: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    fold(row, f32::NEG_INFINITY, larger, larger)
}

/// Replaces every c by `exp(β (c − origin))` and returns the sum.
#[inline(always)]
pub(crate) fn exponentials(row: &mut [f32], beta: f32, origin: f32) -> f32 {
    for entry in row.iter_mut() {
        *entry = exp((*entry - origin) * beta);
    }
    fold(row, 0.0, |sum, entry| sum + entry, |a, b| a + b)
}

/// `S = P ∘ (A − rowsum(P ∘ A))`, the gradient with respect to β C, in place of A = ∂L/∂P.
///
/// # Panics
///
/// If the two lengths differ, or are not a multiple of n.
pub fn softmax_gradient(weights: &[f32], gradient: &mut [f32], n: usize) {
    assert!(weights.len() == gradient.len() && weights.len().is_multiple_of(n));
    by_rows(gradient, n, |first, rows| {
        let weights = &weights[first * n..][..rows.len()];
        vectorised(SoftmaxGradient { weights, gradient: rows, n });
    });
}

struct SoftmaxGradient<'a> {
    weights: &'a [f32],
    gradient: &'a mut [f32],
    n: usize,
}

impl Kernel for SoftmaxGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let weights = self.weights.chunks_exact(self.n);
        for (gradient, weights) in self.gradient.chunks_exact_mut(self.n).zip(weights) {
            let mean = sum_of(gradient, weights, |a, p| a * p);
            centre(gradient, weights, mean);
        }
    }
}

/// Replaces every a by `p (a − mean)`.
#[inline(always)]
pub(crate) fn centre(gradient: &mut [f32], weights: &[f32], mean: f32) {
    for (a, &p) in gradient.iter_mut().zip(weights) {
        *a = p * (*a - mean);
    }
}

/// `Σ S ∘ β (C − max C)`, the gradient with respect to log β. The largest C of each row makes no difference to the sum, because
/// the rows of S sum to 0; without it, rounding makes none either: the sum is as accurate as S, whether all weights are nearly
/// equal or one is nearly 1. Where S is 0, C may be −∞.
///
/// # Panics
///
/// If the two lengths differ, or are not a multiple of n.
pub fn gradient_by_log_beta(score_gradient: &[f32], scores: &[f32], n: usize, beta: f32) -> f64 {
    assert!(score_gradient.len() == scores.len() && scores.len().is_multiple_of(n));
    vectorised(GradientByLogBeta { score_gradient, scores, n }) * f64::from(beta)
}

struct GradientByLogBeta<'a> {
    score_gradient: &'a [f32],
    scores: &'a [f32],
    n: usize,
}

impl Kernel for GradientByLogBeta<'_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let mut sum = 0.0;
        let scores = self.scores.chunks_exact(self.n);
        for (gradient, scores) in self.score_gradient.chunks_exact(self.n).zip(scores) {
            sum += f64::from(weighted_sum(gradient, scores, largest(scores)));
        }
        sum
    }
}

/// `Σ s (c − origin)` of a row, over the s that are not 0.
#[inline(always)]
pub(crate) fn weighted_sum(score_gradient: &[f32], scores: &[f32], origin: f32) -> f32 {
    sum_of(score_gradient, scores, |s, c| if s == 0.0 { 0.0 } else { s * (c - origin) })
}
