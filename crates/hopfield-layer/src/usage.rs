//! How a layer's weights are spread, and how much each pattern is used.

use std::collections::HashSet;

use burn::tensor::Tensor;
use hopfield_kernels::cube;

/// The weight that the patterns of a metastable state carry together: .9, which rounding must not make a sum miss.
const METASTABLE_WEIGHT: f64 = 0.9 - 1e-6;

/// Association weights seen so far, batch by batch. With h heads every head counts as a layer of its own:
/// what is per state has h entries per state, and what is per pattern is counted over h·N patterns, head by
/// head.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use hopfield_layer::Usage;
///
/// let mut usage = Usage::new(1);
/// usage.add(&Tensor::from_data([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]], &Device::flex()));
/// assert_eq!(usage.mean_weights(), [0.25, 0.75, 0.0]);
/// assert_eq!(usage.metastable_sizes(), [2, 1]);
/// assert_eq!(usage.dead_patterns(), [2]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    heads: usize,
    states: usize,
    entropies: Vec<f64>,
    metastable_sizes: Vec<usize>,
    weights: Vec<f64>,
    best_matches: Vec<usize>,
}

impl Usage {
    /// An empty tally for a layer with `heads` heads.
    pub fn new(heads: usize) -> Self {
        Self {
            heads,
            states: 0,
            entropies: Vec::new(),
            metastable_sizes: Vec::new(),
            weights: Vec::new(),
            best_matches: Vec::new(),
        }
    }

    /// Adds the weights of a batch.
    ///
    /// # Shapes
    ///
    /// - weights: `[B, h·N]`, as from [`HopfieldLayer::associate`](crate::HopfieldLayer::associate)
    ///
    /// # Panics
    ///
    /// If the number of patterns is another than before, or no multiple of h.
    pub fn add(&mut self, weights: &Tensor<2>) {
        let [b, width] = weights.dims();
        let n = width / self.heads;
        assert_eq!(n * self.heads, width, "{width} weights for {} heads", self.heads);
        if self.states == 0 {
            self.weights = vec![0.0; width];
            self.best_matches = vec![0; width];
        }
        assert_eq!(self.weights.len(), width, "the number of patterns has changed");
        self.states += b;

        let weights = weights.clone().without_autodiff();
        let sums = weights.clone().sum_dim(0); // [1, h·N]
        // A row per state and head.
        let weights = weights.reshape([b * self.heads, n]);
        if cube::fits(&[&weights]) {
            self.add_statistics(cube::statistics(weights, METASTABLE_WEIGHT as f32), sums);
            return;
        }
        self.add_sums(sums.into_data().iter::<f64>());
        let (largest, best) = weights.clone().max_dim_with_indices(1);
        let (largest, best) = (largest.into_data(), best.into_data());
        for (row, (best, largest)) in best.iter::<i64>().zip(largest.iter::<f32>()).enumerate() {
            self.add_best_match(row, best as usize, largest);
        }
        let log = weights.clone().clamp_min(f32::MIN_POSITIVE).log();
        let entropy = -(weights.clone() * log).sum_dim(1); // [B·h, 1]
        self.entropies.extend(entropy.into_data().iter::<f64>());

        let mut weights: Vec<f32> = weights.into_data().iter().collect();
        self.metastable_sizes.extend(weights.chunks_exact_mut(n).map(metastable_size));
    }

    /// What a device has found: statistics `[B·h, 4]` and sums `[1, h·N]`, read at once.
    fn add_statistics(&mut self, statistics: Tensor<2>, sums: Tensor<2>) {
        let numbers = Tensor::cat(vec![statistics.flatten::<1>(0, 1), sums.flatten(0, 1)], 0);
        let numbers: Vec<f32> = numbers.into_data().iter().collect();
        let (statistics, sums) = numbers.split_at(numbers.len() - self.weights.len());
        self.add_sums(sums.iter().map(|&sum| f64::from(sum)));
        for (row, found) in statistics.chunks_exact(4).enumerate() {
            self.add_best_match(row, found[0] as usize, found[1]);
            self.entropies.push(f64::from(found[2]));
            self.metastable_sizes.push(found[3] as usize);
        }
    }

