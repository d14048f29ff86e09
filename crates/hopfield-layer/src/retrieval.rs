//! Retrieval to convergence.

use burn::tensor::Tensor;
use hopfield_kernels::matmul;

use crate::heads::{join, split};
use crate::settle::{keep, settle};
use crate::{HopfieldLayer, LayerError};

/// When a retrieval ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// Update steps at most, 1 or more.
    pub max: usize,
    /// A state has converged when a step moves it by no more than this Euclidean distance, in the
    /// [key space](crate::Similarity).
    pub tolerance: f64,
}

impl Default for Steps {
    /// At most 100 steps, down to a change of 10⁻⁴. Digits need 2 to 10 steps, about 40 near the critical β.
    fn default() -> Self {
        Self { max: 100, tolerance: 1e-4 }
    }
}

/// What [`HopfieldLayer::retrieve`] found for B states.
#[derive(Debug, Clone)]
pub struct Retrieval {
    /// The retrieved states, weights · V: `[B, m]`.
    pub states: Tensor<2>,
    /// The weights of the last step: `[B, h·N]`.
    pub weights: Tensor<2>,
    /// Update steps of every state.
    pub steps: Vec<usize>,
    /// Whether the state's last step was within the tolerance.
    pub converged: Vec<bool>,
    /// The energy of every state before the first step and after each one, `[B, T + 1]` with T the steps
    /// of the slowest state; a state that is done repeats its last. None if there is
    /// [no energy](HopfieldLayer::energy).
    pub energy: Option<Tensor<2>>,
}

impl HopfieldLayer {
    /// Updates every state, `q ← φ(P · K)` in the [key space](crate::Similarity), until it stops changing
    /// or the steps are used up, and answers with the weights of its last step. A state that is done stays
    /// as it is, so the others of its batch make no difference. The layer's own number of steps plays no part.
    ///
    /// The end is a stationary point of the [`energy`](Self::energy), a minimum or a saddle near the
    /// state, not the global minimum (Ramsauer et al. 2020, Theorem 2). A state with NaN or ±∞
    /// ends after one step, not converged, with NaN.
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    ///
    /// # Errors
    ///
    /// [`LayerError::InvalidSettings`] if `steps.max` is 0 or the tolerance negative or NaN.
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use hopfield_layer::{HopfieldLayer, Steps};
    ///
    /// let device = Device::flex();
    /// let stored = Tensor::<2>::from_data([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]], &device);
    /// let layer = HopfieldLayer::from_patterns(stored, 6.0)?;
    /// let damaged = Tensor::<2>::from_data([[0.5, 0.4, 0.1]], &device);
    /// let found = layer.retrieve(damaged, Steps::default())?;
    /// let state: Vec<f32> = found.states.into_data().try_to_vec().unwrap();
    /// assert!(found.converged[0] && found.steps[0] > 1);
    /// assert!((state[0] - 1.0).abs() < 0.01 && state[2].abs() < 0.01);
    /// # Ok::<(), hopfield_layer::LayerError>(())
    /// ```
    pub fn retrieve(&self, states: Tensor<2>, steps: Steps) -> Result<Retrieval, LayerError> {
        steps.check()?;
        let association = self.by_head();
        let q = association.space().states(split(self.rows(states), self.heads())); // [h, B, d/h]
        let mut energies = Vec::new();
        let mut weights: Option<Tensor<3>> = None; // [h, B, N]
        let found = settle(
            q,
            steps.max,
            |q, moving| {
                energies.extend(association.energy(q.clone()));
                let next = association.weights(q.clone());
                let next = match weights.take() {
                    Some(weights) => keep(weights, next, moving),
                    None => next,
                };
                weights = Some(next.clone());
                association.step(q, next)
            },
            |q, next| {
                let change = (next.clone() - q.clone()).square().sum_dim(2).sum_dim(0).sqrt();
                let changes = change.into_data(); // [1, B, 1]
                let end = |change: f64| match change <= steps.tolerance {
                    true => Some(true),
                    false => change.is_nan().then_some(false),
                };
                changes.iter::<f64>().map(end).collect()
            },
        );
        energies.extend(association.energy(found.states.clone()));
        // Without any state there was no step.
        let weights = weights.unwrap_or_else(|| association.weights(found.states));
        let values = split(self.value_rows(), self.heads());
        let sums = energies.into_iter().map(|energy| energy.sum_dim(0).flatten(0, 1));
        let energies: Vec<Tensor<2>> = sums.collect();
        Ok(Retrieval {
            states: join(matmul(weights.clone(), values)),
            weights: join(weights),
            steps: found.steps,
            converged: found.ends.into_iter().map(|end| end == Some(true)).collect(),
            energy: (!energies.is_empty()).then(|| Tensor::cat(energies, 1)),
        })
    }
}

impl Steps {
    fn check(self) -> Result<(), LayerError> {
        let mut checks = crate::error::Checks::default();
        checks.count("steps.max", self.max);
        let holds = self.tolerance >= 0.0;
        checks.require(holds, "steps.tolerance", self.tolerance, "a number, 0 or more");
        checks.end()
    }
}
