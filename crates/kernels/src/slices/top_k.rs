//! The k best patterns, in one pass.

use rayon::prelude::*;

use crate::slices::matrix::Matrix;
use crate::slices::similarities::Similarities;
use crate::slices::tiling::{BLOCK, RUNS, TILE, pieces, runs};

/// A pattern and its similarity to a state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// The row of the pattern.
    pub pattern: usize,
    /// C
    pub similarity: f32,
}

/// The `k` patterns with the largest similarity C = I Hᵀ for each state, best first; ties keep the order of the patterns. If
/// there are fewer than `k` patterns, all of them. NaN counts as −∞.
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
            let mut similarities = Similarities::default();
            for tile in pieces(run.len(), TILE) {
                let first = run.start + tile.start;
                let tile = patterns.rows(first..run.start + tile.end);
                collect(&mut best, k, first, similarities.compute(states, tile));
            }
            best
        });
        let mut parts = parts.collect::<Vec<_>>().into_iter();
        let mut best: Vec<Vec<Best>> = parts.next().expect("at least one run");
        for part in parts {
            join(&mut best, k, &part);
        }
        all.extend(best);
    }
    all
}

/// Merges a tile, whose patterns start at `first`, into the best so far of each state. Tiles must come in order.
pub(crate) fn collect(best: &mut [Vec<Best>], k: usize, first: usize, similarities: &[f32]) {
    let rows = similarities.chunks_exact(similarities.len() / best.len());
    for (row, best) in rows.zip(best) {
        for (pattern, &similarity) in row.iter().enumerate() {
            insert(best, k, Best { pattern: first + pattern, similarity });
        }
    }
}

/// Merges the best of later patterns into the best so far.
pub(crate) fn join(best: &mut [Vec<Best>], k: usize, more: &[Vec<Best>]) {
    for (best, more) in best.iter_mut().zip(more) {
        more.iter().for_each(|&candidate| insert(best, k, candidate));
    }
}

/// Inserts a candidate, whose pattern comes after all those seen so far.
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
    fn no_patterns_give_no_best() {
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
