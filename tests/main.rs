//! End-to-end tests of the programs `train` and `hopfield`.

#[cfg(any(feature = "ndarray", feature = "wgpu", feature = "cpu", feature = "cuda"))]
#[path = "backends/tests.rs"]
mod backends;
mod classifier;
mod cli;
mod compare;
mod copies;
mod data;
mod earlier;
mod experiments;
mod hopfield;
mod learning;
mod looks;
mod one_program;
mod overflow;
mod own_data;
mod places;
mod readme;
mod recall;
#[cfg(unix)]
mod resume;
mod retrieve;
#[cfg(target_os = "linux")]
mod streams;
mod sweeps;
