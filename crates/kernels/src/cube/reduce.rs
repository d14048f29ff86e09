//! Sums and maxima over a row, which one cube of units works on.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// The sum of the units' values, in the same order every time. `units`: how many there are, a power of two.
#[cube]
pub(super) fn sum(value: f32, shared: &mut Shared<[f32]>, #[comptime] units: usize) -> f32 {
    let unit = UNIT_POS as usize;
    shared[unit] = value;
    sync_cube();
    let mut half = (units / 2).runtime();
    while half > 0 {
        if unit < half {
            let other = shared[unit + half];
            shared[unit] += other;
        }
        sync_cube();
        half /= 2;
    }
    let found = shared[0];
    sync_cube();
    found
}

/// The largest of the units' values.
#[cube]
pub(super) fn largest(value: f32, shared: &mut Shared<[f32]>, #[comptime] units: usize) -> f32 {
    let unit = UNIT_POS as usize;
    shared[unit] = value;
    sync_cube();
    let mut half = (units / 2).runtime();
    while half > 0 {
        if unit < half {
            let other = shared[unit + half];
            shared[unit] = max(shared[unit], other);
        }
        sync_cube();
        half /= 2;
    }
    let found = shared[0];
    sync_cube();
    found
}
