//! The trainer behind the `train` binary: a TOML config in, a run folder out.
//!
//! A [`Job`] does all of it: config, device, data, stack, training loop, run folder. [`SavedRun`] reads what it wrote.

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
mod places;
pub mod printer;
pub mod process;
mod provenance;
mod quietly;
mod run_folder;
mod run_record;
mod saved_run;
pub mod shipped;
mod sweep;
mod task;
mod training;
pub mod version;

pub use batches::held_out;
pub use error::TrainError;
pub use interrupt::{INTERRUPTED, Interrupt};
pub use pictures::reconstructions;
pub use places::place_hint;
pub use provenance::data_sha256;
pub use run_folder::Unneeded;
pub use run_record::{RunRecord, RunState};
pub use saved_run::{SavedRun, sha256};
pub use sweep::{Sweep, SweepRun, short_key};
pub use training::{Existing, Job, Outcome, config_text};
