//! The energy that update steps descend.

use burn::tensor::Tensor;

use crate::heads::split;
use crate::{HopfieldLayer, LayerError};

impl HopfieldLayer {
    /// The energy E of every state, which an update step never raises:
    ///
    /// ```text
    /// E(q) = −β⁻¹ Ω*(β K q) + ½ ‖q‖² − β⁻¹ min Ω + ½ M²,      M = max_n ‖k_n‖
    /// E(x) = −β⁻¹ Ω*(β C(x)) − β⁻¹ min Ω                      (Euclidean)
    /// E(q) = −Σ_n max(0, C_n / M²)^(n+1)                      (polynomial of degree n, on a sphere)
    /// ```
    ///
    /// with the state q and the keys K in the key space of the [`Similarity`](crate::Similarity), and Ω, Ω* of the
    /// [`Separation`](crate::Separation). For dot product and softmax it is the energy of Ramsauer et al. (2020, eq. 2),
    /// `−lse_β(H x) + ½ xᵀx + β⁻¹ log N + ½ M²`, with `∇E(x) = x − x'`; it is never negative, and at most
    /// 2 M² in the convex hull of the patterns (so: after one step). On a sphere (cosine, LayerNorm)
    /// `½ ‖q‖²` is `½ M²` for every state. The Euclidean energy equals that of the dot product if the
    /// patterns have equal norms. With heads it is the sum of their energies.
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    /// - energy: `[B]`
    ///
    /// # Errors
    ///
    /// [`LayerError::NoEnergy`]: the steps of a polynomial off a sphere, and of `Softmax1` with Euclidean
    /// similarity, descend none.
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use hopfield_layer::HopfieldLayer;
    ///
    /// let stored = Tensor::<2>::from_data([[1.0, 0.0], [0.0, 1.0]], &Device::flex());
    /// let layer = HopfieldLayer::from_patterns(stored, 4.0)?;
    /// let state = Tensor::<2>::from_data([[0.6, 0.1]], &Device::flex());
    /// let before = layer.energy(state.clone())?.into_scalar::<f32>();
    /// let after = layer.energy(layer.forward(state))?.into_scalar::<f32>();
    /// assert!(0.0 <= after && after < before);
    /// # Ok::<(), hopfield_layer::LayerError>(())
    /// ```
    pub fn energy(&self, states: Tensor<2>) -> Result<Tensor<1>, LayerError> {
        let association = self.by_head();
        let q = association.space().states(split(self.rows(states), self.heads()));
        let energy = association.energy(q).ok_or(self.no_energy())?; // [h, B, 1]
        Ok(energy.sum_dim(0).flatten(0, 2))
    }

    pub(crate) fn no_energy(&self) -> LayerError {
        LayerError::NoEnergy { similarity: self.similarity, separation: self.separation }
    }
}
