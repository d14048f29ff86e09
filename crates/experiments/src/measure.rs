//! How good the answers to queries are.

use burn::tensor::{Bool, Tensor};
use hopfield_layer::Usage;

/// Running sums over queries; the means are reported.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) queries: usize,
    top_1: usize,
    exact: usize,
    negative: usize,
    squared_error: f64,
    wrong_bits: f64,
    below_50: usize,
    steps: usize,
    /// For networks with weights.
    weights: Option<Weights>,
    pub(crate) sets: usize,
    pub(crate) store_seconds: f64,
    pub(crate) recall_seconds: f64,
}

#[derive(Debug, Default)]
struct Weights {
    entropy: f64,
    metastable_size: f64,
    right_weight: f64,
}

/// Means over queries.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    /// The share of queries whose own pattern is nearest to the answer.
    pub(crate) top_1: f64,
    /// The share whose answer is exactly the pattern (to half a grey value).
    pub(crate) exact: f64,
    /// The share whose answer is exactly the pattern or its negative.
    pub(crate) exact_up_to_sign: f64,
    /// The mean squared error per pixel, pixels in [0, 1].
    pub(crate) mse: f64,
    /// The share of pixels on the wrong side of ½.
    pub(crate) bit_errors: f64,
    /// The share with a sum of squared errors below 50.
    pub(crate) below_50: f64,
    /// Updates made.
    pub(crate) steps: f64,
    /// The entropy of the weights of the first update, in nats.
    pub(crate) entropy: Option<f64>,
    /// The metastable size of those weights, in patterns.
    pub(crate) metastable_size: Option<f64>,
    /// The weight of the right pattern.
    pub(crate) right_weight: Option<f64>,
}

/// Answers within this of a pattern have the same 8-bit grey value.
const HALF_A_GREY_VALUE: f32 = 0.5 / 255.0;

impl Tally {
    /// Adds the answers `[B, d]` to queries made of the first B stored patterns `[N, d]`; pixels in [0, 1].
    pub(crate) fn add(&mut self, answers: &Tensor<2>, stored: &Tensor<2>, steps: &[usize]) {
        let [count, d] = answers.dims();
        let wanted = stored.clone().narrow(0, 0, count);
        self.queries += count;
        self.top_1 += found(answers, stored);
        let error = answers.clone() - wanted.clone();
        let to_negative = answers.clone() + wanted.clone() - 1.0;
        let within = |error: &Tensor<2>| {
            let largest = error.clone().abs().max_dim(1).into_data();
            largest.iter::<f32>().map(|error| error < HALF_A_GREY_VALUE).collect::<Vec<_>>()
        };
        let (exact, negative) = (within(&error), within(&to_negative));
        self.exact += exact.iter().filter(|&&exact| exact).count();
        let either = exact.iter().zip(&negative).filter(|&(exact, negative)| *exact || *negative);
        self.negative += either.count();
        let squares: Vec<f64> = error.square().sum_dim(1).into_data().iter::<f64>().collect();
        self.squared_error += squares.iter().sum::<f64>() / d as f64;
        self.below_50 += squares.iter().filter(|&&square| square < 50.0).count();
        let ink =
            |pixels: &Tensor<2>| -> Tensor<2, Bool> { pixels.clone().greater_equal_elem(0.5) };
        let wrong = ink(answers).not_equal(ink(&wanted)).int().sum().into_scalar::<i64>();
        self.wrong_bits += wrong as f64 / d as f64;
        self.steps += steps.iter().sum::<usize>();
    }

    /// Adds the weights `[B, N]` for queries made of the first B patterns.
    pub(crate) fn add_weights(&mut self, weights: &Tensor<2>) {
        let [count, n] = weights.dims();
        let mut usage = Usage::new(1);
        usage.add(weights);
        let sums = self.weights.get_or_insert_default();
        sums.entropy += usage.entropies().iter().sum::<f64>();
        sums.metastable_size +=
            usage.metastable_sizes().iter().map(|&size| size as f64).sum::<f64>();
        let numbers: Vec<f32> = weights.to_data().iter::<f32>().collect();
        sums.right_weight +=
            (0..count).map(|query| f64::from(numbers[query * n + query])).sum::<f64>();
    }

    pub(crate) fn mean(&self) -> Measured {
        let of = |sum: f64| sum / self.queries as f64;
        let share = |count: usize| of(count as f64);
        let weights = |pick: fn(&Weights) -> f64| self.weights.as_ref().map(|sums| of(pick(sums)));
        Measured {
            top_1: share(self.top_1),
            exact: share(self.exact),
            exact_up_to_sign: share(self.negative),
            mse: of(self.squared_error),
            bit_errors: of(self.wrong_bits),
            below_50: share(self.below_50),
            steps: share(self.steps),
            entropy: weights(|sums| sums.entropy),
            metastable_size: weights(|sums| sums.metastable_size),
            right_weight: weights(|sums| sums.right_weight),
        }
    }
}

/// The number of answers `[B, d]` to which no stored pattern `[N, d]` is nearer than their own, the one with the same index.
fn found(answers: &Tensor<2>, stored: &Tensor<2>) -> usize {
    let [count, n] = [answers.dims()[0], stored.dims()[0]];
    let half_square = stored.clone().square().sum_dim(1).transpose() * 0.5; // [1, N]
    let closeness = answers.clone().matmul(stored.clone().transpose()) - half_square; // [B, N]
    let numbers: Vec<f32> = closeness.into_data().iter::<f32>().collect();
    let is_found = |(query, row): (usize, &[f32])| {
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        // The pattern may be stored twice; sums of d products are accurate to about 10⁻⁶.
        row[query] >= most - 1e-6 * most.abs()
    };
    numbers.chunks_exact(n).enumerate().take(count).filter(|&row| is_found(row)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn every_measure_matches_its_definition() {
        let device = Device::flex();
        let stored = Tensor::<2>::from_data(
            [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]],
            &device,
        );
        // The first is right, the second the negative, the third neither.
        let answers = Tensor::<2>::from_data(
            [[1.0, 1.0, 0.001, 0.0], [1.0, 1.0, 1.0, 0.0], [0.6, 0.4, 0.5, 0.4]],
            &device,
        );
        let mut tally = Tally::default();
        tally.add(&answers, &stored, &[1, 2, 3]);
        tally.add_weights(&Tensor::<2>::from_data([[0.5, 0.5], [0.25, 0.75]], &device));
        let found = tally.mean();
        let third = 1.0 / 3.0;
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a}, not {b}");
        close(found.top_1, 2.0 * third);
        close(found.exact, third);
        close(found.exact_up_to_sign, 2.0 * third);
        close(found.mse, third * (1e-6 + 4.0 + 0.16 + 0.16 + 0.25 + 0.16) / 4.0);
        close(found.bit_errors, third);
        close(found.below_50, 1.0);
        close(found.steps, 2.0);
        close(found.right_weight.unwrap(), third * 1.25);
        close(found.metastable_size.unwrap(), third * 4.0);
    }
}
