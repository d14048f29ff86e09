//! Matrices as views of slices, and their products.

use std::ops::Range;

use rayon::prelude::*;

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
        assert_eq!(data.len(), shape[0] * shape[1], "a matrix of {shape:?}");
        Self { data, shape, strides: [shape[1], 1] }
    }

    /// Rows and columns.
    pub fn shape(self) -> [usize; 2] {
        self.shape
    }

    /// All entries: row by row, or column by column of a transpose.
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
        assert_eq!(self.strides, [width, 1], "rows of a transpose");
        &self.data[range.start * width..range.end * width]
    }
}

/// Who computes a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    /// The thread that asks.
    One,
    /// All of Rayon's, if it is worth it.
    All,
}

/// `scale · lhs · rhs`, row by row.
///
/// # Panics
///
/// If lhs has another number of columns than rhs has rows.
pub fn product(lhs: Matrix<'_>, rhs: Matrix<'_>, scale: f32) -> Vec<f32> {
    let mut out = Vec::new();
    product_to(&mut out, lhs, rhs, scale, Threads::All);
    out
}

/// Adds `scale · lhs · rhs` to the matrix in `sum`.
///
/// # Panics
///
/// If the shapes do not fit.
pub fn add_product(sum: &mut [f32], lhs: Matrix<'_>, rhs: Matrix<'_>, scale: f32) {
    add_product_on(sum, lhs, rhs, scale, Threads::All);
}

pub(crate) fn add_product_on(
    sum: &mut [f32],
    lhs: Matrix<'_>,
    rhs: Matrix<'_>,
    scale: f32,
    threads: Threads,
) {
    let count = entries(lhs, rhs);
    assert_eq!(sum.len(), count, "a product of {:?} and {:?}", lhs.shape, rhs.shape);
    multiply(sum.as_mut_ptr(), true, lhs, rhs, scale, threads);
}

/// Replaces what is in `out` by `scale · lhs · rhs`.
pub(crate) fn product_to(
    out: &mut Vec<f32>,
    lhs: Matrix<'_>,
    rhs: Matrix<'_>,
    scale: f32,
    threads: Threads,
) {
    let count = entries(lhs, rhs);
    out.clear();
    out.reserve(count);
    multiply(out.as_mut_ptr(), false, lhs, rhs, scale, threads);
    // SAFETY: there is room for them, and the product has written them all.
    #[allow(unsafe_code)]
    unsafe {
        out.set_len(count);
    }
}

fn entries(lhs: Matrix<'_>, rhs: Matrix<'_>) -> usize {
    assert_eq!(lhs.shape[1], rhs.shape[0], "a product of {:?} and {:?}", lhs.shape, rhs.shape);
    lhs.shape[0] * rhs.shape[1]
}

/// Multiplications that are worth several threads.
const WORTH_THREADS: usize = 1 << 21;

/// Rows or columns of a piece of a product, at least. (What is not above 16 × 16 is added up in another order.)
const PIECE: usize = 32;

/// Entries of a row and a column that are multiplied and added up in one go. The library would add up more in parts whose
/// length depends on the size of the product, but the numbers must not depend on how it is cut.
const DEPTH: usize = 512;

/// Writes the product to `out`, which has room for it, or adds it to what is there.
fn multiply(
    out: *mut f32,
    add: bool,
    lhs: Matrix<'_>,
    rhs: Matrix<'_>,
    scale: f32,
    threads: Threads,
) {
    let ([m, k], [_, n]) = (lhs.shape, rhs.shape);
    let job = Job { out, add, lhs, rhs, scale };
    let threads = match threads {
        Threads::All if m * n * k >= WORTH_THREADS => rayon::current_num_threads(),
        _ => 1,
    };
    // Every piece packs its operands: cut through the larger one first.
    let (along, across) = if m > n { (m, n) } else { (n, m) };
    let cuts = threads.min(along / PIECE).max(1);
    let more = (threads / cuts).min(across / PIECE).max(1);
    if cuts * more == 1 {
        return job.piece(0..m, 0..n);
    }
    (0..cuts * more).into_par_iter().for_each(|piece| {
        let part =
            |size: usize, index: usize, of: usize| size * index / of..size * (index + 1) / of;
        let (long, short) = (part(along, piece / more, cuts), part(across, piece % more, more));
        let (rows, cols) = if m > n { (long, short) } else { (short, long) };
        job.piece(rows, cols);
    });
}

