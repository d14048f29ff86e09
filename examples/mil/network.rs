//! Embed every instance, pool the bag to one vector, answer with one number.

use burn::module::Module;
use burn::nn::loss::BinaryCrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use hopfield_layer::{Beta, HopfieldConfig, HopfieldPooling, HopfieldPoolingConfig, Init, matmul};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::Bags;

/// How a bag becomes one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Learned states look the bag up in a Hopfield network (Ramsauer et al. 2020): 8 heads of width 16.
    Hopfield,
    /// `softmax(w tanh(V e)) e` (Ilse et al. 2018).
    Attention,
    /// The mean of the instances.
    Mean,
    /// The largest entry over the instances.
    Max,
}

impl Pooling {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Hopfield, Self::Attention, Self::Mean, Self::Max];
}

/// How a network is trained.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The learning rate.
    pub rate: f64,
    /// Passes over the bags.
    pub epochs: usize,
    /// The probability with which an instance is left out of its bag in training.
    pub drop: f64,
}

/// Width of an embedded instance.
const WIDTH: usize = 64;
const HEADS: usize = 8;
/// Width of a head.
const HIDDEN: usize = 16;
/// Bags in a step.
const BATCH: usize = 16;

/// A trained network.
#[derive(Module, Debug)]
pub struct Trained {
    embed: Linear,
    hopfield: Option<HopfieldPooling>,
    /// V and w of attention pooling.
    attention: Option<(Linear, Linear)>,
    answer: Linear,
    #[module(skip)]
    pooling: Pooling,
}

/// Some bags on the device.
struct Batch {
    /// `[M, features]`, the instances of all bags.
    instances: Tensor<2>,
    /// `[B · N]`: which instance; M where a bag has no more.
    places: Tensor<1, Int>,
    /// `[B, N]`: where a bag has no more.
    padding: Tensor<2, Bool>,
}

impl Trained {
    fn new(features: usize, pooling: Pooling, seed: u64, device: &Device) -> Self {
        device.seed(seed);
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        let hopfield = (pooling == Pooling::Hopfield).then(|| {
            let association = HopfieldConfig::new(HEADS * HIDDEN)
                .with_stored_dim(Some(WIDTH))
                .with_heads(HEADS)
                .with_hidden_dim(Some(HIDDEN))
                .with_value_hidden_dim(Some(HIDDEN))
                .with_beta(Some(Beta::Fixed(0.25)));
            let config = HopfieldPoolingConfig::new(1, association);
            let mut pool = config.with_init(Init::Normal { mean: 0.0, std: 1.0 }).init(device);
            // The states are learned, so they need no projection.
            pool.hopfield.query = None;
            pool
        });
        let attention =
            (pooling == Pooling::Attention).then(|| (linear(WIDTH, HIDDEN), linear(HIDDEN, 1)));
        let pooled = if hopfield.is_some() { HEADS * HIDDEN } else { WIDTH };
        Self {
            embed: linear(features, WIDTH),
            hopfield,
            attention,
            answer: linear(pooled, 1),
            pooling,
        }
    }

    /// The log odds that a bag is positive: `[B]`.
    fn forward(&self, batch: Batch) -> Tensor<1> {
        let [b, n] = batch.padding.dims();
        let embedded = relu(self.embed.forward(batch.instances));
        let none = Tensor::zeros([1, WIDTH], &embedded.device());
        let bags = Tensor::cat(vec![embedded, none], 0).select(0, batch.places);
        let bags = bags.reshape([b, n, WIDTH]);
        let no_more = batch.padding.clone().unsqueeze_dim::<3>(2); // [B, N, 1]
        let pooled = match (self.pooling, &self.hopfield, &self.attention) {
            (_, Some(hopfield), _) => hopfield.forward(bags, Some(batch.padding)),
            (_, _, Some((v, w))) => {
                let scores = w.forward(v.forward(bags.clone()).tanh()).mask_fill(no_more, -1e30);
                matmul(softmax(scores, 1).swap_dims(1, 2), bags)
            }
            (Pooling::Max, ..) => {
                let no_more = no_more.expand(bags.shape());
                bags.mask_fill(no_more, -1e30).max_dim(1)
            }
            _ => bags.sum_dim(1) / no_more.bool_not().int().float().sum_dim(1),
        };
        self.answer.forward(pooled).flatten(0, 2)
    }

    /// The log odds that each bag is positive.
    pub fn scores(&self, bags: &Bags, device: &Device) -> Vec<f32> {
        let network = self.clone().valid();
        let places: Vec<usize> = (0..bags.labels.len()).collect();
        let scores = places.chunks(64).flat_map(|places| {
            let all = places.iter().map(|&at| bags.instances[at].clone()).collect();
            network
                .forward(batch(all, bags.features, device))
                .into_data()
                .iter::<f32>()
                .collect::<Vec<_>>()
        });
        scores.collect()
    }
}

fn batch(bags: Vec<Vec<f32>>, features: usize, device: &Device) -> Batch {
    let counts: Vec<usize> = bags.iter().map(|bag| bag.len() / features).collect();
    let (all, most) = (counts.iter().sum::<usize>(), counts.iter().copied().max().unwrap_or(0));
    let (mut places, mut padding, mut first) = (Vec::new(), Vec::new(), 0);
    for &count in &counts {
        places.extend((0..most).map(|at| if at < count { first + at } else { all } as i64));
        padding.extend((0..most).map(|at| at >= count));
        first += count;
    }
    let shape = [counts.len(), most];
    Batch {
        instances: Tensor::from_data(TensorData::new(bags.concat(), [all, features]), device),
        places: Tensor::from_data(places.as_slice(), device),
        padding: Tensor::from_data(TensorData::new(padding, shape), device),
    }
}

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
