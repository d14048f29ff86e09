//! The operands of a product of tiles: rows of one, and panels of the other.

use std::array::from_fn;

use crate::matrix::Matrix;

/// Numbers in a cache line.
pub(crate) const LINE: usize = 16;

/// The numbers of `buffer`, made long enough, from the beginning of a cache line on.
fn room(buffer: &mut Vec<f32>, count: usize) -> &mut [f32] {
    if buffer.len() < count + LINE {
        buffer.resize(count + LINE, 0.0);
    }
    let line = buffer.as_ptr().align_offset(LINE * size_of::<f32>());
    &mut buffer[line..][..count]
}

/// The rows of a matrix, each in one piece: where they are, or, of a transpose, in a buffer.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    data: &'a [f32],
    stride: usize,
    shape: [usize; 2],
}

impl<'a> Rows<'a> {
    #[inline(always)]
    pub(crate) fn of(matrix: Matrix<'a>, buffer: &'a mut Vec<f32>) -> Self {
        let (shape, [row, col]) = (matrix.shape(), matrix.strides());
        if col == 1 {
            return Self { data: matrix.data(), stride: row, shape };
        }
        // Rows a power of 2 apart would drive each other out of the cache.
        let stride = shape[1] + LINE;
        let data = room(buffer, shape[0] * stride);
        transpose((matrix.data(), col), (data, stride), [shape[1], shape[0]]);
        Self { data, stride, shape }
    }

    /// So many from `first` on. Behind the last one, it is this one again.
    #[inline(always)]
    pub(crate) fn some<const R: usize>(self, first: usize) -> [&'a [f32]; R] {
        let [count, width] = self.shape;
        from_fn(|row| &self.data[(first + row).min(count - 1) * self.stride..][..width])
    }
}

/// The columns of a matrix, a few side by side in each panel, and row after row. Behind the last one there are zeros.
#[derive(Clone, Copy)]
pub(crate) struct Panels<'a> {
    data: &'a [f32],
    /// Numbers in a panel, and from one to the next.
    size: usize,
    stride: usize,
}

impl<'a> Panels<'a> {
    #[inline(always)]
    pub(crate) fn of(matrix: Matrix<'_>, width: usize, buffer: &'a mut Vec<f32>) -> Self {
        let ([rows, cols], strides) = (matrix.shape(), matrix.strides());
        let size = rows * width;
        // As with rows.
        let stride = size + width;
        let data = room(buffer, cols.div_ceil(width) * stride);
        if strides[1] == 1 {
            for row in 0..rows {
                let from = &matrix.data()[row * strides[0]..][..cols];
                for (panel, from) in from.chunks(width).enumerate() {
                    let to = &mut data[panel * stride + row * width..][..width];
                    if from.len() == width {
                        to.copy_from_slice(from);
                    } else {
                        to[..from.len()].copy_from_slice(from);
                        to[from.len()..].fill(0.0);
                    }
                }
            }
        } else {
            for (panel, to) in data.chunks_exact_mut(stride).enumerate() {
                let first = panel * width;
                let count = width.min(cols - first);
                if count < width {
                    to.fill(0.0);
                }
                let from = &matrix.data()[first * strides[1]..];
                transpose((from, strides[1]), (to, width), [count, rows]);
            }
        }
        Self { data, size, stride }
    }

    #[inline(always)]
    pub(crate) fn panel(self, index: usize) -> &'a [f32] {
        &self.data[index * self.stride..][..self.size]
    }
}

/// Writes the rows of `from` as columns to `to`; strides are those from one row to the next.
#[inline(always)]
fn transpose(
    (from, from_stride): (&[f32], usize),
    (to, to_stride): (&mut [f32], usize),
    [rows, cols]: [usize; 2],
) {
    let whole = |size: usize| size / SIDE * SIDE;
    for row in (0..whole(rows)).step_by(SIDE) {
        for col in (0..whole(cols)).step_by(SIDE) {
            let block: [&[f32; SIDE]; SIDE] =
                from_fn(|at| first(&from[(row + at) * from_stride + col..]));
            for (at, turned) in turned(block).into_iter().enumerate() {
                to[(col + at) * to_stride + row..][..SIDE].copy_from_slice(&turned);
            }
        }
    }
    for row in 0..rows {
        let begin = if row < whole(rows) { whole(cols) } else { 0 };
        for col in begin..cols {
            to[col * to_stride + row] = from[row * from_stride + col];
        }
    }
}

/// Rows and columns that are turned in registers.
const SIDE: usize = 4;

/// A row of them.
#[inline(always)]
fn first(data: &[f32]) -> &[f32; SIDE] {
    data.first_chunk().expect("a whole row")
}

/// The columns of these rows.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn turned(rows: [&[f32; SIDE]; SIDE]) -> [[f32; SIDE]; SIDE] {
    use std::arch::x86_64::{_MM_TRANSPOSE4_PS, _mm_loadu_ps, _mm_storeu_ps};
    let mut out = [[0.0; SIDE]; SIDE];
    // SAFETY: every row has four numbers, and every x86-64 has SSE.
    #[allow(unsafe_code)]
    unsafe {
        let [mut a, mut b, mut c, mut d] = rows.map(|row| _mm_loadu_ps(row.as_ptr()));
        _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
        for (out, col) in out.iter_mut().zip([a, b, c, d]) {
            _mm_storeu_ps(out.as_mut_ptr(), col);
        }
    }
    out
}

/// The columns of these rows.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn turned(rows: [&[f32; SIDE]; SIDE]) -> [[f32; SIDE]; SIDE] {
    from_fn(|col| from_fn(|row| rows[row][col]))
}
