//! The same as operations of Burn's flex backend: each is one, with a backward pass written by hand.
//!
//! Ask [`fits`] first. Where it says no, there is the plain composition of tensor operations.
#![cfg_attr(not(feature = "flex"), allow(unused_variables))]

use burn::tensor::Tensor;

use crate::Descent;

#[cfg(feature = "flex")]
mod primitive;
#[cfg(feature = "flex")]
mod product;
#[cfg(feature = "flex")]
mod retrieval;
#[cfg(feature = "flex")]
mod training;

/// Whether these tensors can be given to the operations: f32 matrices of the flex backend, if this crate is built with the
/// feature `flex`.
pub fn fits<const D: usize>(tensors: &[&Tensor<D>]) -> bool {
    #[cfg(feature = "flex")]
    return D == 2 && tensors.iter().all(|tensor| primitive::is_fast(tensor));
    #[cfg(not(feature = "flex"))]
    false
}

/// An operation of a backend that is not there.
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

/// `R = softmax(β Q Hᵀ) H`. More than 2²⁴ weights are not kept, but computed again for the gradients, some at a time.
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

/// [`descend`](crate::descend), in place if nobody else has the tensors; gives rows and velocity.
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
