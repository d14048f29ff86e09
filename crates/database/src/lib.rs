//! The pattern database: what a trained stack has learned, in a file.

mod archive;
mod database;
mod error;
mod file;
mod manifest;
pub mod parts;
mod snapshot;

pub use archive::{Archive, ArchiveError};
pub use database::{PatternDatabase, PatternUsage};
pub use error::ExportError;
pub use file::{DatabaseFile, manifest};
pub use manifest::{ImportedFrom, LayerManifest, Manifest, Provenance, TrainedFrom};
pub use parts::{PARTS, tensor_name};
pub use snapshot::Snapshot;
