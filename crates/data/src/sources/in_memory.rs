//! Rows that are in memory already.

use std::fmt;

use hopfield_arrays::ImageShape;

use super::files::{fits, said};
use crate::store::{Store, check_finite};
use crate::{DataError, Dataset, Source, Split};

/// Rows that are in memory already, a share of which is drawn by a seed to test on.
///
/// ```
/// use hopfield_data::{InMemory, Source};
///
/// let rows = vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
/// let data = InMemory::new(rows, &[4, 2], Some(vec![0, 1, 0, 1]))?.tested(0.25, 1).load()?;
/// assert_eq!((data.train.count(), data.test.count()), (3, 1));
/// # Ok::<(), hopfield_data::DataError>(())
/// ```
#[derive(Debug, Clone)]
pub struct InMemory {
    rows: Split,
    image_shape: Option<ImageShape>,
    classes: Vec<String>,
    share: f64,
    seed: u64,
}

/// How errors name them.
const NAME: &str = "rows";

impl InMemory {
    /// Rows of this shape, the number of rows first; `[n, height, width]` and `[n, height, width, 3]` are images. A tenth of them is tested on.
    ///
    /// # Errors
    ///
    /// There are no rows, a number is NaN or infinite, or there is not one label for each.
    pub fn new(
        numbers: Vec<f32>,
        shape: &[usize],
        labels: Option<Vec<u32>>,
    ) -> Result<Self, DataError> {
        let malformed = |problem| DataError::Malformed { file: NAME.to_owned(), problem };
        let (count, row) = shape.split_first().map_or((0, &[][..]), |(count, row)| (*count, row));
        let dim: usize = row.iter().product();
        if count == 0 || dim == 0 || shape.len() < 2 || numbers.len() != count * dim {
            return Err(malformed(format!(
                "their shape is {shape:?}; expected at least one row of at least one number: [n, d], or images [n, height, width] or [n, height, \
                 width, 3]"
            )));
        }
        if let Some(labels) = labels.as_ref().filter(|labels| labels.len() != count) {
            return Err(malformed(format!(
                "there are {count} of them, but {} labels",
                labels.len()
            )));
        }
        check_finite(NAME, &numbers, 0, dim, None)?;
        let image_shape = said(row).map_err(malformed)?;
        let rows = Split::new(Store::of(numbers), dim, labels);
        Ok(Self { rows, image_shape, classes: Vec::new(), share: 0.1, seed: 1 })
    }

    /// Sets the share of the rows that is tested on, and the seed that draws them.
    #[must_use]
    pub fn tested(self, share: f64, seed: u64) -> Self {
        Self { share, seed, ..self }
    }

    /// The names of the labels, that of label 0 first.
    #[must_use]
    pub fn named(self, classes: Vec<String>) -> Self {
        Self { classes, ..self }
    }

    /// The rows are images of this shape.
    ///
    /// # Errors
    ///
    /// They have another number of numbers.
    pub fn shaped(self, shape: ImageShape) -> Result<Self, DataError> {
        fits(shape, self.rows.dim())
            .map_err(|problem| DataError::Malformed { file: NAME.to_owned(), problem })?;
        Ok(Self { image_shape: Some(shape), ..self })
    }
}

impl fmt::Display for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NAME} in memory")
    }
}

impl Source for InMemory {
    fn load(&self) -> Result<Dataset, DataError> {
        let [train, test] = self.rows.shared(NAME, self.share, self.seed)?;
        let data = Dataset::new((train, self.image_shape), (test, self.image_shape))?;
        Ok(Dataset { classes: self.classes.clone(), ..data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_memory_are_those_of_a_file() {
        let numbers: Vec<f32> = (0..60).map(|n| n as f32 / 8.0).collect();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.npy");
        let content = [hopfield_arrays::npy_header(&[10, 2, 3]), hopfield_arrays::bytes(&numbers)];
        std::fs::write(&path, content.concat()).unwrap();
        let files = crate::Files {
            train: path.display().to_string(),
            test: crate::Test::Share(0.3),
            labels: None,
            test_labels: None,
            image_shape: None,
            seed: 7,
        };
        let rows = InMemory::new(numbers.clone(), &[10, 2, 3], None).unwrap().tested(0.3, 7);
        assert_eq!(rows.load().unwrap(), files.load().unwrap());
        let flat = InMemory::new(numbers, &[10, 6], None).unwrap().tested(0.3, 7);
        assert_eq!(flat.load().unwrap().image_shape, None);
        let shape = ImageShape::new(&[2, 3]).unwrap();
        assert_eq!(flat.clone().shaped(shape).unwrap().load().unwrap(), files.load().unwrap());
        let problem = flat.shaped(ImageShape::new(&[2, 2]).unwrap()).unwrap_err().to_string();
        assert!(problem.contains("do not make an image of 2 × 2"), "{problem}");
    }

    #[test]
    fn what_are_no_rows_is_refused() {
        let problem = |numbers: Vec<f32>, shape: &[usize], labels: Option<Vec<u32>>| {
            InMemory::new(numbers, shape, labels).unwrap_err().to_string()
        };
        let numbers = || vec![1.0, 2.0, f32::NAN, 4.0];
        assert!(problem(numbers(), &[2, 2], None).contains("row 1, column 0 is missing (NaN)"));
        assert!(
            problem(Vec::new(), &[0, 2], None)
                .contains("shape is [0, 2]; expected at least one row")
        );
        assert!(problem(numbers(), &[4], None).contains("shape is [4]; expected"));
        assert!(problem(vec![0.0; 4], &[2, 2], Some(vec![1])).contains("2 of them, but 1 labels"));
        let single = InMemory::new(vec![0.0; 2], &[1, 2], None).unwrap().load();
        assert!(single.unwrap_err().to_string().contains("a single row; needed are two"));
    }
}
