//! Retrieval to convergence.

use burn::tensor::{Bool, Tensor};

use crate::heads::{join, split};
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
        let mut q = association.space().states(split(self.rows(states), self.heads())); // [h, B, d/h]
        let [_, b, _] = q.dims();
        let mut energies: Option<Vec<_>> = association.energy(q.clone()).map(|energy| vec![energy]);
        let mut weights = association.weights(q.clone()); // [h, B, N]
        let (mut counts, mut converged) = (vec![0; b], vec![false; b]);
        let mut moving = vec![true; b];
        loop {
            let next = association.space().step(weights.clone());
            let change = (next.clone() - q.clone()).square().sum_dim(2).sum_dim(0).sqrt(); // [1, B, 1]
            q = keep(q, next, &moving);
            let changes: Vec<f64> = change.into_data().iter::<f64>().collect();
            for (state, change) in changes.into_iter().enumerate() {
                if !moving[state] {
                    continue;
                }
                counts[state] += 1;
                converged[state] = change <= steps.tolerance;
                moving[state] = change > steps.tolerance && counts[state] < steps.max;
            }
            if let Some(energies) = &mut energies {
                energies.extend(association.energy(q.clone()));
            }
            if !moving.contains(&true) {
                break;
            }
            let next = association.weights(q.clone());
            weights = keep(weights, next, &moving);
        }
        let values = split(self.value_rows(), self.heads());
        Ok(Retrieval {
            states: join(weights.clone().matmul(values)),
            weights: join(weights),
            steps: counts,
            converged,
            energy: energies.map(|energies| {
                let sums = energies.into_iter().map(|energy| energy.sum_dim(0).flatten(0, 1));
                Tensor::cat(sums.collect(), 1)
            }),
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

/// The rows of `new` where `moving`, those of `old` elsewhere: `[h, B, k]`.
fn keep(old: Tensor<3>, new: Tensor<3>, moving: &[bool]) -> Tensor<3> {
    if !moving.contains(&false) {
        return new;
    }
    let mask = Tensor::<1, Bool>::from_data(moving, &old.device());
    let mask: Tensor<3, Bool> = mask.reshape([1, moving.len(), 1]).expand(old.shape());
    old.mask_where(mask, new)
}
