//! Rows read one after the other, as they are in a file.

use std::path::Path;

use hopfield_arrays::ImageShape;

use crate::sources::{Pictures, pictures, said};
use crate::store::{Store, leave_out};
use crate::{DataError, Table};

/// The rows at a place: a file, `FILE#NAME`, or a folder of pictures (see [`Files`](crate::Files)). Only a block of them is in memory at a
/// time, but all pictures of a folder.
pub struct RawRows {
    rows: Rows,
    count: usize,
    dim: usize,
    /// The shape of an image, if the place says that rows are some.
    pub image_shape: Option<ImageShape>,
    /// How the file describes them: `digits [1000, 28, 28] (uint8)`.
    pub description: String,
    /// The type of the numbers: `uint8`.
    pub element: String,
    /// Of pictures in sub-folders: the name of the folder of each.
    pub classes: Option<Vec<String>>,
}

enum Rows {
    /// And the column that is left out.
    Table(Box<Table>, Option<usize>),
    Memory(Store),
}

impl RawRows {
    /// Opens a place; of a table, without the column of this name. Pictures get this shape, if it is given.
    ///
    /// # Errors
    ///
    /// It can't be read, or holds no such rows.
    pub fn open(
        place: &str,
        without: Option<&str>,
        shape: Option<ImageShape>,
    ) -> Result<Self, DataError> {
        let malformed = |problem: String| DataError::Malformed { file: place.to_owned(), problem };
        if Path::new(place).is_dir() {
            if let Some(name) = without {
                return Err(malformed(format!("a folder of pictures has no column `{name}`")));
            }
            let Pictures { store, shape, labels, classes } = pictures(Path::new(place), shape)?;
            let dim = shape.dim();
            let count = store.len() / dim;
            let name = |&label: &u32| classes[label as usize].clone();
            return Ok(Self {
                rows: Rows::Memory(store),
                count,
                dim,
                image_shape: Some(shape),
                description: format!("pictures of {shape}"),
                element: "uint8".to_owned(),
                classes: labels.map(|labels| labels.iter().map(name).collect()),
            });
        }
        let table = Table::open(place)?;
        let column = without.map(|name| {
            let problem = format!("it has no column `{name}` of numbers");
            table.column(name).ok_or_else(|| malformed(problem))
        });
        let column = column.transpose()?;
        let (count, dim) = (table.count(), table.dim() - usize::from(column.is_some()));
        if dim == 0 {
            return Err(malformed("without that column, nothing is left".into()));
        }
        Ok(Self {
            count,
            dim,
            // Channels that come first are no shape of images, but can be looked at.
            image_shape: said(table.row_shape()).unwrap_or_default(),
            description: table.description(),
            element: table.element().to_string(),
            classes: None,
            rows: Rows::Table(Box::new(table), column),
        })
    }

    /// The number of rows, at least 1.
    pub fn count(&self) -> usize {
        self.count
    }

    /// d, the numbers of a row, at least 1.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The column that is left out.
    pub(crate) fn left_out(&self) -> Option<usize> {
        match self.rows {
            Rows::Table(_, column) => column,
            Rows::Memory(_) => None,
        }
    }

    /// Gives all rows to `see`, from the first on, at most `most` at a time; NaN and infinities, too.
    ///
    /// # Errors
    ///
    /// They can't be read, or `see` fails.
    pub fn each<E: From<DataError>>(
        &mut self,
        most: usize,
        mut see: impl FnMut(Vec<f32>) -> Result<(), E>,
    ) -> Result<(), E> {
        let dim = self.dim;
        match &mut self.rows {
            Rows::Memory(store) => {
                for first in (0..self.count).step_by(most) {
                    let mut rows = Vec::new();
                    store.append(first, most.min(self.count - first), dim, &mut rows)?;
                    see(rows)?;
                }
                Ok(())
            }
            Rows::Table(table, left_out) => {
                let read = dim + usize::from(left_out.is_some());
                let mut numbers = table.raw_numbers()?;
                while numbers.left() > 0 {
                    let mut rows = numbers.read(most * read).map_err(DataError::from)?;
                    leave_out(&mut rows, read, *left_out);
                    see(rows)?;
                }
                Ok(())
            }
        }
    }
}
