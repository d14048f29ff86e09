//! Matrix products, by faer.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use crate::slices::matrix::Matrix;

/// Computes `scale · lhs · rhs`, row-major, on all threads.
///
/// # Panics
///
/// If the number of columns of `lhs` is not the number of rows of `rhs`, or the size of the product overflows.
pub fn product(lhs: Matrix<'_>, rhs: Matrix<'_>, scale: f32) -> Vec<f32> {
    let entries = entries(lhs, rhs);
    let mut out = if is_shared(block_counts(lhs, rhs)) {
        rayon::iter::repeat_n(0.0, entries).with_min_len(1 << 14).collect()
    } else {
        vec![0.0; entries]
    };
    multiply_in_blocks(&mut out, Accum::Replace, lhs, rhs, scale);
    out
}

/// Adds `scale · lhs · rhs` to the row-major matrix `sum`, on all threads.
///
/// # Panics
///
/// If the shapes do not match.
pub fn add_product(sum: &mut [f32], lhs: Matrix<'_>, rhs: Matrix<'_>, scale: f32) {
    multiply_in_blocks(sum, Accum::Add, lhs, rhs, scale);
}

/// [`product`] into a buffer that is used again and again, on the current thread.
pub(crate) fn product_into(out: &mut Vec<f32>, lhs: Matrix<'_>, rhs: Matrix<'_>, scale: f32) {
    out.resize(entries(lhs, rhs), 0.0);
    multiply(view_mut(out, lhs, rhs), Accum::Replace, lhs.view(), rhs.view(), scale);
}

/// [`add_product`] on the current thread.
pub(crate) fn add_product_here(sum: &mut [f32], lhs: Matrix<'_>, rhs: Matrix<'_>, scale: f32) {
    multiply(view_mut(sum, lhs, rhs), Accum::Add, lhs.view(), rhs.view(), scale);
}

fn multiply(
    out: MatMut<'_, f32>,
    accum: Accum,
    lhs: MatRef<'_, f32>,
    rhs: MatRef<'_, f32>,
    scale: f32,
) {
    matmul(out, accum, lhs, rhs, scale, Par::Seq);
}

/// Cuts the output into blocks and lets Rayon share them out. Each block is one sequential product, and how the output is
/// cut depends on nothing but the shapes: the result has the same bits for any number of threads.
///
/// faer's own parallel product doesn't keep that promise (it splits the sums of a product with a single row), and its
/// threads wait for each other in spin loops, which costs up to two thirds of the speed on a machine that is busy.
fn multiply_in_blocks(out: &mut [f32], accum: Accum, lhs: Matrix<'_>, rhs: Matrix<'_>, scale: f32) {
    let out = view_mut(out, lhs, rhs);
    let parts = block_counts(lhs, rhs);
    let (lhs, rhs) = (lhs.view(), rhs.view());
    let block = |(row, col, out): (usize, usize, MatMut<'_, f32>)| {
        let (lhs, rhs) = (lhs.subrows(row, out.nrows()), rhs.subcols(col, out.ncols()));
        multiply(out, accum, lhs, rhs, scale);
    };
    let blocks = blocks(out, parts);
    if is_shared(parts) {
        blocks.into_par_iter().for_each(block);
    } else {
        blocks.into_iter().for_each(block);
    }
}

/// Whether so many blocks, down and across, are shared out among threads.
fn is_shared(blocks: [usize; 2]) -> bool {
    blocks != [1, 1] && rayon::current_num_threads() > 1
}

/// Cuts a matrix into so many strips of rows, and each into so many blocks, each with its first row and column.
fn blocks(
    mut rest: MatMut<'_, f32>,
    [down, across]: [usize; 2],
) -> Vec<(usize, usize, MatMut<'_, f32>)> {
    let [rows, cols] = [rest.nrows(), rest.ncols()];
    let mut blocks = Vec::with_capacity(down * across);
    for (row, height) in parts(rows, down) {
        let (mut strip, below) = rest.split_at_row_mut(height);
        rest = below;
        for (col, width) in parts(cols, across) {
            let (block, right) = strip.split_at_col_mut(width);
            strip = right;
            blocks.push((row, col, block));
        }
    }
    blocks
}

