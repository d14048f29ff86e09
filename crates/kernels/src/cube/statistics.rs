//! How the weights of a row are spread.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::reduce::{largest, sum};

/// Numbers for each row of weights.
pub(super) const STATISTICS: usize = 4;

/// For each row of weights from 0 on: the place of the largest, the largest, the entropy `−Σ P ln P` in nats, and how many of
/// the largest sum to `share`, or else N.
#[cube(launch)]
pub(super) fn statistics_of_rows(
    weights: &[f32],
    statistics: &mut [f32],
    rows: u32,
    n: u32,
    share: f32,
    #[comptime] units: usize,
) {
    let row = CUBE_POS;
    if row >= rows as usize {
        terminate!();
    }
    let mut shared = Shared::<[f32]>::new_slice(units);
    let n = n as usize;
    let start = row * n;
    let end = start + n;
    let first = start + UNIT_POS as usize;

    let mut highest = f32::new(0.0);
    let mut entropy = f32::new(0.0);
    let mut at = first;
    while at < end {
        let weight = weights[at];
        highest = max(highest, weight);
        if weight > 0.0 {
            entropy -= weight * weight.ln();
        }
        at += units;
    }
    let highest = largest(highest, &mut shared, units);
    let entropy = sum(entropy, &mut shared, units);

    // The first that is as large.
    let mut place = f32::cast_from(n as u32);
    let mut at = first;
    while at < end {
        if weights[at] == highest {
            place = min(place, f32::cast_from((at - start) as u32));
        }
        at += units;
    }
    let place = -largest(-place, &mut shared, units);

    // The bits of numbers from 0 on are in their order. The largest `lowest` such that all weights from there on sum to the share:
    let mut lowest = 0u32;
    let mut bit = 0x4000_0000u32;
    while bit > 0 {
        let tried = lowest | bit;
        let mut total = f32::new(0.0);
        let mut at = first;
        while at < end {
            if u32::reinterpret(weights[at]) >= tried {
                total += weights[at];
            }
            at += units;
        }
        if sum(total, &mut shared, units) >= share {
            lowest = tried;
        }
        bit >>= 1u32;
    }
    let mut above = f32::new(0.0);
    let mut total = f32::new(0.0);
    let mut at = first;
    while at < end {
        if u32::reinterpret(weights[at]) > lowest {
            above += 1.0;
            total += weights[at];
        }
        at += units;
    }
    let above = sum(above, &mut shared, units);
    let total = sum(total, &mut shared, units);
    if UNIT_POS == 0 {
        let mut size = f32::cast_from(n as u32);
        if lowest > 0u32 {
            // As many of those that are equal as it takes.
            size = above + max(((share - total) / f32::reinterpret(lowest)).ceil(), f32::new(1.0));
        }
        let to = row * STATISTICS;
        statistics[to] = place;
        statistics[to + 1] = highest;
        statistics[to + 2] = entropy;
        statistics[to + 3] = size;
    }
}
