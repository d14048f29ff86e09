//! Drawing the first patterns: on the host, so that a seed gives the same bits on every device.

use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::rngs::ChaCha8Rng;
use rand::seq::index;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Normal, Uniform};

use crate::{HopfieldLayerConfig, Init, LayerError};

/// `[N, d]` random patterns, or nothing if they come from data. The config has been checked.
pub(crate) fn draw_patterns(
    config: &HopfieldLayerConfig,
    seed: u64,
    device: &Device,
) -> Option<Tensor<2>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let entries = config.patterns * config.dim;
    let values: Vec<f32> = match config.init {
        Init::Uniform { low, high } => {
            let uniform = Uniform::new(low, high).expect("low < high was checked");
            let draws = (&mut rng).sample_iter(uniform).take(entries);
            draws.map(|value| value as f32).collect()
        }
        Init::Normal { mean, std } => {
            let normal = Normal::new(mean, std).expect("std > 0 was checked");
            let draws = normal.sample_iter(&mut rng).take(entries);
            draws.map(|value| value as f32).collect()
        }
        Init::Data => return None,
    };
    let shape = [config.patterns, config.dim];
    Some(Tensor::from_data(TensorData::new(values, shape), device))
}

/// `patterns` distinct rows of `examples`.
pub(crate) fn draw_examples(
    patterns: usize,
    seed: u64,
    examples: &Tensor<2>,
) -> Result<Tensor<2>, LayerError> {
    let [n, _] = examples.dims();
    if n < patterns {
        return Err(LayerError::TooFewExamples { patterns, examples: n });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows: Vec<i64> =
        index::sample(&mut rng, n, patterns).iter().map(|row| row as i64).collect();
    let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [patterns]), &examples.device());
    Ok(examples.clone().select(0, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(init: Init, seed: u64) -> Vec<f32> {
        let config = HopfieldLayerConfig::new(100, 100).with_init(init);
        let patterns = draw_patterns(&config, seed, &Device::flex()).unwrap();
        patterns.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn draws_have_the_asked_distribution_and_depend_on_the_seed_only() {
        let uniform = Init::Uniform { low: -1.0, high: 3.0 };
        let draws = values(uniform, 7);
        assert!(draws.iter().all(|&v| (-1.0..3.0).contains(&v)));
        let mean = draws.iter().sum::<f32>() / draws.len() as f32;
        assert!((mean - 1.0).abs() < 0.05, "{mean}");
        assert_eq!(draws, values(uniform, 7));
        assert_ne!(draws, values(uniform, 8));

        let draws = values(Init::Normal { mean: 2.0, std: 0.5 }, 7);
        let mean = draws.iter().sum::<f32>() / draws.len() as f32;
        let var = draws.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / draws.len() as f32;
        assert!((mean - 2.0).abs() < 0.02, "{mean}");
        assert!((var.sqrt() - 0.5).abs() < 0.02, "{var}");
    }

    #[test]
    fn examples_are_distinct_rows() {
        let rows: Vec<f32> = (0..50).map(|i| i as f32).collect();
        let examples = Tensor::<2>::from_data(TensorData::new(rows, [50, 1]), &Device::flex());
        let drawn = draw_examples(50, 3, &examples).unwrap();
        let mut drawn: Vec<f32> = drawn.into_data().try_to_vec().unwrap();
        assert!(!drawn.is_sorted());
        drawn.sort_by(f32::total_cmp);
        assert_eq!(drawn, (0..50).map(|i| i as f32).collect::<Vec<_>>());

        let error = draw_examples(51, 3, &examples).unwrap_err();
        assert_eq!(
            error.to_string(),
            "51 patterns are drawn from distinct examples, but there are only 50"
        );
    }
}
