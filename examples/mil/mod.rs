//! Multiple-instance learning: a bag of instances has one label, and nobody says which instances it comes from. The example
//! `pooling` runs it.

mod bags;
mod network;
mod sets;

pub use bags::{Bags, area_under_curve, folds, standardise};
pub use network::{Pooling, Settings, Trained, train};
pub use sets::{MilError, Set, bit_patterns, digits, file, latch};
