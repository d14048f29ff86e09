//! The trainer behind the `train` binary: a TOML config in, a run folder out.
//!
//! [`run`] does everything: config, device, data, stack, training loop, run folder.

mod batches;
mod checkpoint;
pub mod cli;
pub mod config;
pub mod device;
mod error;
mod health;
mod interrupt;
mod metrics;
mod pictures;
pub mod printer;
mod provenance;
mod run_folder;
mod training;

pub use error::TrainError;
pub use interrupt::Interrupt;
pub use training::{Outcome, run};
