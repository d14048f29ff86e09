//! The formats of array files: safetensors, npz and npy.

use std::io::{self, Write};

use hopfield_arrays::{Array, ArrayFile, ArrayFormat, Contents, WriteSeek, bytes};

use crate::error::ExportError;
use crate::selection::{Selected, Selection};

/// Numbers in memory at a time.
const BLOCK: usize = 1 << 16;

/// Writes the arrays, without the manifest if the format can't hold it.
pub(super) fn write(
    format: &dyn ArrayFormat,
    selection: &mut Selection<'_>,
    out: &mut dyn WriteSeek,
) -> Result<(), ExportError> {
    selection.arrays.sort_by(|a, b| a.array.name.cmp(&b.array.name));
    let renamed =
        |selected: &Selected| Array::f32(&selection.name(selected), &selected.array.shape);
    let renamed: Vec<Array> = selection.arrays.iter().map(renamed).collect();
    let manifest = selection.manifest().to_json().to_string();
    let Selection { database, arrays, .. } = selection;
    let numbers = &mut |index: usize, out: &mut dyn Write| {
        copy(&mut database.arrays, &arrays[index].array.name, out)
    };
    Ok(format.write(out, Contents { arrays: &renamed, metadata: Some(&manifest), numbers })?)
}

/// Writes all arrays and the manifest: the file is a pattern database again.
pub(super) fn write_database(
    format: &dyn ArrayFormat,
    selection: &mut Selection<'_>,
    out: &mut dyn WriteSeek,
) -> Result<(), ExportError> {
    selection.check_single()?;
    write(format, selection, out)
}

/// Copies the numbers of an array, block by block.
pub(crate) fn copy(from: &mut ArrayFile, name: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut numbers = from.numbers(name)?;
    while numbers.left() > 0 {
        out.write_all(&bytes(&numbers.read(BLOCK)?))?;
    }
    Ok(())
}
