//! The arithmetic of a dense Hopfield layer: on `f32` slices, on all cores, [fused into operations of Burn](fused), and
//! as [kernels for GPUs](cube).
//!
//! ```text
//! C = I Hᵀ        P = softmax(β C)        R = P H
//! ```
//!
//! - [`Matrix`], [`product`], [`add_product`]: matrix products (by faer) of row-major matrices and their transposes;
//! - [`softmax`], [`softmax_gradient`]: scale and softmax in one pass, in place;
//! - [`half_squared_distances`]: −½ ‖x − h‖² of states and patterns, without cancellation;
//! - [`retrieve`], [`retrieve_gradients`]: the whole layer, tile by tile, for any number of patterns in bounded memory;
//! - [`top_k`]: the k most similar patterns of each state, exactly, in one pass;
//! - [`matmul`]: products of tensors of any backend, with factors of a chosen [`Precision`];
//! - [`squared_error`], [`descend`]: the loss and the optimiser step.
//!
//! Cargo features: `slices` (the arithmetic on slices), `flex` (the fused operations, with `slices`), `cube` (the kernels for GPUs). Without any, there is
//! only [`matmul`], and the fused operations and kernels [never](fused::fits) fit.
//!
//! Results have the same bits for any number of threads. AVX2 or AVX-512 are used where the CPU has them.
#![forbid(unsafe_code)]

pub mod cube;
mod descent;
pub mod fused;
mod precision;
#[cfg(feature = "slices")]
mod slices;
#[cfg(any(feature = "cube", feature = "flex"))]
mod tracked;

pub use descent::Descent;
pub use precision::{Precision, matmul, matmul_with};
#[cfg(feature = "slices")]
pub use slices::*;
