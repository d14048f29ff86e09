//! Embed every instance, pool the bag to one vector, answer with one number.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Device, Tensor};
use hopfield_layer::{Beta, HopfieldConfig, HopfieldPooling, HopfieldPoolingConfig, Init, matmul};

use super::Bags;
use super::batch::{Batch, batch};

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

/// Width of an embedded instance.
const WIDTH: usize = 64;
const HEADS: usize = 8;
/// Width of a head.
const HIDDEN: usize = 16;

/// A trained network.
#[derive(Module, Debug)]
pub struct Trained {
    embed: Linear,
    /// Hopfield pooling, with the projections of keys and values beside it.
    hopfield: Option<(HopfieldPooling, Linear, Linear)>,
    /// V and w of attention pooling.
    attention: Option<(Linear, Linear)>,
    answer: Linear,
    #[module(skip)]
    pooling: Pooling,
}

impl Trained {
    pub(super) fn new(features: usize, pooling: Pooling, seed: u64, device: &Device) -> Self {
        device.seed(seed);
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        let hopfield = (pooling == Pooling::Hopfield).then(|| {
            let width = HEADS * HIDDEN;
            let association =
                HopfieldConfig::new(width).with_heads(HEADS).with_beta(Some(Beta::Fixed(0.25)));
            let config = HopfieldPoolingConfig::new(1, association);
            let pool = config.with_init(Init::Normal { mean: 0.0, std: 1.0 }).init(device);
            (pool, linear(WIDTH, width), linear(WIDTH, width))
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
    pub(super) fn forward(&self, batch: Batch) -> Tensor<1> {
        let [b, n] = batch.padding.dims();
        let embedded = relu(self.embed.forward(batch.instances));
        // Everything is computed for the instances alone, and only then laid out by bag.
        let by_bag = |rows: Tensor<2>| {
            let [_, width] = rows.dims();
            let none = Tensor::zeros([1, width], &rows.device());
            let rows = Tensor::cat(vec![rows, none], 0).select(0, batch.places.clone());
            rows.reshape([b, n, width])
        };
        let no_more = batch.padding.clone().unsqueeze_dim::<3>(2); // [B, N, 1]
        let pooled = match (self.pooling, &self.hopfield, &self.attention) {
            (_, Some((hopfield, key, value)), _) => {
                let keys = by_bag(key.forward(embedded.clone()));
                let values = by_bag(value.forward(embedded));
                let input = hopfield.input(keys).with_values(values);
                hopfield.hopfield.forward(input.with_padding(batch.padding))
            }
            (_, _, Some((v, w))) => {
                let scores = by_bag(w.forward(v.forward(embedded.clone()).tanh()));
                let weights = softmax(scores.mask_fill(no_more, -1e30), 1);
                matmul(weights.swap_dims(1, 2), by_bag(embedded))
            }
            (Pooling::Max, ..) => {
                let bags = by_bag(embedded);
                let no_more = no_more.expand(bags.shape());
                bags.mask_fill(no_more, -1e30).max_dim(1)
            }
            _ => by_bag(embedded).sum_dim(1) / no_more.bool_not().int().float().sum_dim(1),
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
