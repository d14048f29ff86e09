//! The product that one thread computes, tile by tile (Goto & van de Geijn 2008; Van Zee & van de Geijn
//! 2015).
//!
//! A tile of the product is a few rows high and two vectors wide. It stays in registers while a few
//! rows of lhs and a panel of rhs pass, entry by entry; all rows of a block pass while a panel stays in
//! the nearest cache, and all panels while the block stays in the next.
//!
//! Two things are not as in libraries. The entries of a tile are on their way from memory while the
//! tile is computed, which matters as soon as a product does not fit into the nearer caches; and only
//! one operand is packed, of `I Hᵀ` the smaller one, so that a large database is read once, while it is
//! used.

use std::cell::RefCell;

use pulp::{Arch, Simd, WithSimd};

use crate::out::Out;
use crate::panels::{Panels, Rows};
use crate::product::Product;

/// Rows and vectors of a tile: 12 sums, which hide the latency of an addition and leave AVX2 four of its 16 registers.
const ROWS: usize = 6;
const VECTORS: usize = 2;

/// Steps along rows and panels in one go.
const STEPS: usize = 4;

/// Rows of a block: 96 KiB.
const BLOCK: usize = 8 * ROWS;

/// Columns that are packed at a time: 2 MiB.
const PACKED: usize = 1024;

thread_local! {
    /// Room for rows and panels.
    static BUFFERS: RefCell<[Vec<f32>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// Whether this CPU has the vectors that tiles are made for, AVX2 or AVX-512. For others the library has kernels, and nothing
/// was measured.
pub(crate) fn fit_the_cpu() -> bool {
    #[cfg(target_arch = "x86_64")]
    return !matches!(Arch::new(), Arch::Scalar);
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Computes it on this thread, without parting its depth.
pub(crate) fn compute(product: Product<'_>) {
    let ([m, _], [_, n]) = (product.lhs.shape(), product.rhs.shape());
    // Where rhs must be turned to be packed, the smaller operand shall be rhs.
    let turn = product.rhs.strides()[1] > 1 && n >= 4 * m;
    let product = if turn { product.t() } else { product };
    BUFFERS.with_borrow_mut(|buffers| Arch::new().dispatch(Tiles { product, buffers }));
}

struct Tiles<'a, 'b> {
    product: Product<'a>,
    buffers: &'b mut [Vec<f32>; 2],
}

impl WithSimd for Tiles<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { lhs, rhs, out } = self.product;
        let [m, k, n] = self.product.sizes();
        let [for_rows, for_panels] = self.buffers;
        let width = VECTORS * S::F32_LANES;
        for left in (0..n).step_by(PACKED) {
            let cols = left..n.min(left + PACKED);
            let panels = Panels::of(rhs.part(0..k, cols.clone()), width, for_panels);
            for top in (0..m).step_by(BLOCK) {
                let rows = top..m.min(top + BLOCK);
                let block = Rows::of(lhs.part(rows.clone(), 0..k), for_rows);
                for (index, first) in cols.clone().step_by(width).enumerate() {
                    let cols = width.min(cols.end - first);
                    let strip =
                        Strip { block, panel: panels.panel(index), cols, out: out.at(top, first) };
                    strip.compute(simd, rows.len());
                }
            }
        }
    }
}

/// The tiles of a block that one panel gives.
struct Strip<'a> {
    block: Rows<'a>,
    panel: &'a [f32],
    /// Columns of the panel that are columns of the product.
    cols: usize,
    out: Out,
}

