//! Named arrays of numbers in files: reads safetensors, npy, npz, IDX, Parquet, CSV and PyTorch checkpoints; writes safetensors,
//! npy and npz.
//!
//! Numbers are f32 in memory. Files may have any of the types of [`ElementType`], big-endian and column-major ones too: each
//! number is rounded to the nearest f32 as it is read. What is written is f32.
//!
//! Arrays are read and written block by block, so memory does not grow with their size (the arrays of a PyTorch checkpoint
//! are read one by one; for arrays in column-major order see [`Numbers`]). The format of a file is told by its content, not by its name. What a header says is a claim:
//! nothing is allocated on its word beyond what the file can hold, and a contradiction is an error before a number is read.
//! (npy is read by our own few lines, because the crates we found allocate what a header claims.)
//!
//! [`ImageShape`] and [`Scaling`] say what rows of numbers mean: images, and how a network sees them.
//!
//! [`FileKind`] says what any other file is, for messages.
//!
//! A format is a type that implements [`ArrayFormat`]; [`FORMATS`] lists all of them. Parquet needs the feature `parquet`, which is on by
//! default.
//!
//! ```
//! use hopfield_arrays::{Array, ArrayFile, Npz, to_bytes};
//!
//! let numbers = [0.0, 0.5, 1.0, 0.25, 0.5, 0.75];
//! let bytes = to_bytes(&Npz, &[("patterns", &[2, 3], &numbers)], None)?;
//!
//! let mut file = ArrayFile::from_bytes("mine.npz", bytes)?;
//! assert_eq!(file.arrays()[0], Array::f32("patterns", &[2, 3]));
//! let mut numbers = file.numbers("patterns")?;
//! assert_eq!(numbers.read(3)?, [0.0, 0.5, 1.0]); // a row
//! assert_eq!(numbers.left(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod array;
mod columns;
mod convert;
mod csv;
mod error;
mod file;
mod file_kind;
mod foreign;
mod format;
mod formats;
mod gzip;
mod idx;
mod image_shape;
mod mapped;
mod npy;
mod npz;
mod numbers;
#[cfg(feature = "parquet")]
mod parquet;
mod pytorch;
mod safetensors;
mod scaling;
mod stored;
mod table;
mod whole_file;
mod writing;

pub use array::{Array, ElementType, Layout, METADATA, bytes};
pub use csv::Csv;
pub use error::ArrayError;
pub use file::ArrayFile;
pub use file_kind::FileKind;
pub use foreign::is_foreign;
pub use format::{
    ArrayFormat, Contents, Entries, HEAD, Input, Listing, Problem, ReadSeek, ReadSkip, Reader,
    WriteSeek,
};
pub use formats::FORMATS;
pub use gzip::{content_head, decompressed};
pub use idx::Idx;
pub use image_shape::ImageShape;
pub use mapped::MappedArray;
pub use npy::{Npy, npy_header};
pub use npz::Npz;
pub use numbers::Numbers;
#[cfg(feature = "parquet")]
pub use parquet::Parquet;
pub use pytorch::PyTorch;
pub use safetensors::{Safetensors, is_safetensors};
pub use scaling::Scaling;
pub use stored::StoredRows;
pub use table::TABLE;
pub use whole_file::{TEMPORARY, write_whole};
pub use writing::to_bytes;
