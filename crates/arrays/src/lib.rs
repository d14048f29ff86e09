//! Named f32 arrays in files: safetensors, npy, npz and PyTorch checkpoints in; safetensors, npy and npz out.
//!
//! All are read and written block by block, so that memory does not grow with the arrays (but for those of a PyTorch
//! checkpoint, which are read one by one), and a file is told by its content, not by its name. What a file says of itself is a claim: nothing is allocated on its word beyond what it
//! can hold, and a contradiction is an error before a number is read. (npy is read by our own few lines: the crates
//! that we found allocate what a header claims.)
//!
//! ```
//! use hopfield_arrays::{Array, ArrayFile, NpzWriter};
//!
//! let mut npz = NpzWriter::new(std::io::Cursor::new(Vec::new()));
//! npz.array("patterns", &[2, 3])?;
//! npz.numbers(&[0.0, 0.5, 1.0, 0.25, 0.5, 0.75])?;
//! let bytes = npz.finish()?.into_inner();
//!
//! let mut file = ArrayFile::from_bytes("mine.npz", bytes)?;
//! assert_eq!(file.arrays()[0], Array::f32("patterns", &[2, 3]));
//! let mut numbers = file.numbers("patterns")?;
//! assert_eq!(numbers.read(3)?, [0.0, 0.5, 1.0]); // a row
//! assert_eq!(numbers.left(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod file;
mod mapped;
mod npy;
mod npz;
mod numbers;
mod safetensors_file;
mod whole_file;

pub use error::ArrayError;
pub use file::{Array, ArrayFile, ElementType};
pub use mapped::MappedArray;
pub use npy::npy_header;
pub use npz::NpzWriter;
pub use numbers::Numbers;
pub use safetensors_file::safetensors_header;
pub use whole_file::{TEMPORARY, write_whole};

/// The name under which a JSON text stands beside the arrays: the only key of the metadata of a safetensors file, and
/// an array of bytes in an npz file.
pub const METADATA: &str = "hopfield";

/// Little-endian bytes of f32 numbers.
pub fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
