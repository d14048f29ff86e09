//! The gradients of streaming retrieval, which computes the weights again (Dao et al. 2022).

use std::ops::Range;

use rayon::prelude::*;

use crate::slices::lanes::{Kernel, sum_of, vectorised};
use crate::slices::matrix::Matrix;
use crate::slices::product::add_product_here;
use crate::slices::similarities::Similarities;
use crate::slices::softmax::{centre, exponentials, weighted_sum};
use crate::slices::stream::Normalisers;
use crate::slices::tiling::{BLOCK, RUNS, TILE, pieces, runs};

/// Which gradients are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// ∂L/∂I
    pub states: bool,
    /// ∂L/∂H
    pub patterns: bool,
}

/// The result of [`retrieve_gradients`]. Gradients that were not wanted are empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    /// ∂L/∂I: `[B, d]`.
    pub states: Vec<f32>,
    /// ∂L/∂H: `[N, d]`.
    pub patterns: Vec<f32>,
    /// ∂L/∂log β.
    pub log_beta: f64,
}

/// The gradients of [`retrieve`](crate::retrieve), given what it returned and G = ∂L/∂R:
///
/// ```text
/// ∂L/∂H = Pᵀ G + β Sᵀ I        ∂L/∂I = β S H        ∂L/∂log β = Σ S ∘ β C        S = P ∘ (G Hᵀ − rowsum(G ∘ R))
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
        // Empty chunks, if these gradients are not wanted.
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

/// `rowsum(G ∘ R)` of a block of states, which is `rowsum(P ∘ A)`.
fn means(gradient: Matrix<'_>, retrieved: &[f32], block: Range<usize>) -> Vec<f32> {
    let d = gradient.shape()[1];
    let rows = gradient.rows(block.clone()).data().chunks_exact(d);
    let rows = rows.zip(retrieved[block.start * d..block.end * d].chunks_exact(d));
    rows.map(|(g, r)| sum_of(g, r, |g, r| g * r)).collect()
}

/// A block of states and what belongs to them.
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
    /// Adds what these states contribute to the gradients of a run of patterns; returns what the run contributes to the
    /// gradients of the states and of log β.
    fn gradients(&self, run: Range<usize>, by_pattern: &mut [f32]) -> (Vec<f32>, f64) {
        let [b, d] = self.states.shape();
        let [mut of_states, mut of_gradient] = [(); 2].map(|()| Similarities::default());
        let mut by_state = vec![0.0; if self.wanted.states { b * d } else { 0 }];
        let mut log_beta = 0.0;
        for piece in pieces(run.len(), TILE) {
            let tile = self.patterns.rows(run.start + piece.start..run.start + piece.end);
            let width = piece.len();
            let weights = of_states.compute(self.states, tile);
            let scores = of_gradient.compute(self.gradient, tile);
            let kernel = Weigh { of: self, weights: &mut *weights, scores: &mut *scores };
            log_beta += vectorised(kernel) * f64::from(self.beta);
            let (weights, scores) =
                (Matrix::new(weights, [b, width]), Matrix::new(scores, [b, width]));
            if self.wanted.patterns {
                let rows = &mut by_pattern[piece.start * d..piece.end * d];
                add_product_here(rows, weights.t(), self.gradient, 1.0);
                add_product_here(rows, scores.t(), self.states, self.beta);
            }
            if self.wanted.states {
                add_product_here(&mut by_state, scores, tile, self.beta);
            }
        }
        (by_state, log_beta)
    }
}

/// Turns the C of a tile into P and A into S; returns `Σ S ∘ (C − max C)`.
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
        let width = self.weights.len() / sums.len();
        let rows = self.weights.chunks_exact_mut(width).zip(self.scores.chunks_exact_mut(width));
        let mut similarities = [0.0; TILE];
        let mut sum = 0.0;
        for (state, (weights, scores)) in rows.enumerate() {
            let similarities = &mut similarities[..width];
            similarities.copy_from_slice(weights);
            exponentials(weights, *beta, largest[state]);
            let scale = 1.0 / sums[state];
            for weight in &mut *weights {
                *weight *= scale;
            }
            centre(scores, weights, means[state]);
            sum += f64::from(weighted_sum(scores, similarities, largest[state]));
        }
        sum
    }
}
