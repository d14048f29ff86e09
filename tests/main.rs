//! End-to-end tests of the programs `train` and `hopfield`.

#[cfg(all(feature = "ndarray", feature = "wgpu"))]
mod backends;
mod classifier;
mod cli;
mod copies;
mod earlier;
mod experiments;
mod hopfield;
mod learning;
mod looks;
mod overflow;
mod places;
mod readme;
mod recall;
#[cfg(all(feature = "ndarray", feature = "wgpu"))]
#[path = "../crates/hopfield-layer/tests/layer/reference.rs"]
mod reference;
#[cfg(unix)]
mod resume;
mod retrieve;
#[cfg(target_os = "linux")]
mod streams;
