//! How unevenly a batch uses the patterns.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::reduce::sum;

/// `N p̄_n = N/B Σ_b P_bn`: a cube for each of the `width` columns; `scale`: N/B.
#[cube(launch)]
pub(super) fn means_of_columns(
    weights: &[f32],
    means: &mut [f32],
    rows: u32,
    width: u32,
    scale: f32,
    #[comptime] units: usize,
) {
    let column = CUBE_POS;
    if column >= width as usize {
        terminate!();
    }
    let mut shared = Shared::<[f32]>::new_slice(units);
    let mut total = f32::new(0.0);
    let mut row = UNIT_POS as usize;
    while row < rows as usize {
        total += weights[row * width as usize + column];
        row += units;
    }
    let total = sum(total, &mut shared, units);
    if UNIT_POS == 0 {
        means[column] = scale * total;
    }
}

/// `−1/width Σ_n ln max(N p̄_n, least)`, by one cube.
#[cube(launch)]
pub(super) fn imbalance_of_means(
    means: &[f32],
    imbalance: &mut [f32],
    width: u32,
    least: f32,
    #[comptime] units: usize,
) {
    let mut shared = Shared::<[f32]>::new_slice(units);
    let mut total = f32::new(0.0);
    let mut column = UNIT_POS as usize;
    while column < width as usize {
        total += max(means[column], least).ln();
        column += units;
    }
    let total = sum(total, &mut shared, units);
    if UNIT_POS == 0 {
        imbalance[0] = -total / f32::cast_from(width);
    }
}

/// The gradient of the imbalance by every weight, `−slope/width · scale / N p̄_n`, or 0 where `N p̄_n` is below `least`: a cube for
/// each row.
#[cube(launch)]
pub(super) fn slopes_of_imbalance(
    means: &[f32],
    slope: &[f32],
    slopes: &mut [f32],
    rows: u32,
    width: u32,
    scale: f32,
    least: f32,
    #[comptime] units: usize,
) {
    let row = CUBE_POS;
    if row >= rows as usize {
        terminate!();
    }
    let start = row * width as usize;
    let mut column = UNIT_POS as usize;
    while column < width as usize {
        let mean = means[column];
        let mut found = f32::new(0.0);
        if mean >= least {
            found = -slope[0] * scale / (mean * f32::cast_from(width));
        }
        slopes[start + column] = found;
        column += units;
    }
}