impl Strip<'_> {
    #[inline(always)]
    fn compute<S: Simd>(&self, simd: S, rows: usize) {
        let whole = rows / ROWS * ROWS;
        for first in (0..whole).step_by(ROWS) {
            self.tile::<ROWS, S>(simd, first, ROWS);
        }
        match rows - whole {
            0 => {}
            rest @ 1..=2 => self.tile::<2, S>(simd, whole, rest),
            rest @ 3..=4 => self.tile::<4, S>(simd, whole, rest),
            rest => self.tile::<ROWS, S>(simd, whole, rest),
        }
    }

    /// The tile of so many rows, at most R.
    #[inline(always)]
    fn tile<const R: usize, S: Simd>(&self, simd: S, first: usize, rows: usize) {
        let (out, size) = (self.out.at(first, 0), [rows, self.cols]);
        out.fetch(size);
        let sums = sums::<R, S>(simd, self.block.some(first), self.panel);
        // SAFETY: these rows and columns are of the product.
        #[allow(unsafe_code)]
        unsafe {
            out.write(simd, sums, size);
        }
    }
}

/// The products of some rows and the columns of a panel.
#[inline(always)]
fn sums<const R: usize, S: Simd>(simd: S, rows: [&[f32]; R], panel: &[f32]) -> Sums<R, S> {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; R];
    let (panel, _) = S::as_simd_f32s(panel).0.as_chunks::<VECTORS>();
    let rows = rows.map(|row| &row[..panel.len()]);
    let (steps, rest) = panel.as_chunks::<STEPS>();
    let (row_steps, row_rests) =
        (rows.map(|row| row.as_chunks::<STEPS>().0), rows.map(|row| row.as_chunks::<STEPS>().1));
    for (at, panel) in steps.iter().enumerate() {
        for (i, panel) in panel.iter().enumerate() {
            add_products(simd, &mut sums, row_steps.map(|row| row[at][i]), panel);
        }
    }
    for (i, panel) in rest.iter().enumerate() {
        add_products(simd, &mut sums, row_rests.map(|row| row[i]), panel);
    }
    sums
}

type Sums<const R: usize, S> = [[<S as Simd>::f32s; VECTORS]; R];

/// Those of one entry of every row. (A closure would be left behind without vector instructions.)
#[inline(always)]
fn add_products<const R: usize, S: Simd>(
    simd: S,
    sums: &mut Sums<R, S>,
    entries: [f32; R],
    panel: &[S::f32s; VECTORS],
) {
    for (sums, entry) in sums.iter_mut().zip(entries) {
        let entry = simd.splat_f32s(entry);
        for (sum, &vector) in sums.iter_mut().zip(panel) {
            *sum = simd.mul_add_f32s(entry, vector, *sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;
    use pulp::{Scalar, Scalar128b, Scalar256b, Scalar512b};

    /// Also of those that this CPU does not have.
    #[test]
    fn vectors_of_every_width_find_the_same() {
        let [m, k, n] = [53, 19, 130];
        let numbers = |count: usize| (0..count).map(|i| (i * i % 101) as f32 - 50.0);
        let (a, b): (Vec<_>, Vec<_>) = (numbers(m * k).collect(), numbers(k * n).collect());
        let (lhs, rhs) = (Matrix::new(&a, [m, k]), Matrix::new(&b, [k, n]));
        let mut expected = vec![0.0; m * n];
        for (row, sums) in expected.chunks_mut(n).enumerate() {
            for (i, from) in b.chunks(n).enumerate() {
                sums.iter_mut().zip(from).for_each(|(sum, b)| *sum += a[row * k + i] * b);
            }
        }
        // Sums of whole numbers are exact.
        assert_eq!(found(Scalar, lhs, rhs), expected);
        assert_eq!(found(Scalar128b, lhs, rhs), expected);
        assert_eq!(found(Scalar256b, lhs, rhs), expected);
        assert_eq!(found(Scalar512b, lhs, rhs), expected);
    }

    fn found<S: Simd>(simd: S, lhs: Matrix<'_>, rhs: Matrix<'_>) -> Vec<f32> {
        let ([m, _], [_, n]) = (lhs.shape(), rhs.shape());
        let mut sum = vec![0.0; m * n];
        let out = Out { data: sum.as_mut_ptr(), strides: [n, 1], add: true, scale: 1.0 };
        let product = Product { lhs, rhs, out };
        Tiles { product, buffers: &mut Default::default() }.with_simd(simd);
        sum
    }
}
