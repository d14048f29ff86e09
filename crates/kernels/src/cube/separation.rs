//! Scores to weights.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::Rule;
use super::reduce::{largest, sum};

/// Newton's iterations for a threshold τ at most. They end when τ stops growing, usually after a few.
const MOST_ITERATIONS: u32 = 64;

/// The weights of the scores `z = β C` of each row. A row with NaN or +∞, or with nothing but −∞, gets NaN.
#[cube(launch)]
pub(super) fn separate_rows(
    similarities: &[f32],
    log_beta: &[f32],
    weights: &mut [f32],
    rows: u32,
    n: u32,
    rows_per_beta: u32,
    betas: u32,
    #[comptime] rule: Rule,
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
    let beta = log_beta[row / rows_per_beta as usize % betas as usize].exp();

    let mut highest = f32::new(-f32::MAX);
    let mut at = first;
    while at < end {
        highest = max(highest, rank(similarities[at]));
        at += units;
    }
    let highest = largest(highest, &mut shared, units);
    if highest >= f32::new(f32::MAX) || highest <= f32::new(-f32::MAX) {
        let mut at = first;
        while at < end {
            weights[at] = f32::reinterpret(u32::reinterpret(highest) | 0x7fc0_0000u32);
            at += units;
        }
        terminate!();
    }

    match rule {
        Rule::Softmax => {
            let mut total = f32::new(0.0);
            let mut at = first;
            while at < end {
                let power = relative(similarities[at], highest, beta).exp();
                weights[at] = power;
                total += power;
                at += units;
            }
            let total = sum(total, &mut shared, units);
            scale(weights, f32::new(1.0) / total, first, end, units);
        }
        Rule::Softmax1 => {
            // The silent pattern has the score 0.
            let base = max(highest, f32::new(0.0));
            let mut total = f32::new(0.0);
            let mut at = first;
            while at < end {
                let power = relative(similarities[at], base, beta).exp();
                weights[at] = power;
                total += power;
                at += units;
            }
            let total = sum(total, &mut shared, units) + (-(beta * base)).exp();
            scale(weights, f32::new(1.0) / total, first, end, units);
        }
        Rule::TopK(k) => {
            let k = f32::cast_from(k);
            let lowest = kth_largest(similarities, k, first, end, &mut shared, units);
            let mut above = f32::new(0.0);
            let mut ties = f32::new(0.0);
            let mut at = first;
            while at < end {
                let it = rank(similarities[at]);
                if it > lowest {
                    above += 1.0;
                }
                if it == lowest {
                    ties += 1.0;
                }
                at += units;
            }
            let above = sum(above, &mut shared, units);
            let ties = sum(ties, &mut shared, units);
            // Those that tie for the last places share them.
            let places = (k - above) / ties;
            let mut total = f32::new(0.0);
            let mut at = first;
            while at < end {
                let it = rank(similarities[at]);
                let mut power = f32::new(0.0);
                if it >= lowest {
                    power = relative(it, highest, beta).exp();
                    if it == lowest {
                        power *= places;
                    }
                }
                weights[at] = power;
                total += power;
                at += units;
            }
            let total = sum(total, &mut shared, units);
            scale(weights, f32::new(1.0) / total, first, end, units);
        }
        Rule::Sparsemax => {
            // Σ max(0, z − τ) − 1 is convex and falls: from the left, Newton's iterations never pass its zero.
            let mut tau = f32::new(-1.0);
            let mut grows = true;
            let mut iteration = 0u32;
            while grows && iteration < MOST_ITERATIONS {
                let mut total = f32::new(0.0);
                let mut count = f32::new(0.0);
                let mut at = first;
                while at < end {
                    let z = relative(similarities[at], highest, beta);
                    if z > tau {
                        total += z;
                        count += 1.0;
                    }
                    at += units;
                }
                let total = sum(total, &mut shared, units);
                let count = sum(count, &mut shared, units);
                let next = (total - 1.0) / count;
                grows = next > tau;
                tau = max(tau, next);
                iteration += 1;
            }
            let mut at = first;
            while at < end {
                let z = relative(similarities[at], highest, beta);
                weights[at] = max(z - tau, f32::new(0.0));
                at += units;
            }
        }
        Rule::Entmax15 => {
            let mut tau = f32::new(-1.0);
            let mut grows = true;
            let mut iteration = 0u32;
            while grows && iteration < MOST_ITERATIONS {
                let mut total = f32::new(0.0);
                let mut squares = f32::new(0.0);
                let mut at = first;
                while at < end {
                    let z = relative(similarities[at], highest, beta) * 0.5;
                    let over = max(z - tau, f32::new(0.0));
                    total += over;
                    squares += over * over;
                    at += units;
                }
                let total = sum(total, &mut shared, units);
                let squares = sum(squares, &mut shared, units);
                let next = tau + (squares - 1.0) / (total * 2.0);
                grows = next > tau;
                tau = max(tau, next);
                iteration += 1;
            }
            let mut at = first;
            while at < end {
                let z = relative(similarities[at], highest, beta) * 0.5;
                let over = max(z - tau, f32::new(0.0));
                weights[at] = over * over;
                at += units;
            }
        }
        Rule::Polynomial(degree) => {
            let mut total = f32::new(0.0);
            let mut at = first;
            while at < end {
                let mut power = f32::new(0.0);
                let it = rank(similarities[at]);
                if it > 0.0 {
                    power = whole_power(it / highest, degree);
                }
                weights[at] = power;
                total += power;
                at += units;
            }
            let total = sum(total, &mut shared, units);
            // No positive score: all weights are 0.
            scale(
                weights,
                f32::new(1.0) / max(total, f32::new(f32::MIN_POSITIVE)),
                first,
                end,
                units,
            );
        }
        Rule::LogSumRelu => {
            let mut count = f32::new(0.0);
            let mut at = first;
            while at < end {
                let mut near = f32::new(0.0);
                if beta * rank(similarities[at]) > f32::new(-1.0) {
                    near = f32::new(1.0);
                }
                weights[at] = near;
                count += near;
                at += units;
            }
            let count = sum(count, &mut shared, units);
            // No pattern within reach: all weights are 0.
            scale(weights, f32::new(1.0) / max(count, f32::new(1.0)), first, end, units);
        }
    }
}