/// Cuts a length into so many parts, each with its start; all but the last end at a multiple of a vector of AVX-512.
fn parts(length: usize, count: usize) -> impl Iterator<Item = (usize, usize)> {
    const VECTOR: usize = 16;
    let vectors = length.div_ceil(VECTOR);
    let start = move |part: usize| (part * vectors / count * VECTOR).min(length);
    (0..count).map(move |part| (start(part), start(part + 1) - start(part)))
}

/// Multiplications of a block, at least: about 25 µs of work. A smaller product is not worth several threads.
const BLOCK: usize = 1 << 21;

/// As many blocks as keep many threads busy; more would only pack the operands more often.
const MOST: usize = 64;

/// Columns of a block, at least.
const NARROWEST: usize = 32;

/// Rows of a block, at least: all of its part of `rhs` is packed for them.
const LOWEST: usize = 256;

/// How many blocks a product is cut into, down and across. Powers of two, so that 2, 4 or 8 threads get the same share.
///
/// Columns first: that costs nothing, for faer packs `rhs` column by column. (Measured on Zen 4 at 256 × 784 × 4096:
/// 16 blocks side by side take .87 of the time of one; 8 × 8 take 1.36.)
fn block_counts(lhs: Matrix<'_>, rhs: Matrix<'_>) -> [usize; 2] {
    let ([m, k], [_, n]) = (lhs.shape(), rhs.shape());
    let work = m.saturating_mul(n).saturating_mul(k);
    let blocks = work.div_ceil(BLOCK).clamp(1, MOST).next_power_of_two();
    let within = |blocks: usize, room: usize| blocks.min(1 << room.max(1).ilog2());
    let across = within(blocks, n / NARROWEST);
    [within(blocks / across, m / LOWEST), across]
}

/// How many entries a product has.
fn entries(lhs: Matrix<'_>, rhs: Matrix<'_>) -> usize {
    let ([rows, depth], [others, cols]) = (lhs.shape(), rhs.shape());
    assert_eq!(depth, others, "a product of {:?} and {:?}", lhs.shape(), rhs.shape());
    rows.checked_mul(cols).expect("a product that memory has room for")
}

