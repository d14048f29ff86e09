//! Store digits, damage them, and see how many are found again, by each similarity.
//!
//!   cargo run --release --example recall
//!
//! With the dot product, bold digits have large norms and win where they should not: with 1,000 stored
//! digits, only about 3 in 10 are found from their upper halves. The cosine finds nearly all. What is hidden
//! should say nothing: 0 does for dot and cosine, the mean of the stored digits for what looks at differences.

#![allow(clippy::print_stdout)]

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_data::{Mask, Noise, Split, Task};
use hopfield_layer::{Beta, HopfieldLayerConfig, LayerError, Similarity};

const DIM: usize = 28 * 28;

/// What is done to the digits.
#[derive(Clone, Copy)]
enum Damage {
    /// The lower half becomes 0.
    Blank,
    /// The lower half becomes that of the stored digits' mean.
    Mean,
    /// Normal noise of this standard deviation is added.
    Noise(f64),
}

impl Damage {
    /// stored: `[n, d]`.
    fn apply(self, stored: &Tensor<2>) -> Tensor<2> {
        let [n, d] = stored.dims();
        let task = match self {
            Damage::Blank | Damage::Mean => Task::Complete(Mask::Bottom),
            Damage::Noise(std) => Task::Denoise(Noise::Gaussian { std }),
        };
        let mut pixels: Vec<f32> = stored.to_data().iter::<f32>().collect();
        task.damage(&mut pixels, 28, 28, 0, 0);
        let damaged = Tensor::from_data(TensorData::new(pixels, [n, d]), &stored.device());
        match self {
            // stored − damaged is the lower half.
            Damage::Mean => damaged.clone() + (stored.clone() - damaged).mean_dim(0),
            _ => damaged,
        }
    }
}

/// The share of `digits`' images `from..from + n` whose own pattern has the largest weight.
fn found(
    digits: &Split,
    from: usize,
    n: usize,
    damage: Damage,
    similarity: Similarity,
) -> Result<f64, LayerError> {
    let pixels = digits.unit_pixels_of(&(from..from + n).collect::<Vec<_>>());
    let stored = Tensor::<2>::from_data(TensorData::new(pixels, [n, DIM]), &Device::flex());
    let states = damage.apply(&stored);
    let layer = HopfieldLayerConfig::new(n, DIM)
        .with_similarity(similarity)
        .with_beta(Beta::Fixed(1.0))
        .store(stored, None)?;
    let best = layer.associate(states).argmax(1).into_data(); // [n, 1]
    let right = best.iter::<i64>().enumerate().filter(|&(i, j)| i as i64 == j);
    Ok(right.count() as f64 / n as f64)
}

/// The mean over up to 20 disjoint sets of n digits, for each similarity.
fn mean_found(digits: &Split, n: usize, damage: Damage) -> Result<Vec<f64>, LayerError> {
    let sets = (digits.count() / n).min(20);
    let mean = |similarity| {
        let shares = (0..sets).map(|set| found(digits, set * n, n, damage, similarity));
        Ok(shares.sum::<Result<f64, _>>()? / sets as f64)
    };
    Similarity::ALL.into_iter().map(mean).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let digits = hopfield_data::bundled()?.train;
    println!("stored  damage               dot  centred dot  cosine  Euclidean  LayerNorm");
    for n in [10, 100, 1000] {
        for (name, damage) in [
            ("lower half 0", Damage::Blank),
            ("lower half mean", Damage::Mean),
            ("noise σ = 1", Damage::Noise(1.0)),
        ] {
            let found = mean_found(&digits, n, damage)?;
            let [dot, centred, cosine, euclidean, norm] = found[..] else { unreachable!() };
            println!(
                "{n:>6}  {name:<16}  {dot:>6.3}  {centred:>11.3}  {cosine:>6.3}  {euclidean:>9.3}  {norm:>9.3}"
            );
        }
    }
    Ok(())
}

/// Independent programs found .28–.31 (dot) and about .96 (cosine) with 0, .99 (centred dot) with the mean.
#[test]
fn as_many_are_found_as_elsewhere() {
    let digits = hopfield_data::bundled().unwrap().train;
    let blank = mean_found(&digits, 1000, Damage::Blank).unwrap();
    let mean = mean_found(&digits, 1000, Damage::Mean).unwrap();
    for (share, low, high) in [(blank[0], 0.25, 0.34), (blank[2], 0.94, 0.98), (mean[1], 0.98, 1.0)]
    {
        assert!((low..=high).contains(&share), "{share}");
    }
}
