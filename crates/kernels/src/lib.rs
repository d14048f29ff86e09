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
//! Results have the same bits for any number of threads. AVX2 or AVX-512 are used where the CPU has them.
#![forbid(unsafe_code)]

pub mod cube;
mod descent;
mod distance;
mod error;
mod exponential;
pub mod fused;
mod gradients;
mod lanes;
mod matrix;
mod precision;
mod product;
mod similarities;
mod softmax;
mod stream;
mod tiling;
mod top_k;
#[cfg(any(feature = "cube", feature = "flex"))]
mod tracked;

pub use descent::{Descent, descend};
pub use distance::{distance_gradients, half_squared_distances};
pub use error::squared_error;
pub use gradients::{Gradients, Wanted, retrieve_gradients};
pub use lanes::vector_instructions;
pub use matrix::Matrix;
pub use precision::{Precision, matmul, matmul_with};
pub use product::{add_product, product};
pub use softmax::{gradient_by_log_beta, softmax, softmax_gradient};
pub use stream::{Normalisers, retrieve, retrieve_with_best};
pub use top_k::{Best, top_k};
