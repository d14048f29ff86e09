//! What can be said about a layer's patterns: how they are used, and how far apart they are.

use burn::tensor::{Int, Tensor};

use crate::heads::split;
use crate::{HopfieldLayer, LayerError, Separation, Usage};

/// Patterns compared with all others at a time, to bound memory.
const CHUNK: usize = 1024;

/// What [`HopfieldLayer::diagnose`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostics {
    /// How the states' weights are spread and how much each pattern is used.
    pub usage: Usage,
    /// `Δ_i = C(h_i, h_i) − max_{j≠i} C(h_i, h_j)` of every pattern, the separation of Ramsauer et al.
    /// (2020, definition 2) for any similarity: `h·N` numbers. Negative: another pattern is the best match
    /// of this one. ∞ if there is only one pattern.
    pub separation: Vec<f64>,
}

impl Diagnostics {
    /// How many patterns are not their own best match: a state that is such a pattern is answered with another.
    pub fn not_own_best_match(&self) -> usize {
        self.separation.iter().filter(|&&separation| separation < 0.0).count()
    }
}

impl HopfieldLayer {
    /// Looks at the weights of these states, and at the patterns.
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use hopfield_layer::HopfieldLayer;
    ///
    /// // Pattern 1 is pattern 0, but bolder: it wins where pattern 0 should.
    /// let stored = Tensor::<2>::from_data([[1.0, 0.0], [2.0, 0.1], [0.0, 1.0]], &Device::flex());
    /// let layer = HopfieldLayer::from_patterns(stored.clone(), 20.0)?;
    /// let found = layer.diagnose(stored);
    /// assert_eq!(found.not_own_best_match(), 1);
    /// assert_eq!(found.usage.best_matches(), [0, 2, 1]);
    /// assert_eq!(found.usage.dead_patterns(), [0]);
    /// # Ok::<(), hopfield_layer::LayerError>(())
    /// ```
    pub fn diagnose(&self, states: Tensor<2>) -> Diagnostics {
        let mut usage = Usage::new(self.heads());
        usage.add(&self.associate(states));
        let separation = self.separations().into_data().iter::<f64>().collect();
        Diagnostics { usage, separation }
    }

    /// A bound on the error of one update step (Ramsauer et al. 2020, Theorem 5, the bound behind the
    /// exponentially fast convergence of Theorem 4): the mean of the keys that a step makes of the state q is
    /// no further from k, the key that matches best, than
    ///
    /// ```text
    /// ‖P K − k_i‖ ≤ 2 (N − 1) M exp(−β (Δ_i − 2 M ‖q − k_i‖)),      M = max_n ‖k_n‖
    /// ```
    ///
    /// It is small if the pattern is well separated and the state near it, and says nothing if it is
    /// above 2 M. With heads: the root of the sum of their squares.
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    /// - bound: `[B]`
    ///
    /// # Errors
    ///
    /// [`LayerError::NoErrorBound`]: the bound is one for [`Separation::Softmax`] and [`Separation::TopK`].
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    pub fn retrieval_error_bound(&self, states: Tensor<2>) -> Result<Tensor<1>, LayerError> {
        if !matches!(self.separation, Separation::Softmax | Separation::TopK(_)) {
            return Err(LayerError::NoErrorBound { separation: self.separation });
        }
        let (h, n) = (self.heads(), self.pattern_count());
        let association = self.by_head();
        let space = association.space();
        let q = space.states(split(self.rows(states), h)); // [h, B, d/h]
        let best = space.similarities(q.clone()).argmax(2); // [h, B, 1]
        let keys = space.keys().gather(1, best.clone().expand(q.shape()));
        let distance = (q - keys).square().sum_dim(2).sqrt();
        let separation = self.separations().gather(1, best); // [h, B, 1]
        let norm = space.largest_square().sqrt(); // [h, 1, 1]
        let beta = self.log_beta.val().exp().reshape([h, 1, 1]);
        let exponent = beta * (separation - norm.clone() * distance * 2.0);
        let bound = norm * (-exponent).exp() * (2.0 * (n - 1) as f64);
        // Divided by the largest first, no square under- or overflows.
        let largest = bound.clone().max_dim(0); // [1, B, 1]
        let none = largest.clone().equal_elem(0.0);
        let relative = bound / largest.clone().mask_fill(none, 1.0);
        let relative = relative.clone().mask_fill(relative.is_nan(), 1.0); // ∞ / ∞
        Ok((relative.square().sum_dim(0).sqrt() * largest).flatten(0, 2))
    }

    /// Δ: `[h, N, 1]`.
    fn separations(&self) -> Tensor<3> {
        let n = self.pattern_count();
        let association = self.by_head();
        let space = association.space();
        let q = space.states(split(self.patterns.val(), self.heads())).without_autodiff();
        let columns = Tensor::<1, Int>::arange(0..n as i64, &q.device()).reshape([1, 1, n]);
        let chunks = (0..n).step_by(CHUNK).map(|start| {
            let end = n.min(start + CHUNK);
            let similarities = space.similarities(q.clone().slice_dim(1, start..end));
            let shape = similarities.shape();
            let rows = columns.clone().slice_dim(2, start..end).swap_dims(1, 2);
            let own = rows.expand(shape.clone()).equal(columns.clone().expand(shape));
            let others = similarities.clone().mask_fill(own.clone(), f32::NEG_INFINITY);
            let own = similarities.mask_fill(own.bool_not(), 0.0).sum_dim(2);
            own - others.max_dim(2)
        });
        Tensor::cat(chunks.collect(), 1)
    }
}
