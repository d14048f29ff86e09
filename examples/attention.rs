//! One update of a Hopfield network is attention, and attention repeated is memory.
//!
//!   cargo run --release --example attention
//!
//! softmax(Q Kᵀ / √d) V is a layer with the patterns K, the values V and β = 1/√d that is asked Q (Ramsauer et al. 2020).

#![allow(clippy::print_stdout)]

use burn::tensor::module::attention;
use burn::tensor::{Device, Distribution, Tensor};
use hopfield_layer::{Beta, HopfieldLayer, HopfieldLayerConfig, LayerError, Steps, Values};

const TOKENS: usize = 12;
const DIM: usize = 64;

/// The largest difference between Burn's attention and the layer.
fn difference() -> Result<f32, LayerError> {
    let device = Device::flex();
    device.seed(1);
    let draw = || Tensor::<2>::random([TOKENS, DIM], Distribution::Normal(0.0, 1.0), &device);
    let [q, k, v] = [draw(), draw(), draw()];

    let mut config = HopfieldLayerConfig::new(TOKENS, DIM)
        .with_beta(Some(Beta::Fixed((DIM as f64).sqrt().recip())));
    config.values = Some(Values { dim: DIM, init: config.init });
    let layer = config.store(k.clone(), Some(v.clone()))?;
    let ours = layer.forward(q.clone());

    let [q, k, v] = [q, k, v].map(|rows| rows.unsqueeze::<4>()); // [1, 1, tokens, d]
    let theirs = attention(q, k, v, None, None, Default::default()).reshape([TOKENS, DIM]);
    Ok((ours - theirs).abs().max().into_scalar::<f32>())
}

/// How near noisy states come to the patterns that they come from, after each number of updates, for some β.
fn distances(betas: &[f64]) -> Result<Vec<Vec<f64>>, LayerError> {
    let device = Device::flex();
    device.seed(2);
    let draw = |std| Tensor::<2>::random([TOKENS, DIM], Distribution::Normal(0.0, std), &device);
    let patterns = draw(1.0);
    let noisy = patterns.clone() + draw(0.7);
    let of_beta = |&beta: &f64| {
        let layer = HopfieldLayer::from_patterns(patterns.clone(), beta)?;
        let after = |max: usize| {
            let found = layer.retrieve(noisy.clone(), Steps { max, tolerance: 0.0 })?;
            let distance = (found.states - patterns.clone()).square().sum_dim(1).sqrt();
            Ok(distance.mean().into_scalar::<f64>())
        };
        [1, 2, 5, 20].into_iter().map(after).collect()
    };
    betas.iter().map(of_beta).collect()
}

fn main() -> Result<(), LayerError> {
    println!("attention − layer: at most {:.1e}\n", difference()?);
    println!("distance to the pattern after   1      2      5     20 updates");
    let betas = [0.02, 0.125, 1.0];
    for (beta, found) in betas.iter().zip(distances(&betas)?) {
        let found: Vec<_> = found.iter().map(|distance| format!("{distance:>5.2}")).collect();
        let note = if *beta == 0.125 { "  (1/√d, as in attention)" } else { "" };
        println!("β = {beta:<25} {}{note}", found.join("  "));
    }
    Ok(())
}

#[test]
fn the_layer_is_attention_and_a_large_beta_remembers() {
    assert!(difference().unwrap() < 1e-5);
    let found = distances(&[0.02, 1.0]).unwrap();
    // A small β forgets: states go to the mean of all patterns, as far from each as it is long.
    assert!(found[0][3] > 7.0 && found[1][3] < 0.1, "{found:?}");
}
