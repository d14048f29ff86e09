//! What tables of several columns have in common.

use std::io::{self, Read};

use crate::array::{Array, ElementType, Layout};
use crate::format::{Problem, ReadSkip};

/// The name of the array of all columns of numbers.
pub const TABLE: &str = "table";

/// The arrays of a table: first [`TABLE`], with numbers of type `element`, if there are columns of numbers; then every column. Beside
/// them, the columns that each array is made of.
pub(crate) fn arrays_of_columns(
    columns: Vec<Array>,
    element: ElementType,
) -> (Vec<Array>, Vec<Vec<usize>>) {
    let is_number = |index: &usize| columns[*index].element.size().is_some();
    let numbers: Vec<usize> = (0..columns.len()).filter(is_number).collect();
    let mut of_arrays: Vec<Vec<usize>> = (0..columns.len()).map(|column| vec![column]).collect();
    let mut arrays = columns;
    if let Some(&first) = numbers.first() {
        let shape = vec![arrays[first].shape[0], numbers.len()];
        let (name, layout) = (TABLE.to_owned(), Layout::default());
        arrays.insert(0, Array { name, shape, element, layout });
        of_arrays.insert(0, numbers);
    }
    (arrays, of_arrays)
}

/// Rows that are decoded one after the other.
pub(crate) trait Rows {
    /// Appends the bytes of the next rows, one or more; returns whether there were any.
    fn next_rows(&mut self, bytes: &mut Vec<u8>) -> Result<bool, Problem>;
}

/// The bytes of all rows, as a stream.
pub(crate) struct Stream<R> {
    rows: R,
    bytes: Vec<u8>,
    /// How many of the bytes were given out.
    used: usize,
}

impl<R: Rows> Stream<R> {
    pub(crate) fn of(rows: R) -> Self {
        Self { rows, bytes: Vec::new(), used: 0 }
    }
}

impl<R: Rows> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used == self.bytes.len() {
            self.bytes.clear();
            self.used = 0;
            if !self.rows.next_rows(&mut self.bytes).map_err(io::Error::other)? {
                return Ok(0);
            }
        }
        let count = buffer.len().min(self.bytes.len() - self.used);
        buffer[..count].copy_from_slice(&self.bytes[self.used..self.used + count]);
        self.used += count;
        Ok(count)
    }
}

impl<R: Rows> ReadSkip for Stream<R> {}
