//! npz: an array for each column.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use hopfield_arrays::{Array, ArrayFormat, Contents, ElementType, Npz};

use super::{Column, Rows, bytes, whole};
use crate::error::Error;

/// The arrays of a zip file stand one after the other, so each column is kept in a file without a name until all rows are computed.
pub(super) fn write(
    path: &Path,
    columns: &[Column],
    count: usize,
    rows: Rows<'_>,
) -> Result<(), Error> {
    whole(path, |out| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let spool = |_: &Column| Ok(BufWriter::new(tempfile::tempfile_in(folder)?));
        let mut spools = columns.iter().map(spool).collect::<io::Result<Vec<_>>>()?;
        rows(&mut |numbers| {
            let mut both = spools.iter_mut().zip(numbers);
            both.try_for_each(|(spool, numbers)| spool.write_all(&bytes(numbers)))
        })?;
        let rewound = |spool: BufWriter<File>| {
            let mut file = spool.into_inner().map_err(|error| error.into_error())?;
            file.rewind()?;
            Ok(file)
        };
        let mut files = spools.into_iter().map(rewound).collect::<io::Result<Vec<_>>>()?;
        let array = |column: &Column| {
            let array = Array::f32(column.name, &column.shape(count));
            match column.whole {
                true => Array { element: ElementType::I32, ..array },
                false => array,
            }
        };
        let arrays: Vec<_> = columns.iter().map(array).collect();
        let numbers =
            &mut |index: usize, to: &mut dyn Write| io::copy(&mut files[index], to).map(|_| ());
        Ok(Npz.write(out, Contents { arrays: &arrays, metadata: None, numbers })?)
    })
}
