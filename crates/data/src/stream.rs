//! Rows read one after the other, as a network sees them.

use hopfield_arrays::{ImageShape, Scaling};

use crate::store::{check_finite, is_byte};
use crate::{Applied, DataError, RawRows};

/// The rows at a place (see [`RawRows`]), from first to last, as a network with this [`Scaling`] sees them.
///
/// By default, bytes are divided by 255 (see [`Scale::Auto`](crate::Scale::Auto)), which the first rows with a number of `least_byte` or more
/// decide.
pub struct RowStream {
    place: String,
    raw: RawRows,
    applied: Applied,
}

/// Numbers read together.
const FIRST: usize = 1 << 20;

impl RowStream {
    /// Opens a place; of a table, without the column of this name. Pictures get this shape, if it is given.
    ///
    /// # Errors
    ///
    /// It can't be read, or holds no such rows.
    pub fn open(
        place: &str,
        without: Option<&str>,
        shape: Option<ImageShape>,
        scaling: &Scaling,
        least_byte: f32,
    ) -> Result<Self, DataError> {
        let mut raw = RawRows::open(place, without, shape)?;
        let bytes = scaling.is_default() && seem_bytes(&mut raw, least_byte)?;
        let applied = Applied { bytes, scaling: scaling.clone() };
        Ok(Self { place: place.to_owned(), raw, applied })
    }

    /// The number of rows, at least 1.
    pub fn count(&self) -> usize {
        self.raw.count()
    }

    /// d, the numbers of a row.
    pub fn dim(&self) -> usize {
        self.raw.dim()
    }

    /// Reads all rows, at most `most` at a time, and gives them to `see`, with what was done to them.
    ///
    /// # Errors
    ///
    /// They can't be read; a number is NaN or infinite; the first rows are bytes and others not; or `see` fails.
    pub fn each<E: From<DataError>>(
        self,
        most: usize,
        mut see: impl FnMut(Vec<f32>, &Applied) -> Result<(), E>,
    ) -> Result<(), E> {
        let dim = self.dim();
        let Self { place, mut raw, applied } = self;
        let (mut given, left_out) = (0, raw.left_out());
        let together = (FIRST / dim / most).max(1) * most;
        raw.each(together, |mut block| {
            check_finite(&place, &block, given, dim, left_out)?;
            if applied.bytes && !block.iter().all(is_byte) {
                return Err(E::from(DataError::Malformed {
                    file: place.clone(),
                    problem: format!(
                        "its first rows are bytes, whole numbers from 0 to 255, but others from row {given} on are not; make all of \
                         one kind"
                    ),
                }));
            }
            given += block.len() / dim;
            applied.apply(&mut block);
            block.chunks(most * dim).try_for_each(|rows| see(rows.to_vec(), &applied))
        })
    }
}

/// Whether the first rows with a number of `least` or more, and those before, are whole numbers from 0 to 255.
fn seem_bytes(raw: &mut RawRows, least: f32) -> Result<bool, DataError> {
    /// Why the rows are not read to the end.
    enum Stop {
        Known(bool),
        Failed(DataError),
    }
    impl From<DataError> for Stop {
        fn from(error: DataError) -> Self {
            Self::Failed(error)
        }
    }
    let most = (FIRST / raw.dim()).max(1);
    let read = raw.each(most, |block| match block.iter().all(is_byte) {
        true if block.iter().all(|&number| number < least) => Ok(()),
        are_bytes => Err(Stop::Known(are_bytes)),
    });
    match read {
        // All are small.
        Ok(()) => Ok(false),
        Err(Stop::Known(known)) => Ok(known),
        Err(Stop::Failed(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// All rows, and what undoing gives of them.
    fn all(place: &str, most: usize, scaling: &Scaling) -> Result<[Vec<f32>; 2], DataError> {
        let [mut rows, mut undone] = [Vec::new(), Vec::new()];
        RowStream::open(place, None, None, scaling, 128.0)?.each(most, |some, applied| {
            assert!(some.len() <= most * 784);
            rows.extend_from_slice(&some);
            let mut some = some;
            applied.undo(&mut some);
            undone.extend(some);
            Ok::<_, DataError>(())
        })?;
        Ok([rows, undone])
    }

    #[test]
    fn rows_are_those_that_a_training_sees() {
        let place = "assets/t10k-images-idx3-ubyte.gz";
        let known = crate::Source::load(&crate::Bundled).unwrap().test;
        let known = known.all_rows().unwrap();
        for most in [7, 5000] {
            let [rows, undone] = all(place, most, &Scaling::default()).unwrap();
            assert_eq!(rows, known);
            assert!(undone.iter().all(|x| (x - x.round()).abs() < 1e-4));
            assert_eq!(undone.iter().copied().fold(0.0, f32::max), 255.0);
        }
        let unit = Scaling { offset: vec![0.0], factor: vec![255.0], ..Scaling::default() };
        assert_eq!(all(place, 9, &unit).unwrap()[0], known);
    }

    /// Many black pictures before the first that is not.
    #[test]
    fn rows_that_begin_with_zeros_are_bytes_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.csv");
        fs::write(&path, format!("{}255\n", "0\n".repeat(2 * FIRST))).unwrap();
        let [rows, _] = all(&path.display().to_string(), 10, &Scaling::default()).unwrap();
        assert_eq!(rows.last(), Some(&1.0));
    }

    #[test]
    fn rows_that_are_bytes_at_first_only_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.csv");
        let text = format!("{}0.5\n", "200\n".repeat(FIRST));
        fs::write(&path, text).unwrap();
        let place = path.display().to_string();
        let problem = all(&place, 10, &Scaling::default()).err().unwrap().to_string();
        assert!(problem.contains("but others from row 1048570 on are not"), "{problem}");
    }
}
