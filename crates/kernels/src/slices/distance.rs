//! Squared Euclidean distances, as accurate as the direct sum.

use rayon::prelude::*;

use crate::slices::gradients::Wanted;
use crate::slices::lanes::{Kernel, by_rows, is_worth_threads, rows_at_once, sum_of, vectorised};
use crate::slices::matrix::Matrix;
use crate::slices::product::product;

/// Where −C is below this part of the terms that it is the difference of, it is summed up directly. Above, the difference
/// has lost 4 of its 24 bits at most.
const CANCELLED: f32 = 1.0 / 16.0;

/// `C = −½ ‖x − h‖²` of every state x and pattern h. Never above 0.
///
/// With an origin o in the midst of the patterns, `C = (x − o)·(h − o) − ½ ‖x − o‖² − ½ ‖h − o‖²`: one product of matrices. Where
/// the terms nearly cancel (near patterns far from o), the squares `(x_i − h_i)²` are summed up instead.
///
/// # Shapes
///
/// - states: `[B, d]`, patterns: `[N, d]`, C: `[B, N]`
///
/// # Panics
///
/// If the dimensions differ or are 0, or a matrix is a transpose.
pub fn half_squared_distances(states: Matrix<'_>, patterns: Matrix<'_>) -> Vec<f32> {
    let ([b, d], [n, _]) = (states.shape(), patterns.shape());
    let origin = midst(patterns);
    let (moved_states, of_states) = moved(states, &origin);
    let (moved_patterns, of_patterns) = moved(patterns, &origin);
    let moved_states = Matrix::new(&moved_states, [b, d]);
    let mut all = product(moved_states, Matrix::new(&moved_patterns, [n, d]).t(), 1.0);
    if all.is_empty() {
        return all;
    }
    let row = |(state, row): (usize, &mut [f32])| {
        let state = (states.rows(state..state + 1).data(), of_states[state]);
        vectorised(Row { row, state, patterns, of_patterns: &of_patterns });
    };
    if is_worth_threads(all.len()) {
        let few = rows_at_once(n);
        all.par_chunks_mut(n).enumerate().with_min_len(few).for_each(row);
    } else {
        all.chunks_mut(n).enumerate().for_each(row);
    }
    all
}

/// The gradients of [`half_squared_distances`] with respect to states and patterns, given `G = ∂L/∂C`; empty if not wanted:
///
/// ```text
/// ∂L/∂x_b = Σ_n G_bn (h_n − x_b)        ∂L/∂h_n = Σ_b G_bn (x_b − h_n)
/// ```
///
/// # Shapes
///
/// - states: `[B, d]`, patterns: `[N, d]`, gradient: `[B, N]`
///
/// # Panics
///
/// If the shapes do not match.
pub fn distance_gradients(
    states: Matrix<'_>,
    patterns: Matrix<'_>,
    gradient: Matrix<'_>,
    wanted: Wanted,
) -> [Vec<f32>; 2] {
    let origin = midst(patterns);
    let [(states, _), (patterns, _)] = [states, patterns].map(|rows| moved(rows, &origin));
    let one = |wanted: bool, by: Matrix<'_>, from: &[f32], to: &[f32]| {
        if !wanted {
            return Vec::new();
        }
        let ([rows, others], d) = (by.shape(), origin.len());
        let totals = product(by, Matrix::new(&vec![1.0; others], [others, 1]), 1.0);
        let mut sums = product(by, Matrix::new(to, [others, d]), 1.0);
        for row in 0..rows {
            let sums = sums[row * d..][..d].iter_mut().zip(&from[row * d..][..d]);
            sums.for_each(|(sum, x)| *sum -= totals[row] * x);
        }
        sums
    };
    [
        one(wanted.states, gradient, &states, &patterns),
        one(wanted.patterns, gradient.t(), &patterns, &states),
    ]
}

/// The mean of some of the rows, evenly spaced: any point among them serves.
fn midst(rows: Matrix<'_>) -> Vec<f32> {
    const MOST: usize = 256;
    let [n, d] = rows.shape();
    let step = n.div_ceil(MOST).max(1);
    let mut sums = vec![0.0; d];
    for row in rows.data().chunks_exact(d).step_by(step) {
        sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    sums.into_iter().map(|sum| (sum / n.div_ceil(step).max(1) as f64) as f32).collect()
}

/// Every row minus the origin, `x − o`, and `½ ‖x − o‖²`.
fn moved(rows: Matrix<'_>, origin: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut moved = rows.data().to_vec();
    let squares = by_rows(&mut moved, origin.len(), |_, rows| vectorised(Move { rows, origin }));
    (moved, squares.concat())
}

struct Move<'a> {
    rows: &'a mut [f32],
    origin: &'a [f32],
}

