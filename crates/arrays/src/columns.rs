//! Rows of an array that stands in its file column by column.

use crate::array::Array;
use crate::convert::append;
use crate::format::{Entries, Problem, at_end};

/// Reads an array in column-major order row by row: a strip of rows is put together in memory from pieces of all columns, then
/// given out. A strip has as many numbers as it is told, but at least one row, which is all entries with the same first index.
pub(crate) struct Columns<'a> {
    entries: &'a mut dyn Entries,
    index: usize,
    array: &'a Array,
    /// The most numbers of a strip.
    most: usize,
    strip: Vec<f32>,
    /// How many numbers of the strip were given out; before the first strip, how many of it are to be left out.
    used: usize,
    /// The row after the strip.
    next: usize,
    only_finite: bool,
}

impl<'a> Columns<'a> {
    /// The numbers of array `index` from number `start` on.
    pub(crate) fn new(
        entries: &'a mut dyn Entries,
        index: usize,
        array: &'a Array,
        start: usize,
        most: usize,
        only_finite: bool,
    ) -> Self {
        let width = shape(array).1.iter().product::<usize>().max(1);
        let (next, used) = (start / width, start % width);
        Self { entries, index, array, most, strip: Vec::new(), used, next, only_finite }
    }

    /// Appends the next numbers, until there are `count`; the array has so many.
    ///
    /// # Errors
    ///
    /// They can't be read or are not finite.
    pub(crate) fn read(&mut self, count: usize, numbers: &mut Vec<f32>) -> Result<(), Problem> {
        while numbers.len() < count {
            if self.used >= self.strip.len() {
                let left_out = if self.strip.is_empty() { self.used } else { 0 };
                self.read_strip()?;
                self.used = left_out;
            }
            let end = self.strip.len().min(self.used + (count - numbers.len()));
            numbers.extend_from_slice(&self.strip[self.used..end]);
            self.used = end;
        }
        Ok(())
    }

    /// Reads the next strip in place of the one before.
    fn read_strip(&mut self) -> Result<(), Problem> {
        let (array, first) = (self.array, self.next);
        let (rows, rest) = shape(array);
        let width = rest.iter().product::<usize>();
        let count = (self.most / width).clamp(1, rows - first);
        let size = array.element.size().unwrap_or(0);
        let bytes = |elements: usize| (elements * size) as u64;
        let mut reader = self.entries.open(self.index, bytes(rows * width))?;
        self.strip.resize(count * width, 0.0);
        let (mut block, mut piece) = (vec![0; count * size], Vec::with_capacity(count));
        reader.skip(bytes(first))?;
        for column in 0..width {
            if column > 0 {
                reader.skip(bytes(rows - count))?;
            }
            reader.read_exact(&mut block)?;
            piece.clear();
            append(array, column * rows + first, &mut block, &mut piece, self.only_finite)?;
            let column = self.strip.iter_mut().skip(place(column, &rest)).step_by(width);
            column.zip(&piece).for_each(|(to, number)| *to = *number);
        }
        reader.skip(bytes(rows - first - count))?;
        at_end(&mut reader)?;
        self.next = first + count;
        Ok(())
    }
}

/// The number of rows, and the shape of a row. Axes of length 1 make no difference to the order.
fn shape(array: &Array) -> (usize, Vec<usize>) {
    let mut axes = array.shape.iter().copied().filter(|&dim| dim != 1);
    (axes.next().unwrap_or(1), axes.collect())
}

/// Where the number of this column stands in a row: the first index of `column` runs fastest, in a row the last.
fn place(mut column: usize, row: &[usize]) -> usize {
    let mut stride: usize = row.iter().product();
    let mut place = 0;
    for dim in row {
        stride /= dim;
        place += column % dim * stride;
        column /= dim;
    }
    place
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;
    use crate::array::{ElementType, Layout, bytes};
    use crate::format::PlainEntries;

    #[test]
    fn strips_of_any_height_give_the_rows() {
        for shape in [&[5, 3][..], &[1, 4, 3], &[4, 1, 3, 2], &[2, 3, 4]] {
            let array = Array {
                name: "a".to_owned(),
                shape: shape.to_vec(),
                element: ElementType::F32,
                layout: Layout { column_major: true, big_endian: false },
            };
            let count = array.count().unwrap();
            // Each number is its own position in row-major order.
            let number = |position: usize| {
                let entry = array.entry(position);
                entry.iter().zip(shape).fold(0, |number, (index, dim)| number * dim + index) as f32
            };
            let stored: Vec<f32> = (0..count).map(number).collect();
            assert_ne!(stored, (0..count).map(|n| n as f32).collect::<Vec<_>>());
            for (most, start, read) in [(1, 0, 4), (7, 0, 2), (1000, 0, 5), (6, 7, 3), (1, 1, 1)] {
                let file = Cursor::new([vec![9; 3], bytes(&stored)].concat());
                let input = BufReader::new(Box::new(file) as _);
                let mut entries = PlainEntries { input, offsets: vec![3] };
                let mut columns = Columns::new(&mut entries, 0, &array, start, most, true);
                let mut found = Vec::new();
                while found.len() < count - start {
                    let until = (found.len() + read).min(count - start);
                    columns.read(until, &mut found).unwrap();
                }
                assert_eq!(found, (start..count).map(|n| n as f32).collect::<Vec<_>>());
            }
        }
    }
}
