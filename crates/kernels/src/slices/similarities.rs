//! The similarities C = I Hᵀ of a block of states and a tile of patterns.

use crate::slices::lanes::{Kernel, vectorised};
use crate::slices::matrix::Matrix;
use crate::slices::product::product_into;

/// Buffers that are used for one tile after the other.
#[derive(Debug, Default)]
pub(crate) struct Similarities {
    /// H Iᵀ
    transposed: Vec<f32>,
    /// I Hᵀ
    rows: Vec<f32>,
}

impl Similarities {
    /// `I Hᵀ`, row-major: a row for each state.
    ///
    /// Computed as (H Iᵀ)ᵀ. The right operand of a product is repacked; here that is the few states rather than the patterns,
    /// which are many and used once. With 64 states, streaming is a tenth faster that way; with 16, a third.
    pub(crate) fn compute(&mut self, states: Matrix<'_>, tile: Matrix<'_>) -> &mut [f32] {
        let ([count, _], [width, _]) = (states.shape(), tile.shape());
        product_into(&mut self.transposed, tile, states.t(), 1.0);
        self.rows.resize(count * width, 0.0);
        vectorised(Transpose { from: &self.transposed, to: &mut self.rows, count, width });
        &mut self.rows
    }
}

/// Writes the columns of `from`, `[width, count]`, as the rows of `to`.
struct Transpose<'a> {
    from: &'a [f32],
    to: &'a mut [f32],
    count: usize,
    width: usize,
}

impl Kernel for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        /// Rows of `from` at a time: few enough to stay in the nearest cache.
        const STRIP: usize = 16;
        let Self { from, to, count, width } = self;
        for first in (0..width).step_by(STRIP) {
            let strip = first..width.min(first + STRIP);
            for (state, row) in to.chunks_exact_mut(width).enumerate() {
                for pattern in strip.clone() {
                    row[pattern] = from[pattern * count + state];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_of_another_tile_do_not_matter() {
        let mut similarities = Similarities::default();
        for [count, width] in [[3, 40], [40, 3], [1, 17], [33, 1], [5, 16]] {
            let numbers = |n: usize| (0..n).map(|i| (i * i % 7) as f32).collect::<Vec<_>>();
            let (states, patterns) = (numbers(2 * count), numbers(2 * width));
            let (i, h) = (Matrix::new(&states, [count, 2]), Matrix::new(&patterns, [width, 2]));
            let expected = crate::slices::product::product(i, h.t(), 1.0);
            assert_eq!(similarities.compute(i, h), expected);
        }
    }
}
