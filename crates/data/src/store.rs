//! Rows of numbers in memory.

use hopfield_arrays::Numbers;

use crate::DataError;

/// Numbers as they are in a file. Whole ones from 0 to 255 take a byte each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Store {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

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
            if let Some(left_out) = left_out {
                let mut place = 0;
                block.retain(|_| {
                    place += 1;
                    (place - 1) % dim != left_out
                });
            }
            check_finite(place, &block, first, columns)?;
            first += block.len() / columns;
            store.add(&block);
        }
        Ok(store)
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

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Floats(floats) => floats.len(),
        }
    }

    /// Whether all numbers are whole, from 0 to 255.
    pub(crate) fn is_bytes(&self) -> bool {
        matches!(self, Self::Bytes(_))
    }

    /// Adds a row of `dim` numbers to `to`.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub(crate) fn append(
        &self,
        row: usize,
        dim: usize,
        to: &mut Vec<f32>,
    ) -> Result<(), DataError> {
        let numbers = row * dim..(row + 1) * dim;
        match self {
            Self::Bytes(bytes) => to.extend(bytes[numbers].iter().map(|&byte| f32::from(byte))),
            Self::Floats(floats) => to.extend_from_slice(&floats[numbers]),
        }
        Ok(())
    }
}

/// Whether a number is whole, from 0 to 255.
pub(crate) fn is_byte(number: &f32) -> bool {
    f32::from(*number as u8) == *number
}

/// Refuses rows of so many `columns`, the first of which is row `first` of a place, if a number is NaN or infinite.
pub(crate) fn check_finite(
    place: &str,
    rows: &[f32],
    first: usize,
    columns: usize,
) -> Result<(), DataError> {
    let Some(at) = rows.iter().position(|number| !number.is_finite()) else { return Ok(()) };
    let [row, column] = [first + at / columns, at % columns];
    let found = if rows[at].is_nan() { "missing (NaN)" } else { "infinite" };
    Err(DataError::Malformed {
        file: place.to_owned(),
        problem: format!(
            "row {row}, column {column} is {found}; take such rows out, or fill them in (`hopfield data` lists them)"
        ),
    })
}
