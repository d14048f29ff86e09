//! The training config: a TOML file becomes settings that are known to be valid, and settings become TOML.
//!
//! Each key is one field of one struct: its doc comment is its meaning, its attributes are its default and what is allowed. The
//! JSON Schema, `docs/config.md`, the checks and their messages all come from there.

mod check;
mod data;
mod document;
mod flat;
mod forms;
mod layer;
mod output;
mod parse;
mod problem;
#[cfg(test)]
mod reference;
mod schema;
mod settings;
mod task;
#[cfg(test)]
mod tests;
mod training;
mod wording;

pub use data::Data;
pub(crate) use document::{Document, join};
pub(crate) use flat::flattened;
pub use layer::Layer;
pub use output::Output;
pub(crate) use problem::Place;
pub use problem::Problem;
pub use settings::Config;
pub use task::{Classify, Task};
pub use training::Training;
