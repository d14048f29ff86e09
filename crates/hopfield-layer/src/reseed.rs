//! Bringing dead patterns back to life.

use burn::tensor::{Bool, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::index;

use crate::draw::select;
use crate::heads::join;
use crate::{HopfieldLayer, LayerError};

impl HopfieldLayer {
    /// Replaces patterns by distinct examples, drawn at random: usually those that
    /// [`Usage::dead_patterns`](crate::Usage::dead_patterns) names, which never win and so never learn. Values
    /// of their own stay; they learn once their pattern wins.
    ///
    /// # Shapes
    ///
    /// - examples: `[n, d]`
    ///
    /// # Errors
    ///
    /// The examples have another dimension than the patterns, or there are fewer of them than patterns to replace.
    ///
    /// # Panics
    ///
    /// If an index is not below h·N.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use hopfield_layer::HopfieldLayer;
    ///
    /// let device = Device::flex();
    /// let mut layer = HopfieldLayer::from_patterns(Tensor::zeros([3, 2], &device), 1.0)?;
    /// layer.reseed(&[1], &Tensor::ones([5, 2], &device), 7)?;
    /// let patterns: Vec<f32> = layer.patterns.val().into_data().try_to_vec().unwrap();
    /// assert_eq!(patterns, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    /// # Ok::<(), hopfield_layer::LayerError>(())
    /// ```
    pub fn reseed(
        &mut self,
        patterns: &[usize],
        examples: &Tensor<2>,
        seed: u64,
    ) -> Result<(), LayerError> {
        let (n, [available, found]) = (self.pattern_count(), examples.dims());
        if found != self.dim() {
            let expected = self.dim();
            return Err(LayerError::WrongDimension { what: "examples", found, expected });
        }
        let mut rows: Vec<usize> = patterns.iter().map(|pattern| pattern % n).collect();
        rows.sort_unstable();
        rows.dedup();
        if rows.len() > available {
            let patterns = rows.len();
            return Err(LayerError::TooFewExamples { patterns, examples: available });
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let drawn = index::sample(&mut rng, available, rows.len());
        // Under the mask nothing is seen of the rows that stay.
        let mut example_of_row = vec![0; n];
        rows.into_iter().zip(drawn).for_each(|(row, example)| example_of_row[row] = example);
        let examples = select(examples, &example_of_row).without_autodiff();
        let mask = self.entries_of(patterns);
        self.update(|h| h.mask_where(mask, examples), |v| v, |log_beta| log_beta);
        Ok(())
    }

    /// True at the entries of H that belong to these of its h·N patterns: `[N, d]`.
    ///
    /// # Panics
    ///
    /// If an index is not below h·N.
    pub fn entries_of(&self, patterns: &[usize]) -> Tensor<2, Bool> {
        let (h, [n, d]) = (self.heads(), self.patterns.dims());
        let mut chosen = vec![0.0f32; h * n];
        patterns.iter().for_each(|&pattern| chosen[pattern] = 1.0);
        let device = self.patterns.val().device().inner();
        let chosen = Tensor::<1>::from_data(chosen.as_slice(), &device).reshape([h, n, 1]);
        join(chosen.expand([h, n, d / h])).greater_elem(0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Beta, HopfieldLayerConfig};
    use burn::tensor::Device;

    #[test]
    fn only_the_named_parts_change() {
        let device = Device::flex();
        let config = HopfieldLayerConfig::new(3, 4).with_heads(2).with_beta(Some(Beta::Fixed(1.0)));
        let mut layer = config.store(Tensor::zeros([3, 4], &device), None).unwrap();
        // Pattern 1 of head 0, patterns 1 and 2 of head 1.
        layer.reseed(&[1, 4, 5], &Tensor::ones([2, 4], &device), 1).unwrap();
        let found: Vec<f32> = layer.patterns.val().into_data().try_to_vec().unwrap();
        assert_eq!(found, [0., 0., 0., 0., 1., 1., 1., 1., 0., 0., 1., 1.]);
    }

    #[test]
    fn examples_that_do_not_fit_are_refused() {
        let device = Device::flex();
        let mut layer = HopfieldLayerConfig::new(3, 4).try_init(1, &device).unwrap();
        let error = layer.reseed(&[0], &Tensor::ones([9, 5], &device), 1).unwrap_err();
        assert_eq!(error.to_string(), "examples have dimension 5; needed is 4");
        let error = layer.reseed(&[0, 1], &Tensor::ones([1, 4], &device), 1).unwrap_err();
        assert!(matches!(error, LayerError::TooFewExamples { patterns: 2, examples: 1 }));
    }
}
