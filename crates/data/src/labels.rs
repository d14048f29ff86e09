//! The class of each row.

use crate::{DataError, Table};

/// Beyond this, f32 does not hold every whole number.
const LARGEST: f32 = 16_777_216.0;

/// The class of each of so many rows, a whole number from 0 on, which stands in `FILE` or `FILE#NAME`.
///
/// # Errors
///
/// They can't be read, there are more or fewer, or one is no class.
///
/// ```
/// let labels = hopfield_data::labels("assets/t10k-labels-idx1-ubyte.gz", 2000)?;
/// assert_eq!(labels[..5], [7, 2, 1, 0, 4]);
/// # Ok::<(), hopfield_data::DataError>(())
/// ```
pub fn labels(place: &str, rows: usize) -> Result<Vec<u32>, DataError> {
    let malformed = |problem| DataError::Malformed { file: place.to_owned(), problem };
    let mut table = Table::open(place)?;
    if (table.count(), table.dim()) != (rows, 1) {
        let s = if table.dim() == 1 { "" } else { "s" };
        let found = format!("it has {} rows of {} number{s}", table.count(), table.dim());
        return Err(malformed(format!(
            "{found}; needed is one number for each of the {rows} rows"
        )));
    }
    let numbers = table.raw_numbers()?.read(rows)?;
    let label = |(row, &label): (usize, &f32)| match label.fract() == 0.0
        && (0.0..=LARGEST).contains(&label)
    {
        true => Ok(label as u32),
        false => {
            let needed = "needed is the number of a class, a whole number from 0 to 16777216";
            Err(malformed(format!("row {row} is {label}; {needed}")))
        }
    };
    numbers.iter().enumerate().map(label).collect()
}
