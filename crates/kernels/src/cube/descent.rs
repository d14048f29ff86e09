//! A step of projected gradient descent.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::reduce::sum;

/// What a step does beside following the gradient; the kernel leaves out the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Parts {
    pub(super) momentum: bool,
    pub(super) limit: bool,
    pub(super) range: bool,
}

/// `g ← g · min(1, limit / ‖g‖)        u ← μ u + g        h ← Π(h − η u)` for each row. The gradient may lie in the memory as it
/// likes: it is often that of a transposed product.
#[cube(launch)]
pub(super) fn descend_rows(
    rows: &[f32],
    velocity: &[f32],
    gradient: &[f32],
    new_rows: &mut [f32],
    new_velocity: &mut [f32],
    count: u32,
    width: u32,
    row_stride: u32,
    column_stride: u32,
    rate: f32,
    momentum: f32,
    limit: f32,
    low: f32,
    high: f32,
    #[comptime] parts: Parts,
    #[comptime] units: usize,
) {
    let row = CUBE_POS;
    if row >= count as usize {
        terminate!();
    }
    let mut shared = Shared::<[f32]>::new_slice(units);
    let width = width as usize;
    let start = row * width;
    let of_gradient = row * row_stride as usize;
    let step = column_stride as usize;
    let first = UNIT_POS as usize;

    let mut scale = f32::new(1.0);
    if parts.limit {
        let mut squares = f32::new(0.0);
        let mut column = first;
        while column < width {
            let entry = gradient[of_gradient + column * step];
            squares += entry * entry;
            column += units;
        }
        let norm = sum(squares, &mut shared, units).sqrt();
        if norm > limit {
            scale = limit / norm;
        }
    }
    let mut column = first;
    while column < width {
        let at = start + column;
        let mut along = scale * gradient[of_gradient + column * step];
        if parts.momentum {
            along += momentum * velocity[at];
            new_velocity[at] = along;
        } else {
            new_velocity[at] = velocity[at];
        }
        let mut moved = rows[at] - rate * along;
        if parts.range {
            // NaN stays NaN.
            if moved < low {
                moved = low;
            }
            if moved > high {
                moved = high;
            }
        }
        new_rows[at] = moved;
        column += units;
    }
}
