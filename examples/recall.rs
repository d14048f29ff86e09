//! Store digits, show a network the upper half of one, and watch it remember the rest.
//!
//!   cargo run --release --example recall
//!
//! `hopfield experiment compare` measures all networks on thousands of digits.

#![allow(clippy::print_stdout)]

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_memory::{AssociativeMemory, DenseMemory, DenseSettings, End, Interaction, Updates};

const SIDE: usize = 28;
const STORED: usize = 100;

/// Units of 28 rows side by side: ink, paper, and what is unknown.
fn show(states: &[Tensor<2>]) -> String {
    let states: Vec<Vec<f32>> =
        states.iter().map(|state| state.to_data().iter::<f32>().collect()).collect();
    let unit = |unit: &f32| {
        if *unit > 0.0 {
            '█'
        } else if *unit < 0.0 {
            '·'
        } else {
            ' '
        }
    };
    let line = |row: usize| {
        let part =
            |state: &Vec<f32>| state[row * SIDE..(row + 1) * SIDE].iter().map(unit).collect();
        states.iter().map(part).collect::<Vec<String>>().join("   ")
    };
    (0..SIDE).map(line).collect::<Vec<_>>().join("\n")
}

/// A digit, its upper half, and what the network makes of it.
fn remember(digit: usize) -> Result<[Tensor<2>; 3], Box<dyn std::error::Error>> {
    let device = Device::flex();
    let digits = hopfield_data::source("bundled").load()?.train;
    let signs = digits.rows(0..STORED)?.into_iter().map(|grey| if grey > 0.5 { 1.0 } else { -1.0 });
    let signs: Vec<f32> = signs.collect();
    let stored = Tensor::<2>::from_data(TensorData::new(signs, [STORED, SIDE * SIDE]), &device);

    // 1. Store: E(s) = −Σ exp(β x·s), with every digit x a minimum.
    let settings = DenseSettings {
        interaction: Interaction::Exponential { beta: 1.0 },
        updates: Updates::Asynchronous,
    };
    let memory = DenseMemory::store(stored.clone(), &settings)?;

    // 2. Ask: 0 is a unit of which nothing is known.
    let wanted = stored.narrow(0, digit, 1);
    let lower_half = wanted.zeros_like().slice([0..1, SIDE * SIDE / 2..SIDE * SIDE]);
    let query = wanted.clone().slice_assign([0..1, SIDE * SIDE / 2..SIDE * SIDE], lower_half);

    // 3. Recall: unit by unit, each takes the sign that lowers the energy, until none changes.
    let found = memory.recall(query.clone(), 10);
    assert_eq!(found.ends, [End::FixedPoint]);
    let energy = |state: &Tensor<2>| memory.energy(state.clone()).map(Tensor::into_scalar::<f32>);
    let (before, after) = (energy(&query)?, energy(&found.states)?);
    println!("{} sweeps; the energy falls from {before} to {after}", found.steps[0]);
    Ok([wanted, query, found.states])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [wanted, query, found] = remember(7)?;
    println!("\n{}", show(&[query, found, wanted]));
    Ok(())
}

#[test]
fn all_of_the_first_digits_are_remembered() {
    for digit in 0..5 {
        let [wanted, query, found] = remember(digit).unwrap();
        found.into_data().assert_eq(&wanted.into_data(), true);
        assert_eq!(show(&[query]).chars().filter(|&c| c == ' ').count(), SIDE * SIDE / 2);
    }
}
