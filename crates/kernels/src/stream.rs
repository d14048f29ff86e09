//! The layer tile by tile: any number of patterns, with never more than a few tiles of weights in memory.
//!
//! The softmax is *online* (Milakov & Gimelshein 2018): what has been summed up so far is rescaled when a larger score
//! comes. The gradients compute the weights again (Dao et al. 2022).

use std::ops::Range;

use rayon::prelude::*;

use crate::exponential::exp;
use crate::lanes::{Kernel, sum_of, vectorised};
use crate::matrix::Matrix;
use crate::product::{Threads, add_product_on, product_to};
use crate::softmax::{centre, exponentials, largest, weighted_log};
use crate::top_k::{Best, collect, join};

/// Patterns compared at a time.
pub(crate) const TILE: usize = 256;

/// States answered at a time.
pub(crate) const BLOCK: usize = 256;

/// Runs of tiles that are summed up apart, by different threads: a number that does not depend on the threads, so that
/// the results don't.
pub(crate) const RUNS: usize = 64;

/// What the weights of B states are divided by: `P_n = exp(β (C_n − largest)) / sum`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Normalisers {
    /// The largest C of every state.
    pub largest: Vec<f32>,
    /// `Σ_n exp(β (C_n − largest))` of every state.
    pub sums: Vec<f32>,
}

/// `R = softmax(β I Hᵀ) H` in memory O(B d), and what its gradients need. States that are compared with NaN become NaN, and so
/// do those without any similarity above −∞.
///
/// # Shapes
///
/// - states: `[B, d]`, patterns: `[N, d]`, retrieved: `[B, d]`
///
/// # Panics
///
/// If the dimensions differ, or are 0, or there is no pattern.
pub fn retrieve(states: Matrix<'_>, patterns: Matrix<'_>, beta: f32) -> (Vec<f32>, Normalisers) {
    let (retrieved, normalisers, _) = retrieve_with_best(states, patterns, beta, 0);
    (retrieved, normalisers)
}

/// [`retrieve`] and [`top_k`](crate::top_k) in the same pass through the patterns.
///
/// # Panics
///
/// If the dimensions differ, or are 0, or there is no pattern.
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
        let parts = runs.par_iter().map(|run| Part::of(states, patterns, run.clone(), beta, k));
        Part::join(parts.collect(), d, beta, k)
    });
    let (mut retrieved, mut all) = (Vec::with_capacity(b * d), Normalisers::default());
    let mut best = Vec::with_capacity(b);
    for part in found.collect::<Vec<_>>() {
        retrieved.extend(part.states);
        all.largest.extend(part.of.largest);
        all.sums.extend(part.of.sums);
        best.extend(part.best);
    }
    (retrieved, all, best)
}

/// What some of the patterns give.
struct Part {
    /// R times the sums.
    states: Vec<f32>,
    of: Normalisers,
    best: Vec<Vec<Best>>,
}

impl Part {
    fn of(
        states: Matrix<'_>,
        patterns: Matrix<'_>,
        run: Range<usize>,
        beta: f32,
        k: usize,
    ) -> Self {
        let [b, d] = states.shape();
        let mut part = Part {
            states: vec![0.0; b * d],
            of: Normalisers { largest: vec![f32::NEG_INFINITY; b], sums: vec![0.0; b] },
            best: vec![Vec::new(); b],
        };
        let mut scores = Vec::new();
        for tile in pieces(run.len(), TILE) {
            let first = run.start + tile.start;
            let tile = patterns.rows(first..run.start + tile.end);
            let [width, _] = tile.shape();
            product_to(&mut scores, states, tile.t(), 1.0, Threads::One);
            if k > 0 {
                collect(&mut part.best, k, first, &scores);
            }
            vectorised(Rescale { part: &mut part, scores: &mut scores, beta, d });
            let weights = Matrix::new(&scores, [b, width]);
            add_product_on(&mut part.states, weights, tile, 1.0, Threads::One);
        }
        part
    }

