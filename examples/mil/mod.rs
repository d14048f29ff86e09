//! Multiple-instance learning: a bag of instances has one label, and nobody says which instances it comes from. The example
//! `pooling` runs it.

mod bags;
mod batch;
mod drawn;
mod file;
mod network;
mod random;
mod settings;
mod training;

pub use bags::{Bags, area_under_curve, folds, standardise};
pub use drawn::{bit_patterns, digits, latch};
pub use file::file;
pub use network::{Pooling, Trained};
pub use settings::Settings;
pub use training::train;

/// Why a set can't be used: one sentence.
pub type MilError = Box<dyn std::error::Error>;

/// A set of bags.
#[derive(Debug)]
pub enum Set {
    /// Training and test bags.
    Drawn(Bags, Bags),
    /// All bags, with their numbers; to be split into folds.
    Whole(Bags, Vec<u64>),
}
