//! Rows of numbers, in memory or in their file.

use hopfield_arrays::{Numbers, StoredRows};

use crate::DataError;

/// Numbers as they are in a file. In memory, whole ones from 0 to 255 take a byte each.
#[derive(Debug)]
pub(crate) enum Store {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
    /// In their file, and whether all are whole, from 0 to 255.
    File(StoredRows, bool),
}

impl PartialEq for Store {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Floats(a), Self::Floats(b)) => a == b,
            // A file may change.
            _ => std::ptr::eq(self, other),
        }
    }
}

/// Rows with more numbers stay in their file, if they can.
pub(crate) const MOST_IN_MEMORY: usize = 48 << 20;

/// Numbers read at a time.
const BLOCK: usize = 1 << 20;

impl Store {
    /// All rows of `dim` numbers, without the column `left_out`.
    ///
    /// # Errors
    ///
    /// They can't be read, or a number is NaN or infinite.
    pub(crate) fn read(
        place: &str,
        mut numbers: Numbers<'_>,
        dim: usize,
        left_out: Option<usize>,
    ) -> Result<Self, DataError> {
        let mut store = Self::Bytes(Vec::new());
        let (mut first, columns) = (0, dim - usize::from(left_out.is_some()));
        while numbers.left() > 0 {
            let mut block = numbers.read((BLOCK / dim).max(1) * dim)?;
            leave_out(&mut block, dim, left_out);
            check_finite(place, &block, first, columns, left_out)?;
            first += block.len() / columns;
            store.add(&block);
        }
        Ok(store)
    }

    /// Rows that stay in the file at this place.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub(crate) fn in_file(place: &str, rows: StoredRows) -> Result<Self, DataError> {
        let (count, dim) = (rows.count(), rows.dim());
        let (mut block, mut are_bytes) = (Vec::new(), true);
        let most = (BLOCK / dim).max(1);
        for first in (0..count).step_by(most) {
            block.clear();
            rows.append(first, most.min(count - first), &mut block)?;
            check_finite(place, &block, first, dim, None)?;
            are_bytes = are_bytes && block.iter().all(is_byte);
        }
        Ok(Self::File(rows, are_bytes))
    }

    /// Numbers in memory.
    pub(crate) fn of(numbers: Vec<f32>) -> Self {
        match numbers.iter().all(is_byte) {
            true => Self::Bytes(numbers.iter().map(|&number| number as u8).collect()),
            false => Self::Floats(numbers),
        }
    }

    fn add(&mut self, numbers: &[f32]) {
        if let Self::Bytes(bytes) = self {
            if numbers.iter().all(is_byte) {
                bytes.extend(numbers.iter().map(|&number| number as u8));
                return;
            }
            *self = Self::Floats(bytes.iter().map(|&byte| byte.into()).collect());
        }
        if let Self::Floats(floats) = self {
            floats.extend_from_slice(numbers);
        }
    }

    /// Checks that the file is still the one that was opened.
    ///
    /// # Errors
    ///
    /// Somebody has written to it.
    pub(crate) fn check_unchanged(&self) -> Result<(), DataError> {
        match self {
            Self::File(rows, _) => Ok(rows.check_unchanged()?),
            _ => Ok(()),
        }
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Floats(floats) => floats.len(),
            Self::File(rows, _) => rows.count() * rows.dim(),
        }
    }

    /// Whether all numbers are whole, from 0 to 255.
    pub(crate) fn is_bytes(&self) -> bool {
        matches!(self, Self::Bytes(_) | Self::File(_, true))
    }

    /// Adds `count` rows of `dim` numbers from row `first` on to `to`.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub(crate) fn append(
        &self,
        first: usize,
        count: usize,
        dim: usize,
        to: &mut Vec<f32>,
    ) -> Result<(), DataError> {
        let numbers = first * dim..(first + count) * dim;
        match self {
            Self::Bytes(bytes) => to.extend(bytes[numbers].iter().map(|&byte| f32::from(byte))),
            Self::Floats(floats) => to.extend_from_slice(&floats[numbers]),
            Self::File(rows, _) => rows.append(first, count, to)?,
        }
        Ok(())
    }
}

/// Takes a column out of rows of `dim` numbers.
pub(crate) fn leave_out(rows: &mut Vec<f32>, dim: usize, column: Option<usize>) {
    let Some(column) = column else { return };
    let mut place = 0;
    rows.retain(|_| {
        place += 1;
        (place - 1) % dim != column
    });
}

/// Whether a number is whole, from 0 to 255.
pub(crate) fn is_byte(number: &f32) -> bool {
    f32::from(*number as u8) == *number
}

/// Refuses rows of so many `columns`, the first of which is row `first` of a place, if a number is NaN or infinite. A column was left out
/// before.
pub(crate) fn check_finite(
    place: &str,
    rows: &[f32],
    first: usize,
    columns: usize,
    left_out: Option<usize>,
) -> Result<(), DataError> {
    let Some(at) = rows.iter().position(|number| !number.is_finite()) else { return Ok(()) };
    let [row, column] = [first + at / columns, at % columns];
    let column = column + usize::from(left_out.is_some_and(|out| column >= out));
    let found = if rows[at].is_nan() { "missing (NaN)" } else { "infinite" };
    Err(DataError::Malformed {
        file: place.to_owned(),
        problem: format!(
            "row {row}, column {column} is {found}; remove such rows or fill in the values (`hopfield data` lists them)"
        ),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hopfield_arrays::{bytes, npy_header};

    use super::*;
    use crate::{Split, Table};

    #[test]
    fn rows_in_their_file_are_those_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let open = |name: &str, numbers: &[f32]| {
            let path = dir.path().join(name);
            let content = [npy_header(&[numbers.len() / 3, 3]), bytes(numbers)].concat();
            fs::write(&path, content).unwrap();
            Table::open(&path.display().to_string()).unwrap_or_else(|error| panic!("{error}"))
        };
        let numbers: Vec<f32> = (0..30).map(|n| n as f32 * 0.5).collect();
        let mut table = open("x.npy", &numbers);
        let in_file = Store::in_file("x", table.stored().unwrap()).unwrap();
        assert!(!in_file.is_bytes());
        let in_memory = Store::read("x", table.raw_numbers().unwrap(), 3, None).unwrap();
        let [a, b] = [in_file, in_memory].map(|store| Split::new(store, 3, None));
        assert_eq!(a.all_rows().unwrap(), numbers);
        let places = [9, 0, 1, 2, 5, 6, 4];
        assert_eq!(a.rows_at(&places).unwrap(), b.rows_at(&places).unwrap());
        assert_eq!(a.at(&places).rows(2..4).unwrap(), numbers[3..9]);

        let whole = Store::in_file("y", open("y.npy", &[0.0, 255.0, 7.0]).stored().unwrap());
        assert!(whole.unwrap().is_bytes());
        let missing = open("z.npy", &[0.0, 1.0, 2.0, 3.0, f32::NAN, 5.0]).stored().unwrap();
        let problem = Store::in_file("z", missing).unwrap_err().to_string();
        assert!(problem.starts_with("z: row 1, column 1 is missing (NaN)"), "{problem}");
    }
}
