//! A step of projected gradient descent, in place and in one pass.

use rayon::prelude::*;

use crate::Descent;
use crate::slices::lanes::{Kernel, is_worth_threads, rows_at_once, sum_of, vectorised};

/// One step for each row of `width` entries:
///
/// ```text
/// g_n ← g_n · min(1, limit / ‖g_n‖)        u_n ← μ u_n + g_n        h_n ← Π(h_n − η u_n)
/// ```
///
/// With μ = 0, u is g and the velocities are neither read nor written.
///
/// # Panics
///
/// If the three lengths differ.
pub fn descend(
    rows: &mut [f32],
    velocity: &mut [f32],
    gradient: &[f32],
    width: usize,
    settings: Descent,
) {
    assert!(rows.len() == velocity.len() && rows.len() == gradient.len());
    let size = rows_at_once(width) * width;
    let step = |((rows, velocity), gradient): ((&mut [f32], &mut [f32]), &[f32])| {
        vectorised(Step { rows, velocity, gradient, width, settings });
    };
    if is_worth_threads(rows.len()) {
        let chunks = rows.par_chunks_mut(size).zip(velocity.par_chunks_mut(size));
        chunks.zip(gradient.par_chunks(size)).for_each(step);
    } else {
        step(((rows, velocity), gradient));
    }
}

struct Step<'a> {
    rows: &'a mut [f32],
    velocity: &'a mut [f32],
    gradient: &'a [f32],
    width: usize,
    settings: Descent,
}

impl Kernel for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Descent { rate, momentum, limit, range } = self.settings;
        let (low, high) = range.unwrap_or((f32::NEG_INFINITY, f32::INFINITY));
        let rows = self.rows.chunks_exact_mut(self.width);
        let rows = rows.zip(self.velocity.chunks_exact_mut(self.width));
        for ((row, velocity), gradient) in rows.zip(self.gradient.chunks_exact(self.width)) {
            let scale = limit.map_or(1.0, |limit| {
                let norm = sum_of(gradient, gradient, |a, b| a * b).sqrt();
                if norm > limit { limit / norm } else { 1.0 }
            });
            if momentum == 0.0 {
                for (h, &g) in row.iter_mut().zip(gradient) {
                    *h = clamp(*h - rate * (scale * g), low, high);
                }
                continue;
            }
            for ((h, u), &g) in row.iter_mut().zip(velocity).zip(gradient) {
                *u = momentum * *u + scale * g;
                *h = clamp(*h - rate * *u, low, high);
            }
        }
    }
}

/// Limits x to [low, high]; NaN stays NaN.
#[inline(always)]
fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_steps_by_hand() {
        let (mut rows, mut velocity) = (vec![1.0, 1.0, 0.25, 0.5], vec![0.0; 4]);
        let by = Descent { rate: 0.5, momentum: 0.5, limit: Some(5.0), range: Some((0.0, 1.0)) };
        let gradient = [6.0, 8.0, 1.0, -0.5];
        // The norm of the first gradient is 10.
        descend(&mut rows, &mut velocity, &gradient, 2, by);
        assert_eq!(velocity, [3.0, 4.0, 1.0, -0.5]);
        assert_eq!(rows, [0.0, 0.0, 0.0, 0.75]);
        descend(&mut rows, &mut velocity, &[0.0, 0.0, -0.5, 0.0], 2, by);
        assert_eq!(velocity, [1.5, 2.0, 0.0, -0.25]);
        assert_eq!(rows, [0.0, 0.0, 0.0, 0.875]);
    }

    #[test]
    fn without_momentum_or_limits_it_is_plain_descent() {
        let (mut rows, mut velocity) = (vec![1.0, f32::NAN, 1.0], vec![7.0; 3]);
        let by = Descent { rate: 0.5, momentum: 0.0, limit: None, range: None };
        descend(&mut rows, &mut velocity, &[4.0, 1.0, -4.0], 3, by);
        assert_eq!([rows[0], rows[2]], [-1.0, 3.0]);
        assert!(rows[1].is_nan());
        assert_eq!(velocity, [7.0; 3]);
    }

    #[test]
    fn many_rows_are_shared_by_threads() {
        let (n, d) = (300, 101);
        let (mut rows, mut velocity) = (vec![2.0; n * d], vec![1.0; n * d]);
        let gradient: Vec<f32> = (0..n * d).map(|i| (i % d) as f32).collect();
        let by = Descent { rate: 0.25, momentum: 1.0, limit: None, range: None };
        descend(&mut rows, &mut velocity, &gradient, d, by);
        let expected = |i: usize| 2.0 - 0.25 * (1.0 + (i % d) as f32);
        assert!(rows.iter().enumerate().all(|(i, &h)| h == expected(i)));
    }
}
