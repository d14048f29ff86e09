//! Similarity and separation together: weights, update steps and energy, for tensors of any rank.

use burn::tensor::{Bool, Tensor};
use hopfield_kernels::{Precision, cube, fused};

use crate::separation::below_zero;
use crate::similarity::KeySpace;
use crate::{Separation, Similarity};

/// What the states are compared with, and how: one batch of pattern sets.
pub(crate) struct Association<const D: usize> {
    space: KeySpace<D>,
    similarity: Similarity,
    separation: Separation,
    /// log β: broadcasts with `[.., S, N]`.
    log_beta: Tensor<D>,
    /// True where a state must not look: broadcasts with `[.., S, N]`.
    mask: Option<Tensor<D, Bool>>,
}

impl<const D: usize> Association<D> {
    pub(crate) fn new(
        similarity: Similarity,
        separation: Separation,
        patterns: Tensor<D>,
        log_beta: Tensor<D>,
    ) -> Self {
        Self::masked(similarity, separation, patterns, log_beta, None, None)
    }

    /// With rows of `patterns` that are none (`padding`, `[.., N, 1]`), and pairs that must not meet (`mask`).
    pub(crate) fn masked(
        similarity: Similarity,
        separation: Separation,
        patterns: Tensor<D>,
        log_beta: Tensor<D>,
        padding: Option<Tensor<D, Bool>>,
        mask: Option<Tensor<D, Bool>>,
    ) -> Self {
        let space = KeySpace::new(similarity, patterns, padding);
        Self { space, similarity, separation, log_beta, mask }
    }

    /// With products of this precision.
    pub(crate) fn with_precision(mut self, precision: Precision) -> Self {
        self.space.precision = precision;
        self
    }

    /// The key space of the patterns.
    pub(crate) fn space(&self) -> &KeySpace<D> {
        &self.space
    }

    fn beta(&self) -> Tensor<D> {
        self.log_beta.clone().exp()
    }

    /// P of states in the key space: `[.., S, d]` to `[.., S, N]`.
    pub(crate) fn weights(&self, q: Tensor<D>) -> Tensor<D> {
        let is_product = self.similarity != Similarity::Euclidean && self.mask.is_none();
        let is_exact = self.space.precision == Precision::F32;
        let keys = self.space.keys();
        if is_product
            && is_exact
            && self.separation == Separation::Softmax
            && fused::fits(&[&q, &keys, &self.log_beta])
        {
            return fused::associate(q, keys, self.beta());
        }
        self.weights_by(self.separation, q)
    }

    fn weights_by(&self, separation: Separation, q: Tensor<D>) -> Tensor<D> {
        let similarities = self.space.similarities(q);
        if self.mask.is_none() && cube::fits(&[&similarities, &self.log_beta]) {
            return cube::separate(similarities, self.log_beta.clone(), separation.into());
        }
        // Their differences are scaled, not they themselves: rounding then doesn't depend on their level, nor does that of β's
        // gradient.
        let relative = match separation.is_shift_invariant() {
            true => below_zero(similarities),
            false => similarities,
        };
        let scores = relative * self.beta();
        let mask = self.mask.clone().map(|mask| mask.expand(scores.shape()));
        separation.weights(scores, mask)
    }

    /// One update step of the states q, which got these weights: `[.., S, d]` to `[.., S, d]`.
    pub(crate) fn step(&self, q: Tensor<D>, weights: Tensor<D>) -> Tensor<D> {
        let only_direction = self.similarity.is_spherical();
        if only_direction && self.separation == Separation::Softmax1 {
            // The weights of the softmax are proportional, and don't vanish if all scores are low.
            return self.space.step(self.weights_by(Separation::Softmax, q));
        }
        if self.separation == Separation::LogSumRelu {
            // A state that no pattern reaches stays where it is.
            let none = weights.clone().sum_dim(D - 1).equal_elem(0.0).expand(q.shape());
            return self.space.step(weights).mask_where(none, q);
        }
        self.space.step(weights)
    }

    /// P after `steps − 1` update steps: `[.., S, d]` to `[.., S, N]`.
    pub(crate) fn unroll(&self, states: Tensor<D>, steps: usize) -> Tensor<D> {
        let mut q = self.space.states(states);
        let mut weights = self.weights(q.clone());
        for _ in 1..steps {
            q = self.step(q, weights);
            weights = self.weights(q.clone());
        }
        weights
    }

    /// E of states in the key space: `[.., S, d]` to `[.., S, 1]`, or nothing if there is no energy.
    pub(crate) fn energy(&self, q: Tensor<D>) -> Option<Tensor<D>> {
        let similarities = self.space.similarities(q.clone()); // [.., S, N]
        let n = similarities.dims()[D - 1];
        if let Separation::Polynomial(degree) = self.separation {
            // Not divided by its sum, the step is Krotov & Hopfield's; on a sphere that makes no difference.
            return self.similarity.is_spherical().then(|| {
                let relative = similarities / self.space.largest_square().clamp_min(1e-30);
                let positive = burn::tensor::activation::relu(relative);
                -positive.powi_scalar(degree + 1).sum_dim(D - 1)
            });
        }
        if (self.similarity, self.separation) == (Similarity::Euclidean, Separation::Softmax1) {
            return None;
        }
        let conjugate = self.separation.conjugate(similarities * self.beta())?;
        let constant = self.separation.largest_entropy(n);
        let free = (constant - conjugate) / self.beta();
        if self.similarity == Similarity::Euclidean {
            return Some(free);
        }
        let half_square = self.space.largest_square() * 0.5; // ½ M²
        Some(match self.similarity.is_spherical() {
            true => free + half_square.clone() + half_square,
            false => free + q.square().sum_dim(D - 1) * 0.5 + half_square,
        })
    }
}
