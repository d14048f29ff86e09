//! Files of the user: arrays, tables, and folders of pictures.

use std::fmt;
use std::path::Path;

use super::picture_folder;
use crate::store::{MOST_IN_MEMORY, Store};
use crate::{DataError, Dataset, Labels, Source, Split, Table};
use hopfield_arrays::ImageShape;

/// Rows in files of the user.
///
/// A place is a file of arrays in any [format](hopfield_arrays::FORMATS), or `FILE#NAME` for one of several arrays in it or for a column of a
/// table, or a folder of PNG and JPEG pictures, whose sub-folders, if it has some, are the labels. Files are told by their content.
#[derive(Debug, Clone)]
pub struct Files {
    /// The place of the training rows.
    pub train: String,
    /// The test rows.
    pub test: Test,
    /// The place of the labels of the training rows. A column of the table of these rows is taken out of it.
    pub labels: Option<String>,
    /// The place of the labels of the test rows.
    pub test_labels: Option<String>,
    /// The shape of an image. Default: as the files say, which arrays of shape `[n, height, width]` and `[n, height, width, channels]` and
    /// pictures do.
    pub image_shape: Option<ImageShape>,
    /// What a share of the training rows is drawn by.
    pub seed: u64,
}

/// Where test rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// This share of the training rows, drawn at random, which are not trained on then.
    Share(f64),
    /// A place of their own.
    Place(String),
}

impl fmt::Display for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.train)
    }
}

impl Source for Files {
    fn load(&self) -> Result<Dataset, DataError> {
        let Part { split, shape, classes } =
            self.part(&self.train, self.labels.as_deref(), &[], None)?;
        let (train, test) = match &self.test {
            Test::Share(share) => {
                let [train, test] = split.shared(&self.train, *share, self.seed)?;
                (train, (test, shape))
            }
            Test::Place(place) => {
                let test = self.part(place, self.test_labels.as_deref(), &classes, shape)?;
                (split, (test.split, test.shape))
            }
        };
        Ok(Dataset { classes, ..Dataset::new((train, shape), test)? })
    }
}

/// Rows of one place.
struct Part {
    split: Split,
    shape: Option<ImageShape>,
    /// The names of the labels, if they have some.
    classes: Vec<String>,
}

impl Files {
    /// The rows at a place. `known` are the names of the labels of other rows, `others` is the shape of their images.
    fn part(
        &self,
        place: &str,
        of_labels: Option<&str>,
        known: &[String],
        others: Option<ImageShape>,
    ) -> Result<Part, DataError> {
        let malformed = |problem| DataError::Malformed { file: place.to_owned(), problem };
        let (store, said, dim, mut labels, mut classes) = if Path::new(place).is_dir() {
            let folder =
                picture_folder::read(Path::new(place), self.image_shape.or(others), known)?;
            let shape = folder.shape;
            (folder.store, Some(shape), shape.dim(), folder.labels, folder.classes)
        } else {
            let mut table = Table::open(place)?;
            let said = said(table.row_shape()).map_err(malformed)?;
            let column = of_labels.and_then(|labels| table.column_at(place, labels));
            let (dim, left_out) = (table.dim(), usize::from(column.is_some()));
            if dim == left_out {
                return Err(malformed("it has no column beside that of the labels".into()));
            }
            let is_large = table.count().saturating_mul(dim) > MOST_IN_MEMORY;
            let store = match table.stored().filter(|_| is_large && column.is_none()) {
                Some(rows) => Store::in_file(place, rows)?,
                None => Store::read(place, table.raw_numbers()?, dim, column)?,
            };
            (store, said, dim - left_out, None, Vec::new())
        };
        let shape = self.image_shape.or(said);
        if let Some(shape) = shape {
            fits(shape, dim).map_err(malformed)?;
        }
        let count = store.len() / dim;
        if u32::try_from(count).is_err() {
            return Err(malformed(format!("it has {count} rows; allowed: up to {}", u32::MAX)));
        }
        if let Some(of_labels) = of_labels {
            let read = Labels::read(of_labels, count, known)?;
            (labels, classes) = (Some(read.of_rows), read.classes);
        }
        Ok(Part { split: Split::new(store, dim, labels), shape, classes })
    }
}

/// Whether rows of so many numbers are images of this shape.
pub(super) fn fits(shape: ImageShape, dim: usize) -> Result<(), String> {
    if shape.dim() == dim {
        return Ok(());
    }
    Err(format!(
        "its rows have {dim} numbers, which do not make an image of {shape}; change data.image_shape or remove it"
    ))
}

