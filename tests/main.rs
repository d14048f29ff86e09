//! End-to-end tests of the `train` binary.

mod common;

#[cfg(all(feature = "ndarray", feature = "wgpu"))]
mod backends;
mod cli;
mod learning;
#[cfg(all(feature = "ndarray", feature = "wgpu"))]
#[path = "../crates/hopfield-layer/tests/layer/reference.rs"]
mod reference;
#[cfg(unix)]
mod resume;
