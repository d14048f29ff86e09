//! How a layer uses its patterns.

use hopfield_layer::Usage;
use serde::Serialize;

/// How a layer uses each of its patterns, head by head: h·N numbers each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PatternUsage {
    /// The mean weight of each pattern over the states.
    pub mean_weights: Vec<f32>,
    /// The number of states of which each pattern is the best match.
    pub best_matches: Vec<f32>,
}

impl PatternUsage {
    /// How many of the patterns of a layer with these numbers and h heads, `[N, h]`, are used, counted in every head: as
    /// [`used_patterns`](hopfield_model::LayerEvaluation::used_patterns).
    ///
    /// # Panics
    ///
    /// If the numbers are not those of N patterns.
    pub fn used_patterns(
        &self,
        patterns: &[f32],
        values: Option<&[f32]>,
        [n, heads]: [usize; 2],
    ) -> usize {
        let used = |&index: &usize| {
            let (weight, matches) = (self.mean_weights[index], self.best_matches[index]);
            !hopfield_layer::is_dead(weight.into(), matches > 0.0, n)
        };
        let used = (0..self.mean_weights.len()).filter(used);
        hopfield_layer::distinct_patterns(used, patterns, values, [n, heads])
    }

    /// Over all heads: of each of N patterns the mean of its weights, and the sum of its best matches.
    pub fn over_heads(&self, patterns: usize) -> Self {
        let sums = |numbers: &[f32]| -> Vec<f32> {
            let of = |pattern| numbers.iter().skip(pattern).step_by(patterns).sum();
            (0..patterns).map(of).collect()
        };
        let heads = (self.mean_weights.len() / patterns) as f32;
        let mean_weights = sums(&self.mean_weights).into_iter().map(|weight| weight / heads);
        Self { mean_weights: mean_weights.collect(), best_matches: sums(&self.best_matches) }
    }
}

impl From<&Usage> for PatternUsage {
    fn from(usage: &Usage) -> Self {
        Self {
            mean_weights: usage.mean_weights().iter().map(|&weight| weight as f32).collect(),
            best_matches: usage.best_matches().iter().map(|&count| count as f32).collect(),
        }
    }
}
