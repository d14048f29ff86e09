//! Sums and maxima over a row, which one cube of units works on.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// The sum of the units' values, in the same order every time. `units`: how many there are, a power of two.
#[cube]
pub(super) fn sum(value: f32, shared: &mut Shared<[f32]>, #[comptime] units: usize) -> f32 {
    fold(value, shared, true, units)
}

/// The largest of the units' values.
#[cube]
pub(super) fn largest(value: f32, shared: &mut Shared<[f32]>, #[comptime] units: usize) -> f32 {
    fold(value, shared, false, units)
}

#[cube]
fn fold(
    value: f32,
    shared: &mut Shared<[f32]>,
    #[comptime] adds: bool,
    #[comptime] units: usize,
) -> f32 {
    let unit = UNIT_POS as usize;
    shared[unit] = value;
    sync_cube();
    let mut half = (units / 2).runtime();
    while half > 0 {
        if unit < half {
            let own = shared[unit];
            let other = shared[unit + half];
            if adds {
                shared[unit] = own + other;
            } else {
                shared[unit] = max(own, other);
            }
        }
        sync_cube();
        half /= 2;
    }
    let found = shared[0];
    sync_cube();
    found
}
