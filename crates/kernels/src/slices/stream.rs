//! Retrieval tile by tile: any number of patterns, with only a few tiles of weights in memory.
//!
//! The softmax is *online* (Milakov & Gimelshein 2018): the sums so far are rescaled whenever a larger score comes.

use std::ops::Range;

use rayon::prelude::*;

use crate::slices::exponential::exp;
use crate::slices::lanes::{Kernel, vectorised};
use crate::slices::matrix::Matrix;
use crate::slices::product::add_product_here;
use crate::slices::similarities::Similarities;
use crate::slices::softmax::{exponentials, largest};
use crate::slices::tiling::{BLOCK, RUNS, TILE, pieces, runs};
use crate::slices::top_k::{Best, collect, join};

/// The normalisation of the weights of B states: `P_n = exp(β (C_n − largest)) / sum`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Normalisers {
    /// The largest C of every state.
    pub largest: Vec<f32>,
    /// `Σ_n exp(β (C_n − largest))` of every state.
    pub sums: Vec<f32>,
}

/// `R = softmax(β I Hᵀ) H` in O(B d) memory, with the normalisers that [`retrieve_gradients`](crate::retrieve_gradients) needs.
/// A state with a similarity of NaN, or with none above −∞, gives NaN.
///
/// # Shapes
///
/// - states: `[B, d]`, patterns: `[N, d]`, retrieved: `[B, d]`
///
/// # Panics
///
/// If the dimensions differ or are 0, or there are no patterns.
pub fn retrieve(states: Matrix<'_>, patterns: Matrix<'_>, beta: f32) -> (Vec<f32>, Normalisers) {
    let (retrieved, normalisers, _) = retrieve_with_best(states, patterns, beta, 0);
    (retrieved, normalisers)
}

/// [`retrieve`] and [`top_k`](crate::slices::top_k) in one pass over the patterns.
///
/// # Panics
///
/// If the dimensions differ or are 0, or there are no patterns.
pub fn retrieve_with_best(
    states: Matrix<'_>,
    patterns: Matrix<'_>,
    beta: f32,
    k: usize,
) -> (Vec<f32>, Normalisers, Vec<Vec<Best>>) {
    let ([b, d], [n, _]) = (states.shape(), patterns.shape());
    let blocks: Vec<_> = pieces(b, BLOCK).collect();
    let runs = runs(n, RUNS / blocks.len().max(1));
    let found = blocks.into_par_iter().map(|block| {
        let states = states.rows(block);
        let parts = runs.par_iter().map(|run| Part::new(states, patterns, run.clone(), beta, k));
        Part::join(parts.collect(), d, beta, k)
    });
    let (mut retrieved, mut all) = (Vec::with_capacity(b * d), Normalisers::default());
    let mut best = Vec::with_capacity(b);
    for part in found.collect::<Vec<_>>() {
        retrieved.extend(part.states);
        all.largest.extend(part.normalisers.largest);
        all.sums.extend(part.normalisers.sums);
        best.extend(part.best);
    }
    (retrieved, all, best)
}

/// The result of one run of patterns.
struct Part {
    /// R, not yet divided by the sums.
    states: Vec<f32>,
    normalisers: Normalisers,
    best: Vec<Vec<Best>>,
}

impl Part {
    fn new(
        states: Matrix<'_>,
        patterns: Matrix<'_>,
        run: Range<usize>,
        beta: f32,
        k: usize,
    ) -> Self {
        let [b, d] = states.shape();
        let mut part = Part {
            states: vec![0.0; b * d],
            normalisers: Normalisers { largest: vec![f32::NEG_INFINITY; b], sums: vec![0.0; b] },
            best: vec![Vec::new(); b],
        };
        let mut similarities = Similarities::default();
        for tile in pieces(run.len(), TILE) {
            let first = run.start + tile.start;
            let tile = patterns.rows(first..run.start + tile.end);
            let [width, _] = tile.shape();
            let scores = similarities.compute(states, tile);
            if k > 0 {
                collect(&mut part.best, k, first, scores);
            }
            vectorised(Rescale { part: &mut part, scores, beta, d });
            let weights = Matrix::new(scores, [b, width]);
            add_product_here(&mut part.states, weights, tile, 1.0);
        }
        part
    }

    /// Adds up the parts and divides by the sums of the weights.
    fn join(parts: Vec<Self>, d: usize, beta: f32, k: usize) -> Self {
        let mut parts = parts.into_iter();
        let mut all = parts.next().expect("at least one run");
        for part in parts {
            join(&mut all.best, k, &part.best);
            for state in 0..all.normalisers.sums.len() {
                let largest = all.normalisers.largest[state].max(part.normalisers.largest[state]);
                if largest == f32::NEG_INFINITY {
                    all.normalisers.sums[state] += part.normalisers.sums[state];
                    continue;
                }
                let [ours, theirs] =
                    [&all, &part].map(|of| exp((of.normalisers.largest[state] - largest) * beta));
                all.normalisers.largest[state] = largest;
                all.normalisers.sums[state] =
                    all.normalisers.sums[state] * ours + part.normalisers.sums[state] * theirs;
                let range = state * d..(state + 1) * d;
                let entries = all.states[range.clone()].iter_mut().zip(&part.states[range]);
                entries.for_each(|(sum, more)| *sum = *sum * ours + more * theirs);
            }
        }
        for (row, sum) in all.states.chunks_exact_mut(d).zip(&all.normalisers.sums) {
            row.iter_mut().for_each(|entry| *entry /= sum);
        }
        all
    }
}

/// Turns the scores of a tile into weights relative to the largest score so far, and rescales the sums to match.
struct Rescale<'a> {
    part: &'a mut Part,
    scores: &'a mut [f32],
    beta: f32,
    d: usize,
}

impl Kernel for Rescale<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Part { states, normalisers: Normalisers { largest: so_far, sums }, .. } = self.part;
        let rows = self.scores.chunks_exact_mut(self.scores.len() / sums.len());
        let rows = rows.zip(states.chunks_exact_mut(self.d));
        for ((scores, states), (so_far, sum)) in rows.zip(so_far.iter_mut().zip(sums)) {
            let before = *so_far;
            *so_far = before.max(largest(scores));
            if *so_far == f32::NEG_INFINITY {
                // No weight yet, but a NaN must not get lost.
                *sum += if scores.iter().any(|score| score.is_nan()) { f32::NAN } else { 0.0 };
                scores.fill(0.0);
                continue;
            }
            if before < *so_far {
                let factor = exp((before - *so_far) * self.beta);
                states.iter_mut().for_each(|entry| *entry *= factor);
                *sum *= factor;
            }
            *sum += exponentials(scores, self.beta, *so_far);
        }
    }
}
