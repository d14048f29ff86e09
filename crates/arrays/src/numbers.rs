//! The numbers of one array, from first to last.

use crate::array::Array;
use crate::columns::Columns;
use crate::convert::append;
use crate::error::ArrayError;
use crate::format::{Entries, Problem, Reader, at_end};

/// Bytes read at a time; a multiple of the size of every element.
const BLOCK: usize = 1 << 16;

/// Numbers in memory at a time of an array in column-major order: 64 MiB.
const STRIP: usize = 1 << 24;

/// A reader over the numbers of an array as f32, in row-major order, rounded to the nearest f32. Numbers that are not finite, or
/// too large for f32, are an error (but not for [`ArrayFile::raw_numbers`](crate::ArrayFile::raw_numbers)).
///
/// An array in column-major order is read in strips of rows of 64 MiB, or one row if that is larger. In an npy file, the pieces
/// of a strip are sought; a zip entry is decompressed once for every strip.
pub struct Numbers<'a> {
    file: &'a str,
    array: &'a Array,
    source: Source<'a>,
    count: usize,
    left: usize,
    only_finite: bool,
}

enum Source<'a> {
    Rows(Reader<'a>),
    Columns(Columns<'a>),
}

impl<'a> Numbers<'a> {
    /// The numbers of array `index`, which has `count`, from number `start` on.
    pub(crate) fn open(
        file: &'a str,
        array: &'a Array,
        entries: &'a mut dyn Entries,
        index: usize,
        [start, count]: [usize; 2],
        only_finite: bool,
    ) -> Result<Self, Problem> {
        let source = if array.layout.column_major {
            Source::Columns(Columns::new(entries, index, array, start, STRIP, only_finite))
        } else {
            let size = array.element.size().unwrap_or(0);
            let mut reader = entries.open(index, (count * size) as u64)?;
            reader.skip((start * size) as u64)?;
            Source::Rows(reader)
        };
        Ok(Self { file, array, source, count, left: count - start, only_finite })
    }

    /// How many numbers are still to be read.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Reads the next `count` numbers, or as many as are left. After an error, open the array again.
    ///
    /// # Errors
    ///
    /// The file ends early, can't be read or fails its checksum, or a number is not finite or too large for f32.
    pub fn read(&mut self, count: usize) -> Result<Vec<f32>, ArrayError> {
        let read = self.read_next(count.min(self.left));
        read.map_err(|problem| {
            ArrayError::malformed(self.file, format!("array `{}`: {problem}", self.array.name))
        })
    }

    fn read_next(&mut self, count: usize) -> Result<Vec<f32>, Problem> {
        let mut numbers = Vec::new();
        match &mut self.source {
            Source::Columns(columns) => columns.read(count, &mut numbers)?,
            Source::Rows(reader) => {
                let first = self.count - self.left;
                let size = self.array.element.size().unwrap_or(0);
                let mut block = [0; BLOCK];
                while numbers.len() < count {
                    let bytes = BLOCK.min((count - numbers.len()).saturating_mul(size));
                    let block = &mut block[..bytes];
                    reader.read_exact(block)?;
                    let at = first + numbers.len();
                    append(self.array, at, block, &mut numbers, self.only_finite)?;
                }
                if count > 0 && count == self.left {
                    at_end(reader)?;
                }
            }
        }
        self.left -= count;
        Ok(numbers)
    }
}
