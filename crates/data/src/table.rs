//! Rows of numbers in a file, before anything is made of them.

use std::fs;
use std::path::Path;

use hopfield_arrays::{Array, ArrayFile, ElementType, Numbers, StoredRows, TABLE};

use crate::DataError;

/// An array of a file, as rows: the first axis counts them, the others are the shape of a row.
pub struct Table {
    file: ArrayFile,
    array: Array,
}

impl Table {
    /// Opens `FILE`, or `FILE#NAME` for one of several arrays (of a column, if the file is a table).
    ///
    /// Without a name, a file must hold one array, or one of more than one axis. In a table, that is all columns of numbers.
    ///
    /// # Errors
    ///
    /// The file can't be read, has no such array, or several; or the array has no rows or no numbers.
    ///
    /// ```
    /// use hopfield_data::Table;
    ///
    /// let digits = Table::open("assets/t10k-images-idx3-ubyte.gz")?;
    /// assert_eq!((digits.count(), digits.row_shape()), (2000, &[28, 28][..]));
    /// # Ok::<(), hopfield_data::DataError>(())
    /// ```
    pub fn open(place: &str) -> Result<Self, DataError> {
        let (path, name) = parted(place);
        let file = ArrayFile::open(Path::new(path))?;
        let malformed = |problem: String| DataError::Malformed { file: place.to_owned(), problem };
        let name = match name.or_else(|| only(&file)) {
            Some(name) => name.to_owned(),
            None => {
                let there_are = file.contents();
                let problem =
                    format!("which array of it? write {path}#NAME; there are: {there_are}");
                return Err(malformed(problem));
            }
        };
        let array = file.find(&name)?.clone();
        match array.count() {
            Some(count) if count > 0 && !array.shape.is_empty() => Ok(Self { file, array }),
            _ => Err(malformed(format!("it has no rows: its shape is {:?}", array.shape))),
        }
    }

    /// The number of rows, at least 1.
    pub fn count(&self) -> usize {
        self.array.shape[0]
    }

    /// The numbers of a row, at least 1.
    pub fn dim(&self) -> usize {
        self.row_shape().iter().product()
    }

    /// The shape of a row; nothing if it is a single number.
    pub fn row_shape(&self) -> &[usize] {
        &self.array.shape[1..]
    }

    /// The type of the numbers in the file.
    pub fn element(&self) -> &ElementType {
        &self.array.element
    }

    /// The place of a column among the columns of numbers, if these are the rows.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        if !self.file.is_table() || self.array.name != TABLE {
            return None;
        }
        // The columns follow the array of all of them.
        let columns = self.file.arrays().iter().skip(1);
        let is_number = |array: &&Array| array.element.size().is_some() && array.shape.len() == 1;
        columns.filter(is_number).position(|array| array.name == name)
    }

    /// The column of this table, `place`, that `other` names: `FILE#NAME`, with the same file.
    pub(crate) fn column_at(&self, place: &str, other: &str) -> Option<usize> {
        let ((file, _), (of_other, name)) = (parted(place), parted(other));
        let real = |file: &str| fs::canonicalize(file).ok();
        let is_same = real(file).is_some_and(|file| Some(file) == real(of_other));
        name.filter(|_| is_same).and_then(|name| self.column(name))
    }

    /// Its rows, if they can be read where they stand in the file.
    pub(crate) fn stored(&self) -> Option<StoredRows> {
        self.file.stored(&self.array.name)
    }

    /// How the file describes the array: `digits [1000, 28, 28] (uint8)`.
    pub fn description(&self) -> String {
        self.array.to_string()
    }

    /// All numbers, row after row, NaN and infinities too.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub fn raw_numbers(&mut self) -> Result<Numbers<'_>, DataError> {
        Ok(self.file.raw_numbers(&self.array.name)?)
    }
}

/// Splits `FILE#NAME` into the file and the name of an array or column in it.
///
/// A file whose own name has a `#` is recognised by being there.
pub fn parted(place: &str) -> (&str, Option<&str>) {
    match place.rsplit_once('#') {
        Some((path, name)) if !Path::new(place).exists() => (path, Some(name)),
        _ => (place, None),
    }
}

/// The array that is meant if none is named: the only one of rows, or the only one.
fn only(file: &ArrayFile) -> Option<&str> {
    let of_axes = |least: usize| {
        let is_one = |array: &&Array| array.element.size().is_some() && array.shape.len() >= least;
        let mut found = file.arrays().iter().filter(is_one);
        found.next().filter(|_| found.next().is_none())
    };
    let of_rows = of_axes(2);
    of_rows.or_else(|| of_axes(0)).map(|array| &array.name[..])
}

#[cfg(test)]
mod tests {
    use hopfield_arrays::{Npz, npy_header, to_bytes};

    use super::*;

    #[test]
    fn the_array_that_is_meant_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        let save = |name: &str, arrays: &[(&str, &[usize], &[f32])]| {
            fs::write(path(name), to_bytes(&Npz, arrays, None).unwrap()).unwrap();
        };
        save("one.npz", &[("x", &[2, 3], &[0.0; 6]), ("labels", &[2], &[1.0, 2.0])]);
        save("two.npz", &[("x", &[2, 1], &[0.0; 2]), ("y", &[2, 1, 1], &[1.0, 2.0])]);
        save("named.npz", &[("table", &[2, 1], &[0.0; 2]), ("y", &[1, 2], &[1.0, 2.0])]);
        save("none.npz", &[("x", &[0, 3], &[])]);
        fs::write(path("t.csv"), "a,b,label\n1,2,0\n3,4,1\n").unwrap();
        fs::write(path("odd#name.npy"), [npy_header(&[1]), vec![0; 4]].concat()).unwrap();

        let open = |place: &str| Table::open(&path(place));
        let one = open("one.npz").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((one.count(), one.dim(), one.row_shape()), (2, 3, &[3][..]));
        assert_eq!(open("one.npz#labels").ok().unwrap().row_shape(), [] as [usize; 0]);
        assert_eq!(open("t.csv").ok().unwrap().dim(), 3);
        let mut column = open("t.csv#b").ok().unwrap();
        assert_eq!(column.raw_numbers().unwrap().read(9).unwrap(), [2.0, 4.0]);
        assert!(open("odd#name.npy").is_ok());

        let problem = |place: &str| open(place).err().unwrap().to_string();
        let two = problem("two.npz");
        assert!(two.contains("two.npz#NAME; there are: x [2, 1] (float32), y [2, 1, 1]"), "{two}");
        assert!(problem("named.npz").contains("named.npz#NAME"));
        assert!(problem("none.npz").ends_with("it has no rows: its shape is [0, 3]"));
        assert!(problem("t.csv#c").contains("there is no array `c` in it"));
        assert!(problem("missing.npy").contains("No such file"));
    }
}