impl Kernel for Move<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn call(self) -> Vec<f32> {
        let mut half_squares = Vec::with_capacity(self.rows.len() / self.origin.len());
        for row in self.rows.chunks_exact_mut(self.origin.len()) {
            for (x, o) in row.iter_mut().zip(self.origin) {
                *x -= o;
            }
            half_squares.push(0.5 * sum_of(row, row, |a, b| a * b));
        }
        half_squares
    }
}

/// Turns the products of a state with all patterns into C.
struct Row<'a> {
    row: &'a mut [f32],
    /// The state, and half its square from the origin.
    state: (&'a [f32], f32),
    patterns: Matrix<'a>,
    of_patterns: &'a [f32],
}

impl Kernel for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (state, of_state) = self.state;
        let mut cancelled = 0;
        for (entry, &of_pattern) in self.row.iter_mut().zip(self.of_patterns) {
            let terms = of_state + of_pattern;
            let c = *entry - terms;
            // What is NaN, as the difference of infinite terms, is computed again, too.
            let again = c.is_nan() || -c <= CANCELLED * terms;
            *entry = if again { f32::NAN } else { c };
            cancelled += u32::from(again);
        }
        if cancelled == 0 {
            return;
        }
        let patterns = self.patterns.data().chunks_exact(state.len());
        for (entry, pattern) in self.row.iter_mut().zip(patterns) {
            if entry.is_nan() {
                *entry = -0.5 * sum_of(state, pattern, |x, h| (x - h) * (x - h));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direct(states: &[f32], patterns: &[f32], d: usize) -> Vec<f64> {
        let of_state = |x: &[f32]| {
            let distance = |h: &[f32]| {
                let squares = x.iter().zip(h).map(|(&x, &h)| (f64::from(x) - f64::from(h)).powi(2));
                -0.5 * squares.sum::<f64>()
            };
            patterns.chunks(d).map(distance).collect::<Vec<_>>()
        };
        states.chunks(d).flat_map(of_state).collect()
    }

    /// Pseudorandom numbers in [−1, 1].
    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mix = |i: u32| (i ^ (i >> 15)).wrapping_mul(0x2c1b_3c6d) ^ (i >> 12);
        let number = |i: usize| mix(mix(i as u32 + seed * 7919)) as f32 / (1u32 << 31) as f32 - 1.0;
        (0..count).map(number).collect()
    }

    #[test]
    fn distances_are_those_of_the_direct_sum() {
        let (b, n) = (9, 40);
        for d in [1, 2, 3, 31, 784] {
            for scale in [0.0, 1.0, 1e3, 1e6] {
                // One cluster far out; two clusters far apart; a single pattern far away.
                for far in [n, n / 2, 1] {
                    let mut patterns = numbers(n * d, 1);
                    patterns[..far * d].iter_mut().for_each(|x| *x += scale);
                    let mut states = numbers(b * d, 2);
                    states[..(b / 2) * d].iter_mut().for_each(|x| *x += scale);
                    let found = half_squared_distances(
                        Matrix::new(&states, [b, d]),
                        Matrix::new(&patterns, [n, d]),
                    );
                    let expected = direct(&states, &patterns, d);
                    for (found, expected) in found.into_iter().zip(expected) {
                        let off = (f64::from(found) - expected).abs();
                        assert!(found <= 0.0 && off <= 3e-5 * expected.abs(), "{found} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_pattern_is_at_no_distance_from_itself() {
        let rows = numbers(20 * 50, 3);
        let rows = Matrix::new(&rows, [20, 50]);
        let found = half_squared_distances(rows, rows);
        assert!((0..20).all(|i| found[i * 20 + i] == 0.0));
    }

    #[test]
    fn what_overflows_is_minus_infinity_and_nan_stays() {
        let rows = [3e38, -3e38, 1.0, f32::NAN];
        let found = half_squared_distances(Matrix::new(&[1.0], [1, 1]), Matrix::new(&rows, [4, 1]));
        assert_eq!(found[..3], [f32::NEG_INFINITY, f32::NEG_INFINITY, 0.0]);
        assert!(found[3].is_nan());
    }

    #[test]
    fn no_rows_have_no_distances() {
        let (none, some) = (Matrix::new(&[], [0, 2]), Matrix::new(&[1.0; 4], [2, 2]));
        assert!(half_squared_distances(none, some).is_empty());
        assert!(half_squared_distances(some, none).is_empty());
    }
}
