//! Where a product goes.

use pulp::Simd;
use pulp::bytemuck::{Pod, cast_slice};

use crate::panels::LINE;

/// A matrix that a product is written or added to.
///
/// Whoever has it may write the rows and columns of its product, which nobody else has meanwhile. It may
/// hold no numbers yet if nothing is added to them.
#[derive(Clone, Copy)]
pub(crate) struct Out {
    pub(crate) data: *mut f32,
    /// From one row to the next, from one column to the next.
    pub(crate) strides: [usize; 2],
    /// Whether the product is added to what is there.
    pub(crate) add: bool,
    /// What the product is multiplied by.
    pub(crate) scale: f32,
}

// SAFETY: threads get parts that do not overlap.
#[allow(unsafe_code)]
unsafe impl Sync for Out {}

impl Out {
    /// What begins at this row and column.
    #[inline(always)]
    pub(crate) fn at(self, row: usize, col: usize) -> Self {
        let offset = row * self.strides[0] + col * self.strides[1];
        Self { data: self.data.wrapping_add(offset), ..self }
    }

    /// The transpose.
    pub(crate) fn t(self) -> Self {
        let [row, col] = self.strides;
        Self { strides: [col, row], ..self }
    }

    /// Lets some rows and columns come into the cache.
    #[inline(always)]
    pub(crate) fn fetch(self, [rows, cols]: [usize; 2]) {
        let [count, length] = if self.strides[1] == 1 { [rows, cols] } else { [cols, rows] };
        let stride = self.strides[0].max(self.strides[1]);
        for index in 0..count {
            let first = self.data.wrapping_add(index * stride);
            // They may begin within one cache line and end within another.
            for line in (0..length).step_by(LINE) {
                prefetch(first.wrapping_add(line));
            }
            prefetch(first.wrapping_add(length - 1));
        }
    }

    /// Writes or adds the first of the rows and columns of a tile.
    ///
    /// # Safety
    ///
    /// They are of this matrix.
    #[allow(unsafe_code)]
    #[inline(always)]
    pub(crate) unsafe fn write<const R: usize, const V: usize, S: Simd>(
        self,
        simd: S,
        tile: [[S::f32s; V]; R],
        size: [usize; 2],
    ) {
        if self.strides[1] != 1 || size != [R, V * S::F32_LANES] {
            // SAFETY: as here.
            return unsafe { self.write_entries(&tile, size) };
        }
        let scale = simd.splat_f32s(self.scale);
        for (row, tile) in tile.into_iter().enumerate() {
            for (vector, sum) in tile.into_iter().enumerate() {
                let at = self.at(row, vector * S::F32_LANES).data.cast::<S::f32s>();
                // SAFETY: it is a part of a row. What is added to has been written.
                unsafe {
                    at.write_unaligned(if self.add {
                        // Rounded twice, as one by one: a product may be cut anywhere.
                        simd.add_f32s(at.read_unaligned(), simd.mul_f32s(scale, sum))
                    } else {
                        simd.mul_f32s(scale, sum)
                    });
                }
            }
        }
    }

    /// The same, one by one.
    #[allow(unsafe_code)]
    #[inline(never)]
    unsafe fn write_entries<const V: usize, F: Pod>(
        self,
        tile: &[[F; V]],
        [rows, cols]: [usize; 2],
    ) {
        for col in 0..cols {
            for (row, tile) in tile.iter().enumerate().take(rows) {
                let sum = self.scale * cast_slice::<F, f32>(tile)[col];
                let at = self.at(row, col).data;
                // SAFETY: it is one of the entries. What is added to has been written.
                unsafe { at.write(if self.add { at.read() + sum } else { sum }) };
            }
        }
    }
}

/// Lets a cache line come.
#[inline(always)]
fn prefetch(address: *const f32) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: it reads nothing, whatever the address.
        #[allow(unsafe_code)]
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(address.cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
