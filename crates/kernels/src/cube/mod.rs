//! What a step needs beside matrix products, as kernels for GPUs: one or two launches each, compiled by CubeCL for CUDA, ROCm,
//! Metal, Vulkan, WebGPU and its CPU runtime.
//!
//! Call [`fits`] first. If it returns false, use the plain composition of tensor operations instead.
#![cfg_attr(not(feature = "cube"), allow(unused_variables))]

use burn::tensor::{Device, Tensor};

use crate::Descent;
use crate::Precision;

#[cfg(feature = "cube")]
mod balance;
#[cfg(feature = "cube")]
mod descent;
#[cfg(feature = "cube")]
mod distance;
#[cfg(feature = "cube")]
mod gradients;
#[cfg(feature = "cube")]
mod launches;
#[cfg(feature = "cube")]
mod operations;
#[cfg(feature = "cube")]
mod product;
#[cfg(feature = "cube")]
mod reduce;
#[cfg(feature = "cube")]
mod separation;
#[cfg(feature = "cube")]
mod sizes;
#[cfg(feature = "cube")]
mod slopes;
#[cfg(feature = "cube")]
mod statistics;

/// How scores become weights; the formulas are in the documentation of the layer's `Separation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// `exp(z_n) / Σ exp(z_j)`
    Softmax,
    /// `max(0, z_n − τ)`
    Sparsemax,
    /// `max(0, z_n/2 − τ)²`
    Entmax15,
    /// Softmax over the k largest.
    TopK(u32),
    /// `exp(z_n) / (1 + Σ exp(z_j))`
    Softmax1,
    /// `max(0, z_n)ⁿ / Σ max(0, z_j)ⁿ`
    Polynomial(u32),
    /// `[z_n > −1] / #{j: z_j > −1}`
    LogSumRelu,
}

/// Whether these tensors suit the operations: they must be `f32`, on a device of CubeCL, and this crate must be built with the
/// feature `cube`.
pub fn fits<const D: usize>(tensors: &[&Tensor<D>]) -> bool {
    #[cfg(feature = "cube")]
    return tensors.iter().all(|tensor| sizes::is_cube(tensor));
    #[cfg(not(feature = "cube"))]
    false
}

/// Whether this is a device of CubeCL whose matrix products take factors of this precision.
pub(crate) fn has(precision: Precision, device: &Device) -> bool {
    #[cfg(feature = "cube")]
    return sizes::has(precision, device);
    #[cfg(not(feature = "cube"))]
    false
}

/// Stands in for every operation in a build without the backend.
#[cfg(not(feature = "cube"))]
fn absent() -> ! {
    panic!("built without the feature `cube`; ask `fits` first")
}

/// `lhs · rhs` by a launch of its own, which Burn's fusion does not merge with others: [`matmul`](crate::matmul()) takes it where
/// Burn's would be of another precision.
///
/// # Shapes
///
/// - lhs: `[.., S, K]`, rhs: `[.., K, N]`, result: `[.., S, N]`
///
/// # Panics
///
/// If the tensors do not [fit](fits), or their shapes each other.
pub fn product<const D: usize>(lhs: Tensor<D>, rhs: Tensor<D>, precision: Precision) -> Tensor<D> {
    #[cfg(feature = "cube")]
    return operations::product(lhs, rhs, precision);
    #[cfg(not(feature = "cube"))]
    absent()
}

/// The weights of the scores β C along the last axis.
///
/// # Shapes
///
/// - similarities: C, `[.., N]`; log_beta: `[1, .., 1]`, or with h entries along one other axis, one β for each of its places
/// - weights: `[.., N]`
///
/// # Panics
///
/// If the tensors do not [fit](fits).
pub fn separate<const D: usize>(
    similarities: Tensor<D>,
    log_beta: Tensor<D>,
    rule: Rule,
) -> Tensor<D> {
    #[cfg(feature = "cube")]
    return operations::separate(similarities, log_beta, rule);
    #[cfg(not(feature = "cube"))]
    absent()
}

/// `−½ ‖q − k‖²` of every row q of `q` and k of `k`, as the direct sum.
///
/// # Shapes
///
/// - q: `[.., S, d]`, k: `[.., N, d]`, result: `[.., S, N]`
///
/// # Panics
///
/// If the tensors do not [fit](fits), or their shapes each other.
pub fn half_squared_distances<const D: usize>(q: Tensor<D>, k: Tensor<D>) -> Tensor<D> {
    #[cfg(feature = "cube")]
    return operations::half_squared_distances(q, k);
    #[cfg(not(feature = "cube"))]
    absent()
}

/// For each row of weights from 0 on: the place of the largest, the largest, the entropy `−Σ P ln P` in nats, and how many of
/// the largest sum to `share`, or else N.
///
/// # Shapes
///
/// - weights: `[B, N]`, without autodiff; result: `[B, 4]`
///
/// # Panics
///
/// If the tensor does not [fit](fits), or is part of an autodiff graph.
pub fn statistics(weights: Tensor<2>, share: f32) -> Tensor<2> {
    #[cfg(feature = "cube")]
    return operations::statistics(weights, share);
    #[cfg(not(feature = "cube"))]
    absent()
}

/// `−1/(h N) Σ_n ln max(N p̄_n, least)` with `p̄ = 1/B Σ_b P_b`: how unevenly the h·N patterns are used.
///
/// # Shapes
///
/// - weights: P, `[B, h·N]`; result: `[1]`
///
/// # Panics
///
/// If the tensor does not [fit](fits).
pub fn imbalance(weights: Tensor<2>, heads: usize, least: f32) -> Tensor<1> {
    #[cfg(feature = "cube")]
    return operations::imbalance(weights, heads, least);
    #[cfg(not(feature = "cube"))]
    absent()
}

/// A step of projected gradient descent for each row, as [`descend`](crate::descend()) takes it. Returns rows and velocity.
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
    #[cfg(feature = "cube")]
    return operations::descend(rows, velocity, gradient, by);
    #[cfg(not(feature = "cube"))]
    absent()
}
