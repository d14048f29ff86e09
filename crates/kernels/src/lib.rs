//! What a dense Hopfield layer computes, fast: on bare slices of f32, on all cores, and as [operations of Burn](fused).
//!
//! ```text
//! C = I Hᵀ        P = softmax(β C)        R = P H
//! ```
//!
//! - [`Matrix`], [`product`], [`add_product`]: matrix products, with or without a transpose;
//! - [`softmax`], [`softmax_gradient`]: row by row, in place, scale and softmax in one pass;
//! - [`retrieve`], [`retrieve_gradients`]: the whole layer tile by tile, for any number of patterns in bounded memory;
//! - [`top_k`]: the k best patterns of every state, exactly, in one pass;
//! - [`squared_error`], [`descend`]: what a training needs besides.
//!
//! Numbers do not depend on the number of threads. Kernels for AVX2 and AVX-512 are chosen at run time.

mod descent;
mod error;
mod exponential;
pub mod fused;
mod lanes;
mod matrix;
mod out;
mod panels;
mod product;
mod softmax;
mod stream;
mod tiles;
mod top_k;

pub use descent::{Descent, descend};
pub use error::squared_error;
pub use matrix::Matrix;
pub use product::{add_product, product};
pub use softmax::{log_weighted_sum, softmax, softmax_gradient};
pub use stream::{
    Gradients, Normalisers, Wanted, retrieve, retrieve_gradients, retrieve_with_best,
};
pub use top_k::{Best, top_k};
