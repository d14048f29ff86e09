//! The formats of array files: safetensors, npz and npy.

use std::io::Write;

use hopfield_arrays::{Array, ArrayFile, ArrayFormat, WriteSeek, bytes, write_arrays};

use crate::error::ExportError;
use crate::selection::{ExportFormat, Files, Selection};

/// Numbers in memory at a time.
const BLOCK: usize = 1 << 16;

/// A format of array files. With one file for everything, the file is a pattern database again.
pub struct ArrayExport {
    pub(super) format: &'static dyn ArrayFormat,
    pub(super) files: Files,
}

impl ExportFormat for ArrayExport {
    fn name(&self) -> &'static str {
        self.format.name()
    }

    fn files(&self) -> Files {
        self.files
    }

    fn check(&self, selection: &Selection<'_>) -> Result<(), ExportError> {
        if self.files == Files::PerTable { Ok(()) } else { selection.check_single() }
    }

    fn write(
        &self,
        selection: &mut Selection<'_>,
        out: &mut dyn WriteSeek,
    ) -> Result<(), ExportError> {
        let mut arrays: Vec<(Array, String)> = Vec::new();
        for selected in &selection.arrays {
            let renamed = Array::f32(&selection.name(selected), &selected.array.shape);
            arrays.push((renamed, selected.array.name.clone()));
        }
        arrays.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let (renamed, names): (Vec<Array>, Vec<String>) = arrays.into_iter().unzip();
        let manifest = selection.manifest().to_json().to_string();
        write_arrays(self.format, out, &renamed, Some(&manifest), |index, out| {
            copy(&mut selection.database.arrays, &names[index], out)
        })
    }
}

/// Copies the numbers of an array, block by block.
pub(crate) fn copy<E: From<hopfield_arrays::ArrayError> + From<std::io::Error>>(
    from: &mut ArrayFile,
    name: &str,
    out: &mut dyn Write,
) -> Result<(), E> {
    let mut numbers = from.numbers(name)?;
    while numbers.left() > 0 {
        out.write_all(&bytes(&numbers.read(BLOCK)?))?;
    }
    Ok(())
}
