//! The gradients of the operations.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, TensorMetadata};

use super::Rule;
use super::operations::{Kernels, rows_per_beta};
use crate::Descent;
use crate::Precision;
use crate::tracked::tracked_product;

impl<B: Kernels, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
    fn product(
        lhs: FloatTensor<Self>,
        rhs: FloatTensor<Self>,
        precision: Precision,
    ) -> FloatTensor<Self> {
        tracked_product::<B, C>(B::product, lhs, rhs, precision)
    }

    fn separate(
        similarities: FloatTensor<Self>,
        log_beta: FloatTensor<Self>,
        rule: Rule,
    ) -> FloatTensor<Self> {
        let (similarities, of_similarities) = similarities.into_parts();
        let (log_beta, of_log_beta) = log_beta.into_parts();
        let weights = B::separate(similarities.clone(), log_beta.clone(), rule);
        let step = SeparateBackward.prepare::<C>([of_similarities, of_log_beta]);
        match step.compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                step.finish((weights.clone(), similarities, log_beta, rule), weights)
            }
            OpsKind::UnTracked(step) => step.finish(weights),
        }
    }

    fn slopes(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: Rule,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        panic!("a gradient has no gradient")
    }

    fn half_squared_distances(q: FloatTensor<Self>, k: FloatTensor<Self>) -> FloatTensor<Self> {
        let ((q, of_q), (k, of_k)) = (q.into_parts(), k.into_parts());
        let distances = B::half_squared_distances(q.clone(), k.clone());
        let step = DistancesBackward.prepare::<C>([of_q, of_k]);
        match step.compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((q, k), distances),
            OpsKind::UnTracked(step) => step.finish(distances),
        }
    }

    fn imbalance(
        weights: FloatTensor<Self>,
        heads: usize,
        least: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (weights, of_weights) = weights.into_parts();
        let rows = weights.shape()[0];
        let (imbalance, means) = B::imbalance(weights, heads, least);
        let step = ImbalanceBackward.prepare::<C>([of_weights]);
        let found = match step.compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((means.clone(), [rows, heads], least), imbalance),
            OpsKind::UnTracked(step) => step.finish(imbalance),
        };
        (found, Self::from_inner(means))
    }

    fn imbalance_slopes(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: usize,
        _: usize,
        _: f32,
    ) -> FloatTensor<Self> {
        panic!("a gradient has no gradient")
    }

    fn statistics(_: FloatTensor<Self>, _: f32) -> FloatTensor<Self> {
        panic!("statistics have no gradient")
    }

    fn descend(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: Descent,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        panic!("a step of gradient descent has no gradient")
    }
}

#[derive(Debug)]
struct SeparateBackward;

impl<B: Kernels> Backward<B, 2> for SeparateBackward {
    type State = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, Rule);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let [similarities_node, log_beta_node] = ops.parents;
        let (weights, similarities, log_beta, rule) = ops.state;
        let of_beta = log_beta.shape();
        let shared = rows_per_beta(&weights.shape(), &of_beta);
        let (by_similarity, by_log_beta) =
            B::slopes(weights, gradient, similarities, log_beta, rule);
        if let Some(node) = similarities_node {
            grads.register::<B>(node.id, by_similarity);
        }
        if let Some(node) = log_beta_node {
            let [together, betas] = shared;
            let rows = by_log_beta.shape().num_elements();
            let sets = rows / (together * betas);
            let by_beta = B::float_reshape(by_log_beta, [sets, betas, together].into());
            let by_beta = B::float_sum_dim(B::float_sum_dim(by_beta, 2), 0);
            grads.register::<B>(node.id, B::float_reshape(by_beta, of_beta));
        }
    }
}

#[derive(Debug)]
struct ImbalanceBackward;

impl<B: Kernels> Backward<B, 1> for ImbalanceBackward {
    type State = (FloatTensor<B>, [usize; 2], f32);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let slope = grads.consume::<B>(&ops.node);
        let (means, [rows, heads], least) = ops.state;
        if let [Some(node)] = ops.parents {
            let by_weight = B::imbalance_slopes(means, slope, rows, heads, least);
            grads.register::<B>(node.id, by_weight);
        }
    }
}

/// With S = ∂L/∂C: `∂L/∂q = S K − rowsum(S) ∘ q` and `∂L/∂k = Sᵀ Q − colsum(S) ∘ k`.
#[derive(Debug)]
struct DistancesBackward;

impl<B: Kernels> Backward<B, 2> for DistancesBackward {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let by_distance = grads.consume::<B>(&ops.node);
        let last = by_distance.rank() - 1;
        let (q, k) = ops.state;
        let [of_q, of_k] = ops.parents;
        let transposed = B::float_swap_dims(by_distance.clone(), last - 1, last);
        // S [.., S, N], the rows that it weighs [.., N, d], and those that it is the slope of [.., S, d].
        let by = |slope: FloatTensor<B>, others: FloatTensor<B>, own: FloatTensor<B>| {
            let sums = B::float_sum_dim(slope.clone(), last);
            let product = B::product(slope, others, Precision::F32);
            B::float_sub(product, B::float_mul(own, sums))
        };
        if let Some(node) = of_q {
            grads.register::<B>(node.id, by(by_distance, k.clone(), q.clone()));
        }
        if let Some(node) = of_k {
            grads.register::<B>(node.id, by(transposed, q, k));
        }
    }
}
