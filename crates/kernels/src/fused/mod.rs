//! The kernels as operations of Burn's flex backend, each with a hand-written backward pass.
//!
//! Call [`fits`] first. If it returns false, use the plain composition of tensor operations instead.
#![cfg_attr(not(feature = "flex"), allow(unused_variables))]

use burn::tensor::{Device, Tensor};

use crate::Descent;
use crate::Precision;

#[cfg(feature = "flex")]
mod distance;
#[cfg(feature = "flex")]
mod primitive;
#[cfg(feature = "flex")]
mod product;
#[cfg(feature = "flex")]
mod retrieval;
#[cfg(feature = "flex")]
mod rounded;
#[cfg(feature = "flex")]
mod training;

/// Whether these tensors suit the operations: they must be `f32` matrices on the flex backend, and this crate must be built with
/// the feature `flex`.
pub fn fits<const D: usize>(tensors: &[&Tensor<D>]) -> bool {
    #[cfg(feature = "flex")]
    return D == 2 && tensors.iter().all(|tensor| primitive::is_fast(tensor));
    #[cfg(not(feature = "flex"))]
    false
}

/// Whether this is the device of the flex backend, and this crate is built with the feature `flex`.
pub(crate) fn is_flex(device: &Device) -> bool {
    #[cfg(feature = "flex")]
    return primitive::is_flex(device);
    #[cfg(not(feature = "flex"))]
    false
}

/// Stands in for every operation in a build without the backend.
#[cfg(not(feature = "flex"))]
fn absent() -> ! {
    panic!("built without the feature `flex`; ask `fits` first")
}

/// `P = softmax(β Q Kᵀ)`
///
/// # Shapes
///
/// - q: `[B, d]`, k: `[N, d]`, beta: `[1, 1]`, P: `[B, N]`
///
/// # Panics
///
/// If the tensors do not [fit](fits).
pub fn associate<const D: usize>(q: Tensor<D>, k: Tensor<D>, beta: Tensor<D>) -> Tensor<D> {
    #[cfg(feature = "flex")]
    return retrieval::associate(q, k, beta);
    #[cfg(not(feature = "flex"))]
    absent()
}

/// `R = softmax(β Q Hᵀ) H`. If there are more than 2²⁴ weights, they are not kept for the gradients but computed again, tile by
/// tile.
///
/// # Shapes
///
/// - q: `[B, d]`, h: `[N, d]`, beta: `[1, 1]`, R: `[B, d]`
///
/// # Panics
///
/// If the tensors do not [fit](fits).
pub fn retrieve(q: Tensor<2>, h: Tensor<2>, beta: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    return retrieval::retrieve(q, h, beta);
    #[cfg(not(feature = "flex"))]
    absent()
}

/// `R = P V`
///
/// # Shapes
///
/// - weights: `[B, N]`, values: `[N, m]`, R: `[B, m]`
///
/// # Panics
///
/// If the tensors do not [fit](fits).
pub fn mix(weights: Tensor<2>, values: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    return product::mix(weights, values);
    #[cfg(not(feature = "flex"))]
    absent()
}

/// The product of rounded factors, of any rank.
///
/// # Shapes
///
/// - lhs: `[.., S, K]`, rhs: `[.., K, N]`, result: `[.., S, N]`
///
/// # Panics
///
/// If the tensors are not `f32` on the flex backend.
pub(crate) fn rounded_product<const D: usize>(
    lhs: Tensor<D>,
    rhs: Tensor<D>,
    precision: Precision,
) -> Tensor<D> {
    #[cfg(feature = "flex")]
    return rounded::product(lhs, rhs, precision);
    #[cfg(not(feature = "flex"))]
    absent()
}

/// `−½ ‖q − k‖²` of every row q of `q` and k of `k`, as accurate as the direct sum.
///
/// # Shapes
///
/// - q: `[B, d]`, k: `[N, d]`, result: `[B, N]`
///
/// # Panics
///
/// If the tensors do not [fit](fits).
pub fn half_squared_distances(q: Tensor<2>, k: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    return distance::half_squared_distances(q, k);
    #[cfg(not(feature = "flex"))]
    absent()
}

/// `Σ (R − T)²`
///
/// # Shapes
///
/// - retrieved, target: `[B, d]`
///
/// # Panics
///
/// If the tensors do not [fit](fits).
pub fn squared_error(retrieved: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    #[cfg(feature = "flex")]
    return training::squared_error(retrieved, target);
    #[cfg(not(feature = "flex"))]
    absent()
}

/// [`descend`](crate::descend()), in place if the tensors are not shared. Returns rows and velocity.
///
/// # Shapes
///
/// - rows, velocity, gradient: `[N, d]`, without autodiff
///
/// # Panics
///
/// If the tensors do not [fit](fits), or are part of an autodiff graph.
pub fn descend(
    rows: Tensor<2>,
    velocity: Tensor<2>,
    gradient: Tensor<2>,
    by: Descent,
) -> [Tensor<2>; 2] {
    #[cfg(feature = "flex")]
    return training::descend(rows, velocity, gradient, by);
    #[cfg(not(feature = "flex"))]
    absent()
}