/// The shape of images that the rows of an array have by their own shape.
pub(crate) fn said(row_shape: &[usize]) -> Result<Option<ImageShape>, String> {
    match *row_shape {
        [1, height, width] => Ok(ImageShape::new(&[height, width]).ok()),
        [_, _] | [_, _, 1 | 3] => Ok(ImageShape::new(row_shape).ok()),
        [3, height, width] => Err(format!(
            "its images have their channels first, [n, 3, {height}, {width}]; needed is [n, {height}, {width}, 3], as \
             np.moveaxis(a, 1, -1) makes it"
        )),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn files(train: &str, test: Test) -> Files {
        Files {
            train: train.into(),
            test,
            labels: None,
            test_labels: None,
            image_shape: None,
            seed: 1,
        }
    }

    #[test]
    fn a_share_is_drawn_by_the_seed() {
        let digits = files("assets/t10k-images-idx3-ubyte.gz", Test::Share(0.1));
        let digits = Files { labels: Some("assets/t10k-labels-idx1-ubyte.gz".into()), ..digits };
        let found = digits.load().unwrap();
        assert_eq!((found.train.count(), found.test.count()), (1800, 200));
        assert_eq!(found.image_shape.unwrap().to_string(), "28 × 28");
        assert_eq!(found, digits.load().unwrap());
        assert_ne!(found, Files { seed: 2, ..digits.clone() }.load().unwrap());
        // All labels belong to their digits.
        let all = files("assets/t10k-images-idx3-ubyte.gz", Test::Share(0.1)).load().unwrap();
        assert_eq!(all.train.all_rows().unwrap(), found.train.all_rows().unwrap());
        let of = |rows: &[f32], labels: &[u32]| {
            rows.chunks(784).map(<[f32]>::to_vec).zip(labels.to_vec()).collect::<Vec<_>>()
        };
        let both = [&found.train, &found.test]
            .map(|split| of(&split.all_rows().unwrap(), split.labels().unwrap()))
            .concat();
        let known = crate::Bundled.load().unwrap().test;
        let known = of(&known.all_rows().unwrap(), known.labels().unwrap());
        assert!(known.iter().all(|digit| both.contains(digit)) && both.len() == known.len());
    }

    #[test]
    fn the_column_of_labels_is_taken_out_of_a_table() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        fs::write(path("t.csv"), "a,kind,b,name\n1,0,2,x\n3,1,4,y\n5,1,0.5,z\n").unwrap();
        let place = path("t.csv");
        let named = Some(format!("{place}#kind"));
        let table = Files { labels: named.clone(), ..files(&place, Test::Place(place.clone())) };
        let table = Files { test_labels: named, ..table };
        let found = table.load().unwrap();
        assert_eq!(found.train.all_rows().unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 0.5]);
        assert_eq!(found.test.labels().unwrap(), [0, 1, 1]);
        // Labels of elsewhere leave the table as it is.
        fs::write(path("l.csv"), "kind\n0\n1\n2\n").unwrap();
        let other = Files { labels: Some(path("l.csv")), ..table };
        let problem = other.load().unwrap_err().to_string();
        assert!(problem.contains("training rows have 3 numbers, test rows 2"), "{problem}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        fs::write(path("t.csv"), "a,b\n1,2\n3,4\n").unwrap();
        fs::write(path("one.csv"), "1,2\n").unwrap();
        fs::write(path("nan.csv"), "1,2\n3,\n").unwrap();
        let share = |name: &str| files(&path(name), Test::Share(0.5));
        let problem = |files: Files| files.load().unwrap_err().to_string();
        let shape = ImageShape::new(&[2, 2]).ok();
        for (files, expected) in [
            (share("one.csv"), "one.csv: it has a single row; needed are two or more"),
            (share("nan.csv"), "nan.csv: row 1, column 1 is missing (NaN); remove such rows"),
            (
                Files { image_shape: shape, ..share("t.csv") },
                "t.csv: its rows have 2 numbers, which do not make an image of 2 × 2",
            ),
            (
                Files { labels: Some(path("one.csv")), ..share("t.csv") },
                "it has 1 rows of 2 numbers; needed is one number for each of the 2 rows",
            ),
        ] {
            let found = problem(files);
            assert!(found.contains(expected), "{found}");
        }
    }
}