    /// The sum of all, divided by the sums of the weights.
    fn join(parts: Vec<Self>, d: usize, beta: f32, k: usize) -> Self {
        let mut parts = parts.into_iter();
        let mut all = parts.next().expect("there is a pattern");
        for part in parts {
            join(&mut all.best, k, &part.best);
            for state in 0..all.of.sums.len() {
                let largest = all.of.largest[state].max(part.of.largest[state]);
                if largest == f32::NEG_INFINITY {
                    all.of.sums[state] += part.of.sums[state];
                    continue;
                }
                let [ours, theirs] =
                    [&all, &part].map(|some| exp((some.of.largest[state] - largest) * beta));
                all.of.largest[state] = largest;
                all.of.sums[state] = all.of.sums[state] * ours + part.of.sums[state] * theirs;
                let range = state * d..(state + 1) * d;
                let entries = all.states[range.clone()].iter_mut().zip(&part.states[range]);
                entries.for_each(|(sum, more)| *sum = *sum * ours + more * theirs);
            }
        }
        for (row, sum) in all.states.chunks_exact_mut(d).zip(&all.of.sums) {
            row.iter_mut().for_each(|entry| *entry /= sum);
        }
        all
    }
}

/// Turns the scores of a tile into weights relative to the largest so far, and with them what has been summed up.
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
        let Part { states, of: Normalisers { largest: so_far, sums }, .. } = self.part;
        let rows = self.scores.chunks_exact_mut(self.scores.len() / sums.len());
        let rows = rows.zip(states.chunks_exact_mut(self.d));
        for ((scores, states), (so_far, sum)) in rows.zip(so_far.iter_mut().zip(sums)) {
            let before = *so_far;
            *so_far = before.max(largest(scores));
            if *so_far == f32::NEG_INFINITY {
                // Nothing yet that has a weight; but NaN is not nothing.
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

/// Which gradients are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// ∂L/∂I
    pub states: bool,
    /// ∂L/∂H
    pub patterns: bool,
}

/// What [`retrieve_gradients`] found; empty what was not wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    /// ∂L/∂I: `[B, d]`.
    pub states: Vec<f32>,
    /// ∂L/∂H: `[N, d]`.
    pub patterns: Vec<f32>,
    /// ∂L/∂log β.
    pub log_beta: f64,
}

/// The gradients of [`retrieve`], which gave `retrieved` and `normalisers`, if that by R is G:
///
/// ```text
/// ∂L/∂H = Pᵀ G + β Sᵀ I        ∂L/∂I = β S H        ∂L/∂log β = Σ S ∘ ln P        S = P ∘ (G Hᵀ − rowsum(G ∘ R))
/// ```
///
/// # Shapes
///
/// - states, gradient: `[B, d]`, patterns: `[N, d]`
///
/// # Panics
///
/// If the dimensions differ.
pub fn retrieve_gradients(
    states: Matrix<'_>,
    patterns: Matrix<'_>,
    beta: f32,
    (retrieved, normalisers): (&[f32], &Normalisers),
    gradient: Matrix<'_>,
    wanted: Wanted,
) -> Gradients {
    let ([b, d], [n, _]) = (states.shape(), patterns.shape());
    let runs = runs(n, RUNS);
    let length = runs[0].len();
    let mut all = Gradients {
        states: vec![0.0; if wanted.states { b * d } else { 0 }],
        patterns: vec![0.0; if wanted.patterns { n * d } else { 0 }],
        log_beta: 0.0,
    };
    for block in pieces(b, BLOCK) {
        let of = Block {
            states: states.rows(block.clone()),
            patterns,
            beta,
            gradient: gradient.rows(block.clone()),
            largest: &normalisers.largest[block.clone()],
            sums: &normalisers.sums[block.clone()],
            means: means(gradient, retrieved, block.clone()),
            wanted,
        };
        // Chunks of nothing, if nothing is wanted.
        let mut chunks: Vec<&mut [f32]> = all.patterns.chunks_mut(length * d).collect();
        chunks.resize_with(runs.len(), Default::default);
        let parts = chunks.into_par_iter().zip(&runs);
        let parts = parts.map(|(by_pattern, run)| of.gradients(run.clone(), by_pattern));
        for (by_state, log_beta) in parts.collect::<Vec<_>>() {
            all.log_beta += log_beta;
            if wanted.states {
                let sums = &mut all.states[block.start * d..block.end * d];
                sums.iter_mut().zip(by_state).for_each(|(sum, part)| *sum += part);
            }
        }
    }
    all
}

