//! The formats that a pattern database is exported in as numbers. (Pictures are made by the report crate.)

mod arrays;
mod csv;
mod parquet;

use hopfield_arrays::{Npy, Npz, Safetensors};

use crate::selection::Files;

pub use arrays::ArrayExport;
pub(crate) use arrays::copy;
pub use csv::Csv;
pub use parquet::Parquet;

/// The canonical format: all arrays and the manifest.
pub const SAFETENSORS: ArrayExport =
    ArrayExport { format: &Safetensors, files: Files::One("patterns") };
/// NumPy's zip file of arrays, with the same names and manifest.
pub const NPZ: ArrayExport = ArrayExport { format: &Npz, files: Files::One("patterns") };
/// NumPy's format of one array: a file for each layer.
pub const NPY: ArrayExport = ArrayExport { format: &Npy, files: Files::PerTable };
