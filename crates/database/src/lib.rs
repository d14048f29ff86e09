//! The pattern database: what a trained stack has learned, in a file that answers bit for bit as the stack did.
//!
//! - [`PatternDatabase`] is a database in memory. [`to_archive`](PatternDatabase::to_archive) gives what is written to its
//!   canonical file.
//! - [`DatabaseFile`] is a database in a file: open it without loading its arrays, or [`load`](DatabaseFile::load) it.
//! - [`Export`] writes it in other [formats]; [`Import`] makes one from the arrays of another program.
//!
//! [`Part`] names the arrays of a layer, [`Manifest`] is the text beside them.
//!
//! ```
//! use std::path::Path;
//!
//! use burn::tensor::{Device, Tensor};
//! use hopfield_arrays::{ImageShape, Scaling};
//! use hopfield_database::{
//!     DatabaseFile, Export, ImportedFrom, Part, PatternDatabase, Provenance, formats,
//! };
//! use hopfield_layer::HopfieldLayerConfig;
//! use hopfield_model::HopfieldStack;
//!
//! let device = Device::flex();
//! let patterns = Tensor::from_data([[0.0, 1.0, 0.5, 0.5], [1.0, 0.0, 0.0, 1.0]], &device);
//! let layer = HopfieldLayerConfig::new(2, 4).store(patterns, None)?;
//! let from = ImportedFrom { imported_from: "by hand".into(), sha256: String::new() };
//! let database = PatternDatabase {
//!     stack: HopfieldStack::new(vec![layer])?,
//!     image_shape: Some(ImageShape::new(&[2, 2])?),
//!     scaling: Scaling::default(),
//!     classes: vec![],
//!     provenance: Provenance::Imported(from),
//!     usage: None,
//! };
//! let bytes = database.to_archive().to_bytes();
//!
//! let mut file = DatabaseFile::from_bytes(Path::new("patterns.safetensors"), bytes)?;
//! assert_eq!(file.part(0, Part::Patterns).unwrap().shape, [2, 4]);
//! let folder = tempfile::tempdir()?;
//! let export = Export {
//!     snapshots: &[],
//!     format: &formats::NPZ,
//!     layer: None,
//!     out: None,
//!     folder: folder.path(),
//!     overwrite: false,
//! };
//! assert_eq!(export.write(&mut file)?, [folder.path().join("patterns.npz")]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod archive;
mod database;
mod error;
mod export;
mod file;
pub mod formats;
mod import;
mod manifest;
mod parts;
mod selection;
mod snapshot;
mod usage;

pub use archive::Archive;
pub use database::PatternDatabase;
pub use error::ExportError;
pub use export::Export;
pub use file::{DatabaseFile, invalid_metadata, manifest};
pub use import::{Import, ImportSettings};
pub use manifest::{ImportedFrom, LayerManifest, Manifest, Provenance, TrainedFrom};
pub use parts::Part;
pub use selection::{ExportFormat, Files, Selected, Selection, layers_chosen, selected};
pub use snapshot::Snapshot;
pub use usage::PatternUsage;