/// A product, and where it goes.
struct Job<'a> {
    out: *mut f32,
    add: bool,
    lhs: Matrix<'a>,
    rhs: Matrix<'a>,
    scale: f32,
}

// SAFETY: threads write different pieces.
#[allow(unsafe_code)]
unsafe impl Sync for Job<'_> {}

impl Job<'_> {
    /// Computes some rows and columns.
    fn piece(&self, rows: Range<usize>, cols: Range<usize>) {
        let (k, n) = (self.lhs.shape[1], self.rhs.shape[1]);
        let parts = k.div_ceil(DEPTH).max(1);
        for part in 0..parts {
            let depth = k * part / parts..k * (part + 1) / parts;
            let [lhs_row, lhs_col] = self.lhs.strides;
            let [rhs_row, rhs_col] = self.rhs.strides;
            // SAFETY: a matrix has all the entries that its shape and strides name. `out` has room for all rows of n; nobody
            // else has these of them, and they are read only to be added to.
            #[allow(unsafe_code)]
            unsafe {
                gemm::gemm(
                    rows.len(),
                    cols.len(),
                    depth.len(),
                    self.out.add(rows.start * n + cols.start),
                    1,
                    n as isize,
                    self.add || part > 0,
                    self.lhs.data.as_ptr().add(rows.start * lhs_row + depth.start * lhs_col),
                    lhs_col as isize,
                    lhs_row as isize,
                    self.rhs.data.as_ptr().add(cols.start * rhs_col + depth.start * rhs_row),
                    rhs_col as isize,
                    rhs_row as isize,
                    1.0,
                    self.scale,
                    false,
                    false,
                    false,
                    gemm::Parallelism::None,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 37 + i * i * 11) % 101) as f32 / 50.0 - 1.0).collect()
    }

    fn by_hand(lhs: Matrix<'_>, rhs: Matrix<'_>) -> Vec<f64> {
        let at = |matrix: Matrix<'_>, row: usize, col: usize| {
            f64::from(matrix.data[row * matrix.strides[0] + col * matrix.strides[1]])
        };
        let ([m, k], [_, n]) = (lhs.shape, rhs.shape);
        let entry = |row, col| (0..k).map(|i| at(lhs, row, i) * at(rhs, i, col)).sum();
        (0..m * n).map(|entry_at| entry(entry_at / n, entry_at % n)).collect()
    }

    #[test]
    fn products_are_those_by_hand_whatever_is_transposed() {
        for [m, k, n] in [[1, 1, 1], [3, 5, 2], [17, 33, 65], [1, 784, 10], [128, 1, 7]] {
            let (a, b) = (numbers(m * k), numbers(k * n));
            for turned in 0..4 {
                let lhs = if turned & 1 == 0 {
                    Matrix::new(&a, [m, k])
                } else {
                    Matrix::new(&a, [k, m]).t()
                };
                let rhs = if turned & 2 == 0 {
                    Matrix::new(&b, [k, n])
                } else {
                    Matrix::new(&b, [n, k]).t()
                };
                let expected = by_hand(lhs, rhs);
                let found = product(lhs, rhs, 2.0);
                let mut sum = vec![1.0; m * n];
                add_product(&mut sum, lhs, rhs, -1.0);
                for ((expected, found), sum) in expected.into_iter().zip(found).zip(sum) {
                    assert!((f64::from(found) - 2.0 * expected).abs() < 1e-4);
                    assert!((f64::from(sum) - 1.0 + expected).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "a product of [2, 3] and [2, 3]")]
    fn matrices_that_do_not_fit_panic() {
        let data = numbers(6);
        product(Matrix::new(&data, [2, 3]), Matrix::new(&data, [2, 3]), 1.0);
    }
}
