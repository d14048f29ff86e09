//! Matrices as views of slices.

use std::ops::Range;

use faer::MatRef;

/// A view of a slice as a row-major matrix, or as the transpose of one.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    /// Rows and columns of `data`, before a transpose.
    stored: [usize; 2],
    transposed: bool,
}

impl<'a> Matrix<'a> {
    /// Views `data` as a row-major matrix of `[rows, columns]`.
    ///
    /// # Panics
    ///
    /// If the length of `data` is not rows × columns.
    pub fn new(data: &'a [f32], shape: [usize; 2]) -> Self {
        assert_eq!(Some(data.len()), shape[0].checked_mul(shape[1]), "a matrix of {shape:?}");
        Self { data, stored: shape, transposed: false }
    }

    /// Rows and columns.
    pub fn shape(self) -> [usize; 2] {
        let [rows, cols] = self.stored;
        if self.transposed { [cols, rows] } else { [rows, cols] }
    }

    /// All entries in memory order: row by row, or column by column if this is a transpose.
    pub fn data(self) -> &'a [f32] {
        self.data
    }

    /// The transpose. Nothing is moved.
    pub fn t(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    /// A range of rows.
    ///
    /// # Panics
    ///
    /// If this is a transpose, or the range is out of bounds.
    pub fn rows(self, range: Range<usize>) -> Self {
        assert!(!self.transposed, "rows of a transpose are not contiguous");
        let [_, cols] = self.stored;
        Self::new(&self.data[range.start * cols..range.end * cols], [range.len(), cols])
    }

    /// The same view for faer.
    pub(crate) fn view(self) -> MatRef<'a, f32> {
        let [rows, cols] = self.stored;
        let view = MatRef::from_row_major_slice(self.data, rows, cols);
        if self.transposed { view.transpose() } else { view }
    }
}
