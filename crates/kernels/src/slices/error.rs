//! The squared error.

use crate::slices::lanes::{Kernel, by_rows, sum_of, vectorised};

/// Squares that are added up in f32; the sums of these parts are added up in f64.
const PART: usize = 1 << 12;

/// `Σ (r − t)²`. Replaces every r by r − t, which is half the gradient with respect to r.
///
/// # Panics
///
/// If the lengths differ.
pub fn squared_error(retrieved: &mut [f32], target: &[f32]) -> f64 {
    assert_eq!(retrieved.len(), target.len());
    let sums = by_rows(retrieved, PART, |first, retrieved| {
        let target = &target[first * PART..][..retrieved.len()];
        vectorised(SquaredError { retrieved, target })
    });
    sums.into_iter().sum()
}

struct SquaredError<'a> {
    retrieved: &'a mut [f32],
    target: &'a [f32],
}

impl Kernel for SquaredError<'_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let mut sum = 0.0;
        for (retrieved, target) in self.retrieved.chunks_mut(PART).zip(self.target.chunks(PART)) {
            for (r, t) in retrieved.iter_mut().zip(target) {
                *r -= t;
            }
            sum += f64::from(sum_of(retrieved, retrieved, |a, b| a * b));
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_of_squares_and_leaves_the_differences() {
        for count in [1, 31, 784, 3 * PART + 5, 70_000] {
            let target: Vec<f32> = (0..count).map(|i| (i % 7) as f32).collect();
            let mut retrieved: Vec<f32> = (0..count).map(|i| (i % 5) as f32).collect();
            let difference = |i: usize| (i % 5) as f32 - (i % 7) as f32;
            let expected: f64 = (0..count).map(|i| f64::from(difference(i)).powi(2)).sum();
            assert_eq!(squared_error(&mut retrieved, &target), expected);
            assert!(retrieved.iter().enumerate().all(|(i, &r)| r == difference(i)));
        }
    }
}
