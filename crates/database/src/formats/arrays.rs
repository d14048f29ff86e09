//! The formats of array files: safetensors, npz and npy.

use std::io::{self, Write};

use hopfield_arrays::{Array, ArrayFile, ArrayFormat, WriteSeek, bytes};

use crate::error::ExportError;
use crate::selection::{ExportFormat, Files, Selected, Selection};

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

    fn write(
        &self,
        selection: &mut Selection<'_>,
        out: &mut dyn WriteSeek,
    ) -> Result<(), ExportError> {
        if self.files != Files::PerTable {
            selection.check_single()?;
        }
        selection.arrays.sort_by(|a, b| a.array.name.cmp(&b.array.name));
        let renamed =
            |selected: &Selected| Array::f32(&selection.name(selected), &selected.array.shape);
        let renamed: Vec<Array> = selection.arrays.iter().map(renamed).collect();
        let manifest = selection.manifest().to_json().to_string();
        let Selection { database, arrays, .. } = selection;
        Ok(self.format.write(out, &renamed, Some(&manifest), &mut |index, out| {
            copy(&mut database.arrays, &arrays[index].array.name, out)
        })?)
    }
}

/// Copies the numbers of an array, block by block.
pub(crate) fn copy(from: &mut ArrayFile, name: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut numbers = from.numbers(name)?;
    while numbers.left() > 0 {
        out.write_all(&bytes(&numbers.read(BLOCK)?))?;
    }
    Ok(())
}