/// A slice as the matrix that a product is written to.
fn view_mut<'a>(out: &'a mut [f32], lhs: Matrix<'_>, rhs: Matrix<'_>) -> MatMut<'a, f32> {
    assert_eq!(
        out.len(),
        entries(lhs, rhs),
        "a product of {:?} and {:?}",
        lhs.shape(),
        rhs.shape()
    );
    MatMut::from_row_major_slice_mut(out, lhs.shape()[0], rhs.shape()[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small and thin shapes, odd ones, sums longer than faer takes in one go (512), and shapes worth several threads.
    const SHAPES: [[usize; 3]; 15] = [
        [2, 0, 3],
        [0, 3, 2],
        [2, 3, 0],
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
        [3000, 900, 5],
        [131, 127, 257],
    ];

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 37 + i * i * 11) % 101) as f32 / 50.0 - 1.0).collect()
    }

    /// A matrix of this shape over `data`, as it is or as the transpose of what is stored.
    fn matrix(data: &[f32], [rows, cols]: [usize; 2], transposed: bool) -> Matrix<'_> {
        if transposed {
            Matrix::new(data, [cols, rows]).t()
        } else {
            Matrix::new(data, [rows, cols])
        }
    }

    /// The same in f64, with the entries in the order of the product.
    fn naive(lhs: Matrix<'_>, rhs: Matrix<'_>) -> Vec<f64> {
        let ([m, k], [_, n]) = (lhs.shape(), rhs.shape());
        let (a, b) = (lhs.view(), rhs.view());
        let entry =
            |row, col| (0..k).map(|i| f64::from(a[(row, i)]) * f64::from(b[(i, col)])).sum();
        (0..m * n).map(|at| entry(at / n, at % n)).collect()
    }

    /// Calls `check` with every combination of transposed and plain operands.
    fn each_layout([m, k, n]: [usize; 3], mut check: impl FnMut(Matrix<'_>, Matrix<'_>)) {
        let (a, b) = (numbers(m * k), numbers(k * n));
        for (of_lhs, of_rhs) in [(false, false), (false, true), (true, false), (true, true)] {
            check(matrix(&a, [m, k], of_lhs), matrix(&b, [k, n], of_rhs));
        }
    }

    #[test]
    fn products_equal_naive_ones_in_every_layout() {
        for [m, k, n] in SHAPES {
            each_layout([m, k, n], |lhs, rhs| {
                let expected = naive(lhs, rhs);
                let found = product(lhs, rhs, 2.0);
                let mut sum = vec![1.0; m * n];
                add_product(&mut sum, lhs, rhs, -1.0);
                let mut here = vec![f32::NAN; 7];
                product_into(&mut here, lhs, rhs, 2.0);
                assert_eq!([found.len(), here.len()], [m * n; 2]);
                // k products, each at most 1.
                let rounding = 1e-6 * (k + 1) as f64;
                for (at, expected) in expected.into_iter().enumerate() {
                    let near = |found: f32, expected: f64| {
                        assert!(
                            (f64::from(found) - expected).abs() < rounding,
                            "{m}, {k}, {n}: {at}"
                        );
                    };
                    near(found[at], 2.0 * expected);
                    near(here[at], 2.0 * expected);
                    near(sum[at], 1.0 - expected);
                }
            });
        }
    }

    #[test]
    fn every_number_of_threads_gives_the_same_bits() {
        // Cut between columns, between rows, between both; a single row, a single column, and a single term.
        let shapes = [
            [300, 1100, 161],
            [1025, 128, 784],
            [10, 1100, 3000],
            [4, 1024, 512],
            [1, 3000, 5000],
            [2100, 1, 2100],
            [20_000, 500, 2],
        ];
        for [m, k, n] in shapes {
            each_layout([m, k, n], |lhs, rhs| {
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
            });
        }
    }

    /// Blocks cover the output once, and there are several where there is work for several threads.
    #[test]
    fn blocks_cover_the_output() {
        for ([m, k, n], count) in [
            ([128, 784, 10], 1..2),
            ([128, 784, 64], 2..3),
            ([128, 784, 256], 8..9),
            ([1, 784, 1_000_000], 64..65),
            ([4096, 256, 784], 64..65),
            ([100_000, 784, 10], 64..65),
        ] {
            let (a, b) = (vec![0.0; m * k], vec![0.0; k * n]);
            let (lhs, rhs) = (Matrix::new(&a, [m, k]), Matrix::new(&b, [k, n]));
            let mut out = vec![0.0; m * n];
            let blocks = blocks(view_mut(&mut out, lhs, rhs), block_counts(lhs, rhs));
            assert!(count.contains(&blocks.len()), "{m}, {k}, {n}: {} blocks", blocks.len());
            for (row, col, mut block) in blocks {
                for i in 0..block.nrows() {
                    for j in 0..block.ncols() {
                        block[(i, j)] += ((row + i) * n + col + j) as f32;
                    }
                }
            }
            assert!(out.iter().enumerate().all(|(at, &entry)| entry == at as f32));
        }
    }

    #[test]
    fn nan_and_infinity_reach_their_row_and_column_only() {
        for [m, k, n] in [[1, 9, 5], [5, 9, 1], [4, 9, 6], [40, 300, 50], [129, 784, 256]] {
            for bad in [f32::NAN, f32::INFINITY] {
                let (mut a, mut b) = (vec![1.0; m * k], vec![1.0; k * n]);
                let (row, col) = (m / 2, n - 1);
                (a[row * k + k / 2], b[(k - 1) * n + col]) = (bad, bad);
                let found = product(Matrix::new(&a, [m, k]), Matrix::new(&b, [k, n]), 1.0);
                for (at, entry) in found.into_iter().enumerate() {
                    let touched = at / n == row || at % n == col;
                    let expected = if touched { bad } else { k as f32 };
                    let same = entry == expected || entry.is_nan() && expected.is_nan();
                    assert!(same, "{m}, {k}, {n}: {entry} at {at}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "a product that memory has room for")]
    fn a_product_with_more_entries_than_can_be_counted_panics() {
        product(Matrix::new(&[], [1 << 40, 0]), Matrix::new(&[], [0, 1 << 40]), 1.0);
    }

    #[test]
    #[should_panic(expected = "a product of [2, 3] and [2, 3]")]
    fn operands_that_do_not_match_panic() {
        let data = numbers(6);
        product(Matrix::new(&data, [2, 3]), Matrix::new(&data, [2, 3]), 1.0);
    }

    #[test]
    #[should_panic(expected = "a product of [2, 3] and [3, 2]")]
    fn a_sum_of_another_size_panics() {
        let data = numbers(6);
        add_product(&mut [0.0; 5], Matrix::new(&data, [2, 3]), Matrix::new(&data, [3, 2]), 1.0);
    }
}
