//! The list of formats.

use crate::csv::Csv;
use crate::format::ArrayFormat;
use crate::idx::Idx;
use crate::npy::Npy;
use crate::npz::Npz;
#[cfg(feature = "parquet")]
use crate::parquet::Parquet;
use crate::pytorch::PyTorch;
use crate::safetensors::Safetensors;

/// All formats, in the order in which a file is compared with them. (A PyTorch checkpoint is a zip file, as npz files are;
/// and any text may be a table.)
pub const FORMATS: &[&dyn ArrayFormat] = &[
    &Safetensors,
    &Npy,
    &PyTorch,
    &Npz,
    &Idx,
    #[cfg(feature = "parquet")]
    &Parquet,
    &Csv,
];
