//! Products of matrices, on all cores.

use std::ops::Range;

use rayon::prelude::*;

use crate::matrix::Matrix;
use crate::out::Out;
use crate::tiles;

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
/// If lhs has another number of columns than rhs has rows, or there is no room for the product.
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
    let ([_, cols], count) = shape(lhs, rhs);
    assert_eq!(sum.len(), count, "a product of {:?} and {:?}", lhs.shape(), rhs.shape());
    let out = Out { data: sum.as_mut_ptr(), strides: [cols, 1], add: true, scale };
    Product { lhs, rhs, out }.compute(threads);
}

/// Replaces what is in `out` by `scale · lhs · rhs`.
pub(crate) fn product_to(
    out: &mut Vec<f32>,
    lhs: Matrix<'_>,
    rhs: Matrix<'_>,
    scale: f32,
    threads: Threads,
) {
    let ([_, cols], count) = shape(lhs, rhs);
    out.clear();
    out.reserve(count);
    let to = Out { data: out.as_mut_ptr(), strides: [cols, 1], add: false, scale };
    Product { lhs, rhs, out: to }.compute(threads);
    // SAFETY: there is room for them, and the product has written them all.
    #[allow(unsafe_code)]
    unsafe {
        out.set_len(count);
    }
}

/// Rows and columns of a product, and how many entries that are.
fn shape(lhs: Matrix<'_>, rhs: Matrix<'_>) -> ([usize; 2], usize) {
    let ([rows, depth], [entries, cols]) = (lhs.shape(), rhs.shape());
    assert_eq!(depth, entries, "a product of {:?} and {:?}", lhs.shape(), rhs.shape());
    ([rows, cols], rows.checked_mul(cols).expect("a product that memory has room for"))
}

/// Multiplications that are worth several threads.
const WORTH_THREADS: usize = 1 << 21;

/// Rows or columns that are worth a thread.
const PIECE: usize = 32;

/// The same for the library. Up to 256 entries it computes in another way, which a piece must not reach if the whole does not.
const PIECE_OF_LIBRARY: usize = 512;

/// Pieces begin at multiples of this, the width of a tile of AVX2.
const ALIGNED: usize = 16;

/// A product with a side shorter than this is left to the library, which packs nothing then.
const WORTH_TILES: usize = 16;

/// Entries of a row and a column that are multiplied and added up in one go, however a product is cut and whoever
/// computes it.
const DEPTH: usize = 512;

/// A product, and where it goes.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a> {
    pub(crate) lhs: Matrix<'a>,
    pub(crate) rhs: Matrix<'a>,
    pub(crate) out: Out,
}

impl Product<'_> {
    fn compute(self, threads: Threads) {
        let [m, k, n] = self.sizes();
        let in_tiles = m.min(n).min(k) >= WORTH_TILES && tiles::fit_the_cpu();
        let threads = match threads {
            Threads::All if m * n * k >= WORTH_THREADS => rayon::current_num_threads(),
            _ => 1,
        };
        // Every piece packs what it needs: cut through the larger operand first.
        let (along, across) = if m > n { (m, n) } else { (n, m) };
        let piece = if in_tiles { PIECE } else { PIECE_OF_LIBRARY };
        let cuts = threads.min(along / piece).max(1);
        let more = (threads / cuts).min(across / PIECE).max(1);
        if cuts * more == 1 {
            return self.piece(in_tiles);
        }
        (0..cuts * more).into_par_iter().for_each(|piece| {
            let long = share(along, piece / more, cuts);
            let short = share(across, piece % more, more);
            let (rows, cols) = if m > n { (long, short) } else { (short, long) };
            let (lhs, rhs) = (self.lhs.part(rows.clone(), 0..k), self.rhs.part(0..k, cols.clone()));
            Product { lhs, rhs, out: self.out.at(rows.start, cols.start) }.piece(in_tiles);
        });
    }

    /// Computes it on this thread.
    fn piece(self, in_tiles: bool) {
        let [m, k, n] = self.sizes();
        let parts = k.div_ceil(DEPTH).max(1);
        for part in 0..parts {
            let depth = k * part / parts..k * (part + 1) / parts;
            let (lhs, rhs) = (self.lhs.part(0..m, depth.clone()), self.rhs.part(depth, 0..n));
            let out = Out { add: self.out.add || part > 0, ..self.out };
            let product = Product { lhs, rhs, out };
            if in_tiles { tiles::compute(product) } else { product.by_library() }
        }
    }

    /// m, k, n of `[m, k] · [k, n]`
    pub(crate) fn sizes(self) -> [usize; 3] {
        let ([m, k], [_, n]) = (self.lhs.shape(), self.rhs.shape());
        [m, k, n]
    }

    /// `(A B)ᵀ = Bᵀ Aᵀ`
    pub(crate) fn t(self) -> Self {
        Self { lhs: self.rhs.t(), rhs: self.lhs.t(), out: self.out.t() }
    }

    fn by_library(self) {
        let Self { lhs, rhs, out } = self;
        let [m, k, n] = self.sizes();
        let [to, left, right] = [out.strides, lhs.strides(), rhs.strides()]
            .map(|strides| strides.map(|stride| stride as isize));
        // SAFETY: matrices have all the entries that their shapes and strides name, and so has `out`,
        // which is read only to be added to.
        #[allow(unsafe_code)]
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                out.data,
                to[1],
                to[0],
                out.add,
                lhs.data().as_ptr(),
                left[1],
                left[0],
                rhs.data().as_ptr(),
                right[1],
                right[0],
                1.0,
                out.scale,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
    }
}

