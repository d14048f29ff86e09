//! Drawing the first patterns: on the host, so that a seed gives the same bits on every device.

use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::rngs::ChaCha8Rng;
use rand::seq::index;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, Normal, Uniform};

use crate::{Init, LayerError};

/// A seed from the random numbers of the device: 16 bits from each of four.
pub(crate) fn draw_seed(device: &Device) -> u64 {
    let drawn = Tensor::<1>::random([4], burn::tensor::Distribution::Default, device).into_data();
    let bits = |number: f64| (number * 65536.0).min(65535.0) as u64;
    drawn.iter::<f64>().fold(0, |seed, number| (seed << 16) | bits(number))
}

/// `shape` random numbers, or nothing if `init` takes them from data. `init` has been checked.
pub(crate) fn draw_rows(
    init: Init,
    shape: [usize; 2],
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Option<Tensor<2>> {
    let entries = shape[0] * shape[1];
    Some(match init {
        Init::Uniform { low, high } => {
            let uniform = Uniform::new(low, high).expect("low < high was checked");
            tensor(uniform.sample_iter(rng).take(entries), shape, device)
        }
        Init::Normal { mean, std } => {
            let normal = Normal::new(mean, std).expect("std > 0 was checked");
            tensor(normal.sample_iter(rng).take(entries), shape, device)
        }
        Init::Data | Init::KMeansPlusPlus => return None,
    })
}

/// Numbers as an f32 tensor.
pub(crate) fn tensor<const D: usize>(
    numbers: impl Iterator<Item = f64>,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    let numbers: Vec<f32> = numbers.map(|number| number as f32).collect();
    Tensor::from_data(TensorData::new(numbers, shape), device)
}

/// `count` distinct rows of `examples`, as `init` says.
pub(crate) fn draw_examples(
    init: Init,
    count: usize,
    seed: u64,
    examples: &Tensor<2>,
) -> Result<Tensor<2>, LayerError> {
    let [n, _] = examples.dims();
    if n < count {
        return Err(LayerError::TooFewExamples { patterns: count, examples: n });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows: Vec<usize> = match init {
        Init::KMeansPlusPlus => k_means_plus_plus(count, examples, &mut rng),
        _ => index::sample(&mut rng, n, count).into_vec(),
    };
    Ok(select(examples, &rows))
}

/// The rows of these numbers.
pub(crate) fn select(examples: &Tensor<2>, rows: &[usize]) -> Tensor<2> {
    let rows: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
    let count = rows.len();
    let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [count]), &examples.device());
    examples.clone().select(0, rows)
}

/// The seeding of k-means++ (Arthur & Vassilvitskii 2007): the first row is any, each next one is drawn with
/// a probability proportional to its squared distance from the nearest row that has been drawn.
fn k_means_plus_plus(count: usize, examples: &Tensor<2>, rng: &mut impl Rng) -> Vec<usize> {
    let [n, d] = examples.dims();
    // On the host: a device's rounding could tip a draw, and all that follows would be others.
    let examples: Vec<f32> = examples.to_data().iter::<f32>().collect();
    let row = |index: usize| &examples[index * d..(index + 1) * d];
    let mut distances = vec![f64::INFINITY; n];
    let mut drawn = vec![rng.random_range(0..n)];
    while drawn.len() < count {
        let last = row(*drawn.last().expect("one was drawn"));
        for (index, nearest) in distances.iter_mut().enumerate() {
            *nearest = nearest.min(squared_distance(row(index), last));
        }
        drawn.push(weighted(&distances, rng).unwrap_or_else(|| {
            // All that is left are copies of what was drawn.
            let left: Vec<usize> = (0..n).filter(|row| !drawn.contains(row)).collect();
            left[rng.random_range(0..left.len())]
        }));
    }
    drawn
}

/// `‖a − b‖²`, in 16 sums side by side, which the compiler turns into vector instructions.
fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 16;
    let mut sums = [0.0f32; LANES];
    let (chunks_a, chunks_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = chunks_a.remainder().iter().zip(chunks_b.remainder());
    let rest: f32 = rest.map(|(a, b)| (a - b).powi(2)).sum();
    for (a, b) in chunks_a.zip(chunks_b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.into_iter().map(f64::from).sum::<f64>() + f64::from(rest)
}

/// An index with a probability proportional to its weight, if one is positive.
fn weighted(weights: &[f64], rng: &mut impl Rng) -> Option<usize> {
    let total: f64 = weights.iter().sum();
    let mut left = rng.random::<f64>() * total;
    let positive = weights.iter().enumerate().filter(|&(_, &weight)| weight > 0.0);
    let mut chosen = None;
    for (index, weight) in positive {
        chosen = Some(index);
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rng(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    fn values(init: Init, seed: u64) -> Vec<f32> {
        let patterns = draw_rows(init, [100, 100], &mut rng(seed), &Device::flex()).unwrap();
        patterns.into_data().try_to_vec().unwrap()
    }

    fn numbered(n: usize) -> Tensor<2> {
        tensor((0..n).map(|i| i as f64), [n, 1], &Device::flex())
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
        for init in [Init::Data, Init::KMeansPlusPlus] {
            let drawn = draw_examples(init, 50, 3, &numbered(50)).unwrap();
            let mut drawn: Vec<f32> = drawn.into_data().try_to_vec().unwrap();
            assert!(!drawn.is_sorted());
            drawn.sort_by(f32::total_cmp);
            assert_eq!(drawn, (0..50).map(|i| i as f32).collect::<Vec<_>>());

            let error = draw_examples(init, 51, 3, &numbered(50)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "51 patterns are drawn from distinct examples, but there are only 50"
            );
        }
    }

    #[test]
    fn k_means_plus_plus_prefers_what_is_far_away() {
        // 40 copies of 0, 40 of 1, and one 1000: the far one is among 3 almost surely; a plain draw of 3
        // of 81 would find it in 1 of 27 cases.
        let far: Vec<f64> = [vec![0.0; 40], vec![1.0; 40], vec![1000.0]].concat();
        let examples = tensor(far.into_iter(), [81, 1], &Device::flex());
        for seed in 0..50 {
            let drawn = draw_examples(Init::KMeansPlusPlus, 3, seed, &examples).unwrap();
            let mut drawn: Vec<f32> = drawn.into_data().try_to_vec().unwrap();
            drawn.sort_by(f32::total_cmp);
            assert_eq!(drawn, [0.0, 1.0, 1000.0], "seed {seed}");
        }
        // Nothing but copies: any distinct rows.
        let copies = Tensor::<2>::ones([5, 2], &Device::flex());
        let drawn = draw_examples(Init::KMeansPlusPlus, 5, 1, &copies).unwrap();
        assert_eq!(drawn.dims(), [5, 2]);
    }
}
