//! A separation of your own: any function from similarities to weights makes a memory, and autodiff trains it.
//!
//!   cargo run --release --example separation
//!
//! Here it is the Epanechnikov kernel, `max(0, 1 − β ‖x − h‖² / 2)`, normalised: patterns further away than √(2/β)
//! have no weight at all. A state that is far from all patterns gets no answer, where a softmax always has one.

#![allow(clippy::print_stdout)]

use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use hopfield_data::{Bundled, Damage, Noise, Source};
use hopfield_layer::{Beta, HopfieldLayer, HopfieldLayerConfig, LayerError, Similarity};

const STORED: usize = 500;
const DIM: usize = 784;

/// Rows that sum to 1, or to 0 if no pattern is near: `[B, N]`.
fn epanechnikov(similarities: Tensor<2>, beta: f64) -> Tensor<2> {
    let near = relu(similarities * beta + 1.0); // −½ ‖x − h‖² is the Euclidean similarity
    let sum = near.clone().sum_dim(1);
    near / sum.clone().mask_fill(sum.equal_elem(0.0), 1.0)
}

/// Digits with noise, and how they are answered: with the own separation, and with softmax.
fn answers(std: f64, beta: f64) -> Result<[Tensor<2>; 2], LayerError> {
    let device = Device::flex();
    let digits = Bundled.load().expect("they are in the program");
    let mut pixels = digits.train.rows(0..STORED).expect("they are in memory");
    let tensor = |pixels| Tensor::<2>::from_data(TensorData::new(pixels, [STORED, DIM]), &device);
    let layer: HopfieldLayer = HopfieldLayerConfig::new(STORED, DIM)
        .with_similarity(Similarity::Euclidean)
        .with_beta(Some(Beta::Fixed(beta)))
        .store(tensor(pixels.clone()), None)?;
    Damage::Noise(Noise::Gaussian { std }).apply(&mut pixels, digits.shape(), 1, 0);
    let states = tensor(pixels);
    Ok([epanechnikov(layer.similarities(states.clone()), beta), layer.associate(states)])
}

/// The shares of states with an answer, and of those whose best pattern is the right one.
fn shares(weights: &Tensor<2>) -> [f64; 2] {
    let answered: Vec<bool> =
        weights.clone().sum_dim(1).to_data().iter::<f32>().map(|sum| sum > 0.5).collect();
    let best: Vec<i64> = weights.clone().argmax(1).to_data().iter::<i64>().collect();
    let right = (0..STORED).filter(|&i| answered[i] && best[i] == i as i64).count();
    let share = |count| count as f64 / STORED as f64;
    [share(answered.iter().filter(|&&answered| answered).count()), share(right)]
}

fn main() -> Result<(), LayerError> {
    let beta = 0.01; // patterns up to 14 away
    println!("noise σ   Epanechnikov: answered, right   softmax: answered, right");
    for std in [0.1, 0.3, 0.45, 0.5, 0.55, 0.7] {
        let [own, softmax] = answers(std, beta)?.map(|weights| shares(&weights));
        println!(
            "{std:>7}  {:>23.3}  {:>6.3}  {:>18.3}  {:>6.3}",
            own[0], own[1], softmax[0], softmax[1]
        );
    }
    Ok(())
}

#[test]
fn far_states_get_no_answer() {
    let [own, softmax] = answers(0.3, 0.01).unwrap().map(|weights| shares(&weights));
    assert!(own[0] == 1.0 && own[1] > 0.99 && softmax[1] > 0.99);
    let [own, softmax] = answers(0.7, 0.01).unwrap().map(|weights| shares(&weights));
    assert_eq!((own[0], softmax[0]), (0.0, 1.0));
}
