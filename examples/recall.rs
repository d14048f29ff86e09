//! Store digits, hide their lower halves, and see how many are found again.
//!
//!   cargo run --release --example recall
//!
//! One step of a dense Hopfield layer with the digits as its patterns. Bold digits have large norms and
//! win many dot products that they should not: with 1,000 stored digits only about 3 in 10 are found.

#![allow(clippy::print_stdout)]

use burn::tensor::{Device, Int, Tensor, TensorData};
use hopfield_data::{Mask, Split, Task};
use hopfield_layer::{HopfieldLayer, LayerError};

const DIM: usize = 28 * 28;

/// The share of `digits`' images `from..from + n` that are found from their upper halves.
fn found(digits: &Split, from: usize, n: usize, device: &Device) -> Result<f64, LayerError> {
    let pixels = digits.unit_pixels_of(&(from..from + n).collect::<Vec<_>>());
    let tensor = |pixels| Tensor::<2>::from_data(TensorData::new(pixels, [n, DIM]), device);
    let mut upper_halves = pixels.clone();
    Task::Complete(Mask::Bottom).damage(&mut upper_halves, 28, 28, 0, 0);

    let stored = tensor(pixels);
    let layer = HopfieldLayer::from_patterns(stored.clone(), 8.0)?;
    let retrieved = layer.forward(tensor(upper_halves)); // [n, d]

    // Found: among all stored digits, the retrieved image is nearest to the right one.
    let norms = stored.clone().square().sum_dim(1).transpose(); // [1, n]
    let distances = norms - retrieved.matmul(stored.transpose()) * 2.0; // [n, n], up to a constant
    let nearest: Tensor<1, Int> = distances.argmin(1).squeeze_dim(1);
    let nearest = nearest.into_data();
    let right = nearest.iter::<i64>().enumerate().filter(|&(i, j)| i as i64 == j);
    Ok(right.count() as f64 / n as f64)
}

/// The mean over up to 100 disjoint sets of n digits.
fn mean_found(digits: &Split, n: usize, device: &Device) -> Result<f64, LayerError> {
    let sets = (digits.count() / n).min(100);
    let shares = (0..sets).map(|set| found(digits, set * n, n, device));
    Ok(shares.sum::<Result<f64, _>>()? / sets as f64)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let digits = hopfield_data::bundled()?.train;
    println!("stored digits   found from the upper half");
    for n in [10, 100, 1000] {
        println!("{n:>13}   {:.3}", mean_found(&digits, n, &Device::flex())?);
    }
    Ok(())
}

/// Two independent programs found .94–.96, .63–.70 and .28–.31, depending on the digits drawn.
#[test]
fn as_many_are_found_as_elsewhere() {
    let digits = hopfield_data::bundled().unwrap().train;
    for (n, low, high) in [(10, 0.92, 0.98), (100, 0.60, 0.73), (1000, 0.25, 0.34)] {
        let found = mean_found(&digits, n, &Device::flex()).unwrap();
        assert!((low..high).contains(&found), "{n}: {found}");
    }
}