    fn add_sums(&mut self, sums: impl Iterator<Item = f64>) {
        self.weights.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
    }

    fn add_best_match(&mut self, row: usize, best: usize, largest: f32) {
        // A row without any weight has no best match.
        if largest > 0.0 {
            let n = self.weights.len() / self.heads;
            self.best_matches[row % self.heads * n + best] += 1;
        }
    }

    /// `−Σ_n P_n ln P_n` in nats, of every state and head. (Weights that sum to less than 1 are taken as they
    /// are: a state without any match has 0.)
    pub fn entropies(&self) -> &[f64] {
        &self.entropies
    }

    /// `exp(entropy)`, the mean over states and heads: how many patterns share a state's weight. 1 = one
    /// pattern takes all, N = all are alike.
    pub fn perplexity(&self) -> f64 {
        self.entropies.iter().map(|entropy| entropy.exp()).sum::<f64>()
            / self.entropies.len() as f64
    }

    /// k(0.9) of every state and head: the smallest k such that its k largest weights sum to 0.9 (Ramsauer et
    /// al. 2020); N if they never do.
    pub fn metastable_sizes(&self) -> &[usize] {
        &self.metastable_sizes
    }

    /// The mean weight of every pattern, over the states: `h·N` numbers.
    pub fn mean_weights(&self) -> Vec<f64> {
        self.weights.iter().map(|weight| weight / self.states as f64).collect()
    }

    /// Of how many states every pattern is the best match: `h·N` numbers.
    pub fn best_matches(&self) -> &[usize] {
        &self.best_matches
    }

    /// The [dead](is_dead) patterns, as indices into `h·N`.
    pub fn dead_patterns(&self) -> Vec<usize> {
        let n = self.weights.len() / self.heads;
        let means = self.mean_weights();
        let dead = |&index: &usize| is_dead(means[index], self.best_matches[index] > 0, n);
        (0..means.len()).filter(dead).collect()
    }
}

/// Whether one of N = `patterns` patterns is dead: the best match of no state, with a mean weight below a tenth of 1/N.
pub fn is_dead(mean_weight: f64, is_best_match: bool, patterns: usize) -> bool {
    !is_best_match && mean_weight < 0.1 / patterns as f64
}

/// How many of the `chosen` patterns, indices into h·N, differ from each other: copies within a head, with equal values, count
/// once, since they weigh alike and learn alike.
///
/// # Shapes
///
/// - patterns: `[N, d]` and values: `[N, m]`, row by row
///
/// # Panics
///
/// If an index is not below h·N, or the numbers are not N rows of h parts.
pub fn distinct_patterns(
    chosen: impl IntoIterator<Item = usize>,
    patterns: &[f32],
    values: Option<&[f32]>,
    [n, heads]: [usize; 2],
) -> usize {
    let part = |numbers: &[f32], index: usize| -> Vec<u32> {
        let width = numbers.len() / n / heads;
        let start = (index % n * heads + index / n) * width;
        // 0 and −0 are the same number.
        numbers[start..start + width].iter().map(|number| (number + 0.0).to_bits()).collect()
    };
    let of = |index| (index / n, part(patterns, index), values.map(|values| part(values, index)));
    chosen.into_iter().map(of).collect::<HashSet<_>>().len()
}

