//! Tables that are written while they are computed, in the format that the file's name ends with.

mod csv;
mod npy;
mod npz;
mod parquet;

use std::io;
use std::path::Path;

use hopfield_arrays::write_whole;

use crate::error::Error;

/// A column of a table: in each row, one number or several.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// The numbers of a row; none if it is a single one.
    pub(crate) width: Option<usize>,
    /// Whether they are whole numbers.
    pub(crate) whole: bool,
}

/// Numbers of some rows, of one column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Numbers {
    Whole(Vec<i32>),
    Real(Vec<f32>),
}

impl Numbers {
    fn len(&self) -> usize {
        match self {
            Self::Whole(numbers) => numbers.len(),
            Self::Real(numbers) => numbers.len(),
        }
    }

    /// Adds those of the same column in further rows.
    fn extend(&mut self, more: &Self) {
        match (self, more) {
            (Self::Whole(all), Self::Whole(more)) => all.extend(more),
            (Self::Real(all), Self::Real(more)) => all.extend(more),
            _ => unreachable!("a column has one type"),
        }
    }
}

impl Column {
    /// The numbers of a row.
    fn numbers(&self) -> usize {
        self.width.unwrap_or(1)
    }

    /// Its shape as an array of so many rows.
    fn shape(&self, rows: usize) -> Vec<usize> {
        [rows].into_iter().chain(self.width).collect()
    }
}

/// Takes the next rows: their numbers of each column.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(&[&Numbers]) -> io::Result<()>;

/// Computes all rows and gives them to a sink, some at a time.
pub(crate) type Rows<'a> = Box<dyn FnOnce(Sink<'_>) -> Result<(), Error> + 'a>;

type Write = fn(&Path, &[Column], usize, Rows<'_>) -> Result<(), Error>;

/// A format that tables are written in.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    /// The ending of its files.
    pub(crate) name: &'static str,
    write: Write,
    /// Whether it holds one array only.
    pub(crate) is_of_one: bool,
}

const FORMATS: [Format; 4] = [
    Format { name: "npz", write: npz::write, is_of_one: false },
    Format { name: "npy", write: npy::write, is_of_one: true },
    Format { name: "parquet", write: parquet::write, is_of_one: false },
    Format { name: "csv", write: csv::write, is_of_one: false },
];

impl Format {
    /// The format that the name of a file ends with.
    ///
    /// # Errors
    ///
    /// There is none of this name.
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        FORMATS.into_iter().find(|format| format.name == ending).ok_or_else(|| {
            let names: Vec<_> = FORMATS.iter().map(|format| format!(".{}", format.name)).collect();
            let allowed = names.join(", ");
            format!("--out {}; allowed: a name that ends with {allowed}", path.display()).into()
        })
    }

    /// Writes a table of so many rows, whole or not at all.
    ///
    /// # Errors
    ///
    /// It can't be written, or rows can't be computed.
    pub(crate) fn write(
        self,
        path: &Path,
        columns: &[Column],
        count: usize,
        rows: impl FnOnce(Sink<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        (self.write)(path, columns, count, Box::new(rows))
    }
}

/// Writes a file whole; what the system says names the file.
fn whole(
    path: &Path,
    write: impl FnOnce(&mut io::BufWriter<std::fs::File>) -> Result<(), Error>,
) -> Result<(), Error> {
    write_whole(path, write).map_err(|error| match error.downcast::<io::Error>() {
        Ok(error) => format!("{}: {error}", path.display()).into(),
        Err(error) => error,
    })
}

/// The little-endian bytes of numbers.
fn bytes(numbers: &Numbers) -> Vec<u8> {
    match numbers {
        Numbers::Whole(numbers) => numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
        Numbers::Real(numbers) => hopfield_arrays::bytes(numbers),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hopfield_arrays::ArrayFile;

    use super::*;

    #[test]
    fn every_format_holds_the_same_table() {
        let dir = tempfile::tempdir().unwrap();
        let columns = [
            Column { name: "best", width: None, whole: true },
            Column { name: "weights", width: Some(2), whole: false },
        ];
        let written = |format: Format| {
            let path = dir.path().join(format!("codes.{}", format.name));
            let columns = if format.is_of_one { &columns[1..] } else { &columns[..] };
            let rows = |sink: Sink<'_>| {
                for (best, weights) in
                    [(vec![7, 300], vec![0.5, 0.25, 1.0, 0.1]), (vec![-1], vec![0.0, 2.0])]
                {
                    let both = [&Numbers::Whole(best), &Numbers::Real(weights)];
                    sink(&both[2 - columns.len()..])?;
                }
                Ok(())
            };
            format.write(&path, columns, 3, rows).unwrap();
            path
        };
        for format in FORMATS {
            let path = written(format);
            if format.name == "csv" {
                let expected = "best,weights_0,weights_1\n7,0.5,0.25\n300,1,0.1\n-1,0,2\n";
                assert_eq!(fs::read_to_string(&path).unwrap(), expected);
                continue;
            }
            let mut file = ArrayFile::open(&path).unwrap();
            let name = if format.is_of_one { "array" } else { "weights" };
            assert_eq!(file.array(name).unwrap().shape, [3, 2], "{}", format.name);
            assert_eq!(file.load(name).unwrap(), [0.5, 0.25, 1.0, 0.1, 0.0, 2.0]);
            if !format.is_of_one {
                assert_eq!(file.load("best").unwrap(), [7.0, 300.0, -1.0]);
                let kind = file.array("best").unwrap().element.to_string();
                assert!(format.name == "parquet" || kind == "int32", "{kind}");
            }
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4, "no other files are left");
        let problem = Format::of(Path::new("a.xlsx")).err().unwrap().to_string();
        assert_eq!(
            problem,
            "--out a.xlsx; allowed: a name that ends with .npz, .npy, .parquet, .csv"
        );
    }

    #[test]
    fn what_fails_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let columns = [Column { name: "weights", width: Some(1), whole: false }];
        for format in FORMATS {
            let path = dir.path().join(format!("codes.{}", format.name));
            let rows = |sink: Sink<'_>| {
                sink(&[&Numbers::Real(vec![1.0])])?;
                Err("no more".into())
            };
            let failed = format.write(&path, &columns, 3, rows).unwrap_err();
            assert_eq!(failed.to_string(), "no more");
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
