//! Training on bags.

use burn::nn::loss::BinaryCrossEntropyLossConfig;
use burn::optim::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Tensor};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::batch::batch;
use super::{Bags, Pooling, Settings, Trained};

/// Bags in a step.
const BATCH: usize = 16;

/// Trains a network on bags, with AdamW on the cross-entropy.
pub fn train(bags: &Bags, pooling: Pooling, by: Settings, seed: u64, device: &Device) -> Trained {
    let device = device.clone().autodiff();
    let mut network = Trained::new(bags.features, pooling, seed, &device);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let clip = Some(GradientClippingConfig::Norm(1.0));
    let adam = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(0.01);
    let mut adam = adam.with_grad_clipping(clip).init();
    let loss = BinaryCrossEntropyLossConfig::new().with_logits(true).init(&device);
    let mut order: Vec<usize> = (0..bags.labels.len()).collect();
    for _ in 0..by.epochs {
        order.shuffle(&mut rng);
        for places in order.chunks(BATCH) {
            let mut some = |bag: &[f32]| {
                let rows = bag.chunks_exact(bags.features);
                let kept: Vec<f32> = rows
                    .filter(|_| by.drop == 0.0 || rng.random::<f64>() >= by.drop)
                    .flatten()
                    .copied()
                    .collect();
                if kept.is_empty() { bag.to_vec() } else { kept }
            };
            let all = places.iter().map(|&at| some(&bags.instances[at])).collect();
            let labels: Vec<i64> = places.iter().map(|&at| i64::from(bags.labels[at])).collect();
            let odds = network.forward(batch(all, bags.features, &device));
            let error = loss.forward(odds, Tensor::from_data(labels.as_slice(), &device));
            let gradients = GradientsParams::from_grads(error.backward(), &network);
            network = adam.step(by.rate, network, gradients);
        }
    }
    network
}
