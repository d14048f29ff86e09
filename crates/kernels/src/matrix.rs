//! Matrices as views of slices.

use std::ops::Range;

/// A matrix in a slice, row by row, or the transpose of one.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    shape: [usize; 2],
    /// From one row to the next, from one column to the next.
    strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// The rows in `data`, one after the other.
    ///
    /// # Panics
    ///
    /// If `data` has another length than rows × columns.
    pub fn new(data: &'a [f32], shape: [usize; 2]) -> Self {
        assert_eq!(Some(data.len()), shape[0].checked_mul(shape[1]), "a matrix of {shape:?}");
        Self { data, shape, strides: [shape[1], 1] }
    }

    /// Rows and columns.
    pub fn shape(self) -> [usize; 2] {
        self.shape
    }

    /// All entries: row by row, or column by column of a transpose. (Of a part inside this crate, whatever follows as well.)
    pub fn data(self) -> &'a [f32] {
        self.data
    }

    /// The transpose.
    pub fn t(self) -> Self {
        let ([rows, cols], [row, col]) = (self.shape, self.strides);
        Self { data: self.data, shape: [cols, rows], strides: [col, row] }
    }

    /// Some of the rows of a matrix that is no transpose.
    ///
    /// # Panics
    ///
    /// If it is a transpose, or has no such rows.
    pub fn rows(self, range: Range<usize>) -> Self {
        Self::new(self.row_data(range.clone()), [range.len(), self.shape[1]])
    }

    /// The numbers of some of the rows of a matrix that is no transpose.
    pub(crate) fn row_data(self, range: Range<usize>) -> &'a [f32] {
        let width = self.shape[1];
        assert_eq!(self.strides, [width, 1], "rows that are not in one piece");
        &self.data[range.start * width..range.end * width]
    }

    /// From one row to the next, from one column to the next, in the numbers of [`data`](Self::data).
    pub(crate) fn strides(self) -> [usize; 2] {
        self.strides
    }

    /// Some rows and columns, whose `data` begins with the first of them.
    pub(crate) fn part(self, rows: Range<usize>, cols: Range<usize>) -> Self {
        assert!(rows.end <= self.shape[0] && cols.end <= self.shape[1]);
        let shape = [rows.len(), cols.len()];
        let start = rows.start * self.strides[0] + cols.start * self.strides[1];
        // A part without entries may begin behind the last one.
        Self { data: &self.data[start.min(self.data.len())..], shape, ..self }
    }
}
