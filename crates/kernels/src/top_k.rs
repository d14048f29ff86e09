//! The k best patterns, in one pass.

use rayon::prelude::*;

use crate::matrix::Matrix;
use crate::product::{Threads, product_to};
use crate::stream::{BLOCK, RUNS, TILE, pieces, runs};

/// A pattern and how similar it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// Which pattern.
    pub pattern: usize,
    /// C
    pub similarity: f32,
}

/// The `k` patterns of the largest C = I Hᵀ of every state, the best first, of equal ones the first first; all of them if
/// there are fewer. NaN counts as −∞.
///
/// # Shapes
///
/// - states: `[B, d]`, patterns: `[N, d]`
///
/// # Panics
///
/// If the dimensions differ.
pub fn top_k(states: Matrix<'_>, patterns: Matrix<'_>, k: usize) -> Vec<Vec<Best>> {
    let ([b, _], [n, _]) = (states.shape(), patterns.shape());
    if n == 0 {
        return vec![Vec::new(); b];
    }
    let mut all = Vec::with_capacity(b);
    for block in pieces(b, BLOCK) {
        let states = states.rows(block);
        let parts = runs(n, RUNS).into_par_iter().map(|run| {
            let mut best = vec![Vec::new(); states.shape()[0]];
            let mut similarities = Vec::new();
            for tile in pieces(run.len(), TILE) {
                let first = run.start + tile.start;
                let tile = patterns.rows(first..run.start + tile.end);
                product_to(&mut similarities, states, tile.t(), 1.0, Threads::One);
                collect(&mut best, k, first, &similarities);
            }
            best
        });
        let mut parts = parts.collect::<Vec<_>>().into_iter();
        let mut best: Vec<Vec<Best>> = parts.next().expect("there is a pattern");
        for part in parts {
            join(&mut best, k, &part);
        }
        all.extend(best);
    }
    all
}

/// Adds the patterns of a tile, from `first` on, to the best of every state so far; they come after all that are there.
pub(crate) fn collect(best: &mut [Vec<Best>], k: usize, first: usize, similarities: &[f32]) {
    let rows = similarities.chunks_exact(similarities.len() / best.len());
    for (row, best) in rows.zip(best) {
        for (pattern, &similarity) in row.iter().enumerate() {
            insert(best, k, Best { pattern: first + pattern, similarity });
        }
    }
}

/// Adds the best of patterns that come after all that are there.
pub(crate) fn join(best: &mut [Vec<Best>], k: usize, more: &[Vec<Best>]) {
    for (best, more) in best.iter_mut().zip(more) {
        more.iter().for_each(|&candidate| insert(best, k, candidate));
    }
}

/// Adds a candidate whose pattern comes after all that are there.
fn insert(best: &mut Vec<Best>, k: usize, candidate: Best) {
    let value =
        |best: &Best| if best.similarity.is_nan() { f32::NEG_INFINITY } else { best.similarity };
    if best.len() >= k && best.last().is_none_or(|worst| value(&candidate) <= value(worst)) {
        return;
    }
    let place = best.partition_point(|other| value(other) >= value(&candidate));
    best.insert(place, candidate);
    best.truncate(k);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_no_patterns_none_is_best() {
        let found = top_k(Matrix::new(&[1.0; 6], [2, 3]), Matrix::new(&[], [0, 3]), 4);
        assert_eq!(found, [[], []]);
    }

    #[test]
    fn nan_counts_as_minus_infinity() {
        let patterns = [f32::NAN, -2.0, f32::NEG_INFINITY];
        let found = top_k(Matrix::new(&[1.0], [1, 1]), Matrix::new(&patterns, [3, 1]), 3);
        let order: Vec<_> = found[0].iter().map(|best| best.pattern).collect();
        assert_eq!(order, [1, 0, 2]);
    }
}
