//! How many random patterns does a network of d units hold? The steeper the energy, the more.
//!
//!   cargo run --release --example capacity
//!
//! Pairwise weights hold about .14 d, powers of degree n some dⁿ⁻¹, exponentials a number that is exponential in d.
//! `hopfield experiment capacity` does this for many dimensions, and `hopfield experiment load` for real digits.

#![allow(clippy::print_stdout)]

use burn::tensor::{Device, Distribution, Tensor};
use hopfield_memory::{
    AssociativeMemory, ClassicalHopfield, DenseMemory, DenseSettings, Interaction, MemoryError,
};

const UNITS: usize = 64;
/// Of a pattern, the part of the units that is turned round.
const FLIPPED: f64 = 0.1;

/// The share of `queries` that one update brings back to `patterns`.
fn share(memory: &dyn AssociativeMemory, patterns: &Tensor<2>, queries: &Tensor<2>) -> f64 {
    let errors = (memory.update(queries.clone()) - patterns.clone()).abs().sum_dim(1);
    errors.equal_elem(0.0).int().float().mean().into_scalar::<f64>()
}

/// Shares of `count` patterns, for the classical network and for powers of degree 3 and 5, and the exponential.
fn shares(count: usize) -> Result<[f64; 4], MemoryError> {
    let device = Device::flex();
    device.seed(count as u64);
    let draw = || Tensor::<2>::random([count, UNITS], Distribution::Uniform(0.0, 1.0), &device);
    let signs = |numbers: Tensor<2>, below: f64| {
        let flipped = numbers.clone().lower_elem(below);
        numbers.ones_like().mask_fill(flipped, -1.0)
    };
    let patterns = signs(draw(), 0.5);
    let queries = patterns.clone() * signs(draw(), FLIPPED);
    let dense = |interaction| {
        let settings = DenseSettings { interaction, ..Default::default() };
        let memory = DenseMemory::store(patterns.clone(), &settings)?;
        Ok::<_, MemoryError>(share(&memory, &patterns, &queries))
    };
    let classical = ClassicalHopfield::store(patterns.clone(), &Default::default())?;
    Ok([
        share(&classical, &patterns, &queries),
        dense(Interaction::Polynomial(3))?,
        dense(Interaction::Polynomial(5))?,
        dense(Interaction::Exponential { beta: 1.0 })?,
    ])
}

fn main() -> Result<(), MemoryError> {
    println!("{UNITS} units, {:.0} % of them turned round\n", 100.0 * FLIPPED);
    println!("patterns  classical  n = 3  n = 5  exponential");
    for count in [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000] {
        let [classical, three, five, exponential] = shares(count)?;
        println!("{count:>8}  {classical:>9.3}  {three:>5.3}  {five:>5.3}  {exponential:>11.3}");
    }
    Ok(())
}

#[test]
fn steeper_energies_hold_more() {
    let [classical, three, five, exponential] = shares(200).unwrap();
    assert!(classical < 0.01 && three < 0.5 && five > 0.98 && exponential > 0.98);
    assert!(shares(5).unwrap()[0] > 0.7);
}
