//! The formats that a pattern database is exported in as numbers. (Pictures are made by the report crate.)

mod arrays;
mod csv;
#[cfg(feature = "parquet")]
mod parquet;

use hopfield_arrays::{Npy, Npz, Safetensors};

use crate::selection::{ExportFormat, Files};

pub(crate) use arrays::copy;

/// The canonical format: all arrays and the manifest.
pub const SAFETENSORS: ExportFormat = ExportFormat {
    name: "safetensors",
    files: Files::One("patterns"),
    write: |selection, out| arrays::write_database(&Safetensors, selection, out),
};
/// NumPy's zip file of arrays, with the same names and manifest.
pub const NPZ: ExportFormat = ExportFormat {
    name: "npz",
    files: Files::One("patterns"),
    write: |selection, out| arrays::write_database(&Npz, selection, out),
};
/// NumPy's format of one array: a file for each layer.
pub const NPY: ExportFormat = ExportFormat {
    name: "npy",
    files: Files::PerTable,
    write: |selection, out| arrays::write(&Npy, selection, out),
};
/// A text table for each layer, with a line per pattern.
pub const CSV: ExportFormat =
    ExportFormat { name: "csv", files: Files::PerTable, write: csv::write };
/// One table of all layers, with a row per pattern.
#[cfg(feature = "parquet")]
pub const PARQUET: ExportFormat =
    ExportFormat { name: "parquet", files: Files::One("patterns"), write: parquet::write };