/// The smallest k such that the k largest of these weights sum to [`METASTABLE_WEIGHT`]; all, if they never do. Halves what
/// is left again and again: the larger half is enough, or all of it counts.
fn metastable_size(mut weights: &mut [f32]) -> usize {
    let (mut missing, mut size) = (METASTABLE_WEIGHT, 0);
    while weights.len() > 1 {
        let half = weights.len() / 2;
        weights.select_nth_unstable_by(half, |a, b| b.total_cmp(a));
        let (larger, smaller) = weights.split_at_mut(half);
        let sum: f64 = larger.iter().map(|&weight| f64::from(weight)).sum();
        if sum >= missing {
            weights = larger;
        } else {
            missing -= sum;
            size += half;
            weights = smaller;
        }
    }
    size + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn usage_by_hand() {
        let device = Device::flex();
        let mut usage = Usage::new(1);
        usage.add(&Tensor::from_data([[0.5, 0.5, 0.0, 0.0]], &device));
        usage.add(&Tensor::from_data([[1.0, 0.0, 0.0, 0.0], [0.85, 0.0, 0.0, 0.15]], &device));
        // Perplexities 2, 1 and exp(H(.85, .15)); the last pattern carries .05 ≥ .1 / 4 on average.
        let third = (-(0.85f64 * 0.85f64.ln() + 0.15 * 0.15f64.ln())).exp();
        assert!((usage.perplexity() - (2.0 + 1.0 + third) / 3.0).abs() < 1e-6);
        assert_eq!(usage.metastable_sizes(), [2, 1, 2]);
        assert_eq!(usage.best_matches(), [3, 0, 0, 0]);
        assert_eq!(usage.dead_patterns(), [2]);
    }

    #[test]
    fn metastable_sizes_are_those_of_sorting() {
        for n in 1..70usize {
            let weight = |i: usize| ((i * 37 + i * i * 11 + n) % 17) as f32;
            let sum: f32 = (0..n).map(weight).sum::<f32>().max(1.0);
            let mut weights: Vec<f32> = (0..n).map(|i| weight(i) / sum).collect();
            let mut sorted = weights.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let mut left = METASTABLE_WEIGHT;
            let enough = sorted.into_iter().position(|weight| {
                left -= f64::from(weight);
                left <= 0.0
            });
            assert_eq!(metastable_size(&mut weights), enough.map_or(n, |last| last + 1), "{n}");
        }
        assert_eq!(metastable_size(&mut [0.1, 0.5, 0.2]), 3);
    }

    #[test]
    fn copies_count_once() {
        let patterns = [0.0, 1.0, -0.0, 1.0, 2.0, 1.0];
        assert_eq!(distinct_patterns(0..3, &patterns, None, [3, 1]), 2);
        assert_eq!(distinct_patterns(0..3, &patterns, Some(&[5.0, 6.0, 5.0]), [3, 1]), 3);
        // Heads: [0, 0, 2] and [1, 1, 1].
        assert_eq!(distinct_patterns(0..6, &patterns, None, [3, 2]), 3);
        assert_eq!(distinct_patterns([0, 1], &patterns, None, [3, 2]), 1);
    }

    #[test]
    fn heads_are_counted_apart() {
        let mut usage = Usage::new(2);
        let weights = [[1.0, 0.0, 0.0, 0.5, 0.25, 0.25], [0.0, 0.0, 1.0, 0.5, 0.5, 0.0]];
        usage.add(&Tensor::from_data(weights, &Device::flex()));
        assert_eq!(usage.metastable_sizes(), [1, 3, 1, 2]);
        assert_eq!(usage.mean_weights(), [0.5, 0.0, 0.5, 0.5, 0.375, 0.125]);
        assert_eq!(usage.best_matches(), [1, 0, 1, 2, 0, 0]);
        assert_eq!(usage.dead_patterns(), [1]);
    }

    #[test]
    fn a_state_without_weights_matches_nothing() {
        let mut usage = Usage::new(1);
        usage.add(&Tensor::from_data([[0.0, 0.0], [0.0, 1.0]], &Device::flex()));
        assert_eq!(usage.best_matches(), [0, 1]);
        assert_eq!(usage.dead_patterns(), [0]);
    }
}