/// `rowsum(G ∘ R)` of some states, which is `rowsum(P ∘ A)`.
fn means(gradient: Matrix<'_>, retrieved: &[f32], block: Range<usize>) -> Vec<f32> {
    let d = gradient.shape()[1];
    let rows = gradient.row_data(block.clone()).chunks_exact(d);
    let rows = rows.zip(retrieved[block.start * d..block.end * d].chunks_exact(d));
    rows.map(|(g, r)| sum_of(g, r, |g, r| g * r)).collect()
}

/// Some states, and what is known of them.
struct Block<'a> {
    states: Matrix<'a>,
    patterns: Matrix<'a>,
    beta: f32,
    gradient: Matrix<'a>,
    largest: &'a [f32],
    sums: &'a [f32],
    means: Vec<f32>,
    wanted: Wanted,
}

impl Block<'_> {
    /// Adds what these states say of a run of patterns to their gradients; gives what the patterns say of the states, and
    /// of log β.
    fn gradients(&self, run: Range<usize>, by_pattern: &mut [f32]) -> (Vec<f32>, f64) {
        let [b, d] = self.states.shape();
        let (mut weights, mut scores) = (Vec::new(), Vec::new());
        let mut by_state = vec![0.0; if self.wanted.states { b * d } else { 0 }];
        let mut log_beta = 0.0;
        for piece in pieces(run.len(), TILE) {
            let tile = self.patterns.rows(run.start + piece.start..run.start + piece.end);
            let width = piece.len();
            product_to(&mut weights, self.states, tile.t(), 1.0, Threads::One);
            product_to(&mut scores, self.gradient, tile.t(), 1.0, Threads::One);
            let (weights_mut, scores_mut) = (&mut weights, &mut scores);
            log_beta += vectorised(Weigh { of: self, weights: weights_mut, scores: scores_mut });
            let weights = Matrix::new(&weights, [b, width]);
            let scores = Matrix::new(&scores, [b, width]);
            if self.wanted.patterns {
                let rows = &mut by_pattern[piece.start * d..piece.end * d];
                add_product_on(rows, weights.t(), self.gradient, 1.0, Threads::One);
                add_product_on(rows, scores.t(), self.states, self.beta, Threads::One);
            }
            if self.wanted.states {
                add_product_on(&mut by_state, scores, tile, self.beta, Threads::One);
            }
        }
        (by_state, log_beta)
    }
}

/// Turns the scores of a tile into P, and A into S; gives `Σ S ∘ ln P`.
struct Weigh<'a> {
    of: &'a Block<'a>,
    weights: &'a mut [f32],
    scores: &'a mut [f32],
}

impl Kernel for Weigh<'_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let Block { beta, largest, sums, means, .. } = self.of;
        let (width, [n, _]) = (self.weights.len() / sums.len(), self.of.patterns.shape());
        let rows = self.weights.chunks_exact_mut(width).zip(self.scores.chunks_exact_mut(width));
        let mut log_beta = 0.0;
        for (state, (weights, scores)) in rows.enumerate() {
            exponentials(weights, *beta, largest[state]);
            let scale = 1.0 / sums[state];
            weights.iter_mut().for_each(|weight| *weight *= scale);
            centre(scores, weights, means[state]);
            log_beta += f64::from(weighted_log(scores, weights, n));
        }
        log_beta
    }
}

/// 0..count in pieces of `size`, the last of what is left.
pub(crate) fn pieces(count: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(size).map(move |start| start..count.min(start + size))
}

/// 0..n in at most `most` pieces, but one, all but the last of the same number of whole tiles.
pub(crate) fn runs(n: usize, most: usize) -> Vec<Range<usize>> {
    let tiles = n.div_ceil(TILE).div_ceil(most.max(1));
    pieces(n, tiles * TILE).collect()
}
