//! How good the answers to queries are.

use burn::tensor::{Bool, Tensor};
use hopfield_layer::{Usage, matmul};

use crate::host::to_host;

/// Sums over queries; the [`mean`](Self::mean) of each is reported.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) queries: usize,
    /// Queries whose own pattern is nearest to the answer.
    pub(crate) top_1: usize,
    /// Queries whose answer is exactly the pattern (to half a grey value).
    pub(crate) exact: usize,
    /// Queries whose answer is exactly the pattern or its negative.
    pub(crate) exact_up_to_sign: usize,
    /// Squared errors per pixel, pixels in [0, 1].
    pub(crate) mse: f64,
    /// Shares of pixels on the wrong side of ½.
    pub(crate) bit_errors: f64,
    /// Queries with a sum of squared errors below 50.
    pub(crate) below_50: usize,
    /// Updates made.
    pub(crate) steps: usize,
    /// Entropies of the weights of first updates, in nats.
    pub(crate) entropy: f64,
    /// Metastable sizes, in patterns.
    pub(crate) metastable_size: f64,
    /// Weights of the right patterns.
    pub(crate) right_weight: f64,
    /// Sets of patterns.
    pub(crate) sets: usize,
    pub(crate) store_seconds: f64,
    pub(crate) recall_seconds: f64,
}

/// Answers within this of a pattern have the same 8-bit grey value.
const HALF_A_GREY_VALUE: f32 = 0.5 / 255.0;

/// Whether answers are exactly the patterns, by their errors `[B, d]`; pixels in [0, 1].
pub(crate) fn exact(errors: Tensor<2>) -> Vec<bool> {
    let largest = to_host(errors.abs().max_dim(1));
    largest.into_iter().map(|error| error < HALF_A_GREY_VALUE).collect()
}

impl Tally {
    /// Adds the answers `[B, d]` to queries made of the first B stored patterns `[N, d]`; pixels in [0, 1].
    pub(crate) fn add(&mut self, answers: &Tensor<2>, stored: &Tensor<2>, steps: &[usize]) {
        let [count, d] = answers.dims();
        let wanted = stored.clone().narrow(0, 0, count);
        self.queries += count;
        self.top_1 += found(answers, stored);
        let error = answers.clone() - wanted.clone();
        let to_negative = answers.clone() + wanted.clone() - 1.0;
        for (is, negative) in exact(error.clone()).into_iter().zip(exact(to_negative)) {
            self.exact += usize::from(is);
            self.exact_up_to_sign += usize::from(is || negative);
        }
        let squares: Vec<f64> = error.square().sum_dim(1).into_data().iter::<f64>().collect();
        self.mse += squares.iter().sum::<f64>() / d as f64;
        self.below_50 += squares.iter().filter(|&&square| square < 50.0).count();
        let ink =
            |pixels: &Tensor<2>| -> Tensor<2, Bool> { pixels.clone().greater_equal_elem(0.5) };
        let wrong = ink(answers).not_equal(ink(&wanted)).int().sum().into_scalar::<i64>();
        self.bit_errors += wrong as f64 / d as f64;
        self.steps += steps.iter().sum::<usize>();
    }

    /// Adds the weights `[B, N]` for queries made of the first B patterns.
    pub(crate) fn add_weights(&mut self, weights: &Tensor<2>) {
        let [count, n] = weights.dims();
        let mut usage = Usage::new(1);
        usage.add(weights);
        self.entropy += usage.entropies().iter().sum::<f64>();
        self.metastable_size += usage.metastable_sizes().iter().sum::<usize>() as f64;
        let numbers = to_host(weights.clone());
        self.right_weight += (0..count).map(|i| f64::from(numbers[i * n + i])).sum::<f64>();
    }

    /// The mean over queries.
    pub(crate) fn mean(&self, sum: f64) -> f64 {
        sum / self.queries as f64
    }

    /// The share of queries.
    pub(crate) fn share(&self, count: usize) -> f64 {
        self.mean(count as f64)
    }
}

/// The number of answers `[B, d]` to which no stored pattern `[N, d]` is nearer than their own, the one with the same index.
fn found(answers: &Tensor<2>, stored: &Tensor<2>) -> usize {
    let [count, n] = [answers.dims()[0], stored.dims()[0]];
    let half_square = stored.clone().square().sum_dim(1).transpose() * 0.5; // [1, N]
    let closeness = matmul(answers.clone(), stored.clone().transpose()) - half_square; // [B, N]
    let numbers = to_host(closeness);
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
        let third = 1.0 / 3.0;
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a}, not {b}");
        close(tally.share(tally.top_1), 2.0 * third);
        close(tally.share(tally.exact), third);
        close(tally.share(tally.exact_up_to_sign), 2.0 * third);
        close(tally.mean(tally.mse), third * (1e-6 + 4.0 + 0.16 + 0.16 + 0.25 + 0.16) / 4.0);
        close(tally.mean(tally.bit_errors), third);
        close(tally.share(tally.below_50), 1.0);
        close(tally.share(tally.steps), 2.0);
        close(tally.mean(tally.right_weight), third * 1.25);
        close(tally.mean(tally.metastable_size), third * 4.0);
    }
}
