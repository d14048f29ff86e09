//! Rows read one after the other, as a network sees them.

use hopfield_arrays::{ImageShape, Scaling};

use crate::store::{check_finite, is_byte};
use crate::{Applied, DataError, RawRows};

/// The rows at a place (see [`RawRows`]), from first to last, as a network with this [`Scaling`] sees them.
///
/// By default, bytes are divided by 255 (see [`Scale::Auto`](crate::Scale::Auto)), which the first rows decide.
pub struct RowStream {
    place: String,
    raw: RawRows,
    scaling: Scaling,
}

/// As many of the first numbers decide whether they are bytes.
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
    ) -> Result<Self, DataError> {
        let raw = RawRows::open(place, without, shape)?;
        Ok(Self { place: place.to_owned(), raw, scaling: scaling.clone() })
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
        let Self { place, raw, scaling } = self;
        let (mut given, mut applied) = (0, None);
        let together = (FIRST / dim / most).max(1) * most;
        raw.each(together, |mut block| {
            check_finite(&place, &block, given, dim)?;
            let of_bytes = scaling.is_default() && block.iter().all(is_byte);
            let above_one = block.iter().any(|&number| number > 1.0);
            let applied = applied.get_or_insert_with(|| {
                let bytes = of_bytes && above_one;
                Applied { bytes, scaling: scaling.clone(), range: [0.0; 2] }
            });
            if applied.bytes && !of_bytes {
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
            block.chunks(most * dim).try_for_each(|rows| see(rows.to_vec(), applied))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// All rows, and what undoing gives of them.
    fn all(place: &str, most: usize, scaling: &Scaling) -> Result<[Vec<f32>; 2], DataError> {
        let [mut rows, mut undone] = [Vec::new(), Vec::new()];
        RowStream::open(place, None, None, scaling)?.each(most, |some, applied| {
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

    #[test]
    fn rows_that_are_bytes_at_first_only_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.csv");
        let text = format!("{}0.5\n", "7\n".repeat(FIRST));
        fs::write(&path, text).unwrap();
        let place = path.display().to_string();
        let problem = all(&place, 10, &Scaling::default()).err().unwrap().to_string();
        assert!(problem.contains("but others from row 1048570 on are not"), "{problem}");
    }
}