/// The number itself; the largest there is for NaN and +∞, the smallest for −∞.
#[cube]
fn rank(x: f32) -> f32 {
    let bits = u32::reinterpret(x);
    let mut found = x;
    if (bits & 0x7f80_0000u32) == 0x7f80_0000u32 {
        found = f32::new(f32::MAX);
        if bits == 0xff80_0000u32 {
            found = f32::new(-f32::MAX);
        }
    }
    found
}

/// `β (c − base)`, but no less than what `exp` makes 0.
#[cube]
fn relative(c: f32, base: f32, beta: f32) -> f32 {
    max(beta * (rank(c) - base), f32::new(-1e30))
}

#[cube]
fn scale(weights: &mut [f32], by: f32, first: usize, end: usize, #[comptime] units: usize) {
    let mut at = first;
    while at < end {
        weights[at] *= by;
        at += units;
    }
}

/// xⁿ
#[cube]
fn whole_power(x: f32, #[comptime] n: u32) -> f32 {
    let mut power = f32::new(1.0);
    let mut square = x;
    let mut left = n.runtime();
    while left > 0 {
        if left % 2 == 1 {
            power *= square;
        }
        square *= square;
        left /= 2;
    }
    power
}

/// The k-th largest number of a row, found bit by bit; the smallest if there are fewer.
#[cube]
fn kth_largest(
    row: &[f32],
    k: f32,
    first: usize,
    end: usize,
    shared: &mut Shared<[f32]>,
    #[comptime] units: usize,
) -> f32 {
    let mut found = 0u32;
    let mut bit = 0x8000_0000u32;
    while bit > 0 {
        let tried = found | bit;
        let mut count = f32::new(0.0);
        let mut at = first;
        while at < end {
            if ordered(rank(row[at])) >= tried {
                count += 1.0;
            }
            at += units;
        }
        if sum(count, shared, units) >= k {
            found = tried;
        }
        bit >>= 1u32;
    }
    let mut bits = found ^ 0x8000_0000u32;
    if found < 0x8000_0000u32 {
        bits = !found;
    }
    f32::reinterpret(bits)
}

/// Whole numbers in the order of the numbers.
#[cube]
fn ordered(x: f32) -> u32 {
    let bits = u32::reinterpret(x);
    let mut found = bits | 0x8000_0000u32;
    if bits >= 0x8000_0000u32 {
        found = !bits;
    }
    found
}