/// One of so many shares.
fn share(size: usize, index: usize, of: usize) -> Range<usize> {
    let tiles = size.div_ceil(ALIGNED);
    let begin = |index: usize| (tiles * index / of * ALIGNED).min(size);
    begin(index)..begin(index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small and thin ones; tiles that are cut off on every side; panels of many blocks; and what is worth several threads.
    const SHAPES: [[usize; 3]; 12] = [
        [2, 0, 3],
        [1, 1, 1],
        [3, 5, 2],
        [17, 33, 65],
        [1, 784, 10],
        [128, 1, 7],
        [20, 1100, 16],
        [53, 19, 130],
        [16, 16, 2100],
        [300, 600, 1100],
        [16, 1100, 2100],
        [131, 127, 257],
    ];

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 37 + i * i * 11) % 101) as f32 / 50.0 - 1.0).collect()
    }

    fn by_hand(lhs: Matrix<'_>, rhs: Matrix<'_>) -> Vec<f64> {
        let at = |matrix: Matrix<'_>, row: usize, col: usize| {
            f64::from(matrix.data()[row * matrix.strides()[0] + col * matrix.strides()[1]])
        };
        let ([m, k], [_, n]) = (lhs.shape(), rhs.shape());
        let entry = |row, col| (0..k).map(|i| at(lhs, row, i) * at(rhs, i, col)).sum();
        (0..m * n).map(|entry_at| entry(entry_at / n, entry_at % n)).collect()
    }

    #[test]
    fn products_are_those_by_hand_whatever_is_transposed() {
        for [m, k, n] in SHAPES {
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
                    // Of k products, each at most 1.
                    let rounding = 1e-6 * (k + 1) as f64;
                    assert!((f64::from(found) - 2.0 * expected).abs() < rounding);
                    assert!((f64::from(sum) - 1.0 + expected).abs() < rounding);
                }
            }
        }
    }

    /// Whatever is added to, and wherever the cuts are in tiles; and those of the library.
    #[test]
    fn every_number_of_threads_finds_the_same() {
        let shapes = [[300, 1100, 161], [1025, 128, 784], [10, 1100, 3000], [4, 1024, 512]];
        for [m, k, n] in shapes {
            let (a, b) = (numbers(m * k), numbers(k * n));
            let lhs = [Matrix::new(&a, [m, k]), Matrix::new(&a, [k, m]).t()];
            let rhs = [Matrix::new(&b, [k, n]), Matrix::new(&b, [n, k]).t()];
            for (lhs, rhs) in [(lhs[0], rhs[0]), (lhs[0], rhs[1]), (lhs[1], rhs[0])] {
                for (lhs, rhs) in [(lhs, rhs), (rhs.t(), lhs.t())] {
                    let on = |threads| {
                        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                        let mut sum = numbers(m * n);
                        let add = || add_product(&mut sum, lhs, rhs, 0.05);
                        pool.expect("threads").install(add);
                        sum
                    };
                    let expected = on(1);
                    for threads in [2, 3, 7, 8] {
                        assert!(on(threads) == expected, "{m}, {k}, {n}: {threads} threads");
                    }
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "a product that memory has room for")]
    fn a_product_of_more_entries_than_can_be_counted_panics() {
        product(Matrix::new(&[], [1 << 40, 0]), Matrix::new(&[], [0, 1 << 40]), 1.0);
    }

    #[test]
    #[should_panic(expected = "a product of [2, 3] and [2, 3]")]
    fn matrices_that_do_not_fit_panic() {
        let data = numbers(6);
        product(Matrix::new(&data, [2, 3]), Matrix::new(&data, [2, 3]), 1.0);
    }
}
