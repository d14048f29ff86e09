//! The arithmetic on `f32` slices.

pub(crate) mod descent;
pub(crate) mod distance;
pub(crate) mod error;
pub(crate) mod exponential;
pub(crate) mod gradients;
pub(crate) mod lanes;
pub(crate) mod matrix;
pub(crate) mod product;
pub(crate) mod similarities;
pub(crate) mod softmax;
pub(crate) mod stream;
pub(crate) mod tiling;
pub(crate) mod top_k;

pub use descent::descend;
pub use distance::{distance_gradients, half_squared_distances};
pub use error::squared_error;
pub use gradients::{Gradients, Wanted, retrieve_gradients};
pub use lanes::vector_instructions;
pub use matrix::Matrix;
pub use product::{add_product, product};
pub use softmax::{gradient_by_log_beta, softmax, softmax_gradient};
pub use stream::{Normalisers, retrieve, retrieve_with_best};
pub use top_k::{Best, top_k};
