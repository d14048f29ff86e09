//! npy: the one column, as an array.

use std::io::Write;
use std::path::Path;

use hopfield_arrays::npy_header;

use super::{Column, Rows, bytes, whole};
use crate::error::Error;

pub(super) fn write(
    path: &Path,
    columns: &[Column],
    count: usize,
    rows: Rows<'_>,
) -> Result<(), Error> {
    let [column] = columns else { return Err("an npy file holds one array".into()) };
    whole(path, |out| {
        out.write_all(&npy_header(&column.shape(count)))?;
        rows(&mut |numbers| out.write_all(&bytes(numbers[0])))
    })
}
