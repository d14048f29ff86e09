//! The numbers of one array, from first to last.

use std::io::Read;

use crate::error::ArrayError;

/// Bytes read at a time.
const BLOCK: usize = 1 << 16;

/// A reader over the numbers of an array, in row-major order. Numbers that are not finite are an error.
pub struct Numbers<'a> {
    reader: Box<dyn Read + 'a>,
    left: usize,
    file: &'a str,
    array: &'a str,
}

impl<'a> Numbers<'a> {
    pub(crate) fn new(
        reader: Box<dyn Read + 'a>,
        count: usize,
        file: &'a str,
        array: &'a str,
    ) -> Self {
        Self { reader, left: count, file, array }
    }

    /// How many numbers are still to be read.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Reads the next `count` numbers, or as many as are left.
    ///
    /// # Errors
    ///
    /// The file ends early, can't be read or fails its checksum, or a number is not finite.
    pub fn read(&mut self, count: usize) -> Result<Vec<f32>, ArrayError> {
        let count = count.min(self.left);
        let mut numbers = Vec::new();
        let mut block = [0; BLOCK];
        while numbers.len() < count {
            let size = BLOCK.min((count - numbers.len()).saturating_mul(4));
            let block = &mut block[..size];
            self.reader.read_exact(block).map_err(|error| self.broken(&error.to_string()))?;
            let read = block.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            numbers.extend(read);
        }
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(self.broken("has numbers that are not finite"));
        }
        let had_some = self.left > 0;
        self.left -= count;
        if self.left == 0 && had_some {
            // Reading on to the end also checks the checksum of a zip entry.
            match self.reader.read(&mut [0]) {
                Ok(0) => {}
                Ok(_) => return Err(self.broken("has more bytes than its shape says")),
                Err(error) => return Err(self.broken(&error.to_string())),
            }
        }
        Ok(numbers)
    }

    fn broken(&self, problem: &str) -> ArrayError {
        ArrayError::malformed(self.file, format!("array `{}`: {problem}", self.array))
    }
}
