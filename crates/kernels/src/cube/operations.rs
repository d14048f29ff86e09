//! The kernels as operations of Burn, with their gradients.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::Rule;
use super::descent::{Parts, descend_rows};
use super::distance::distances_in_tiles;
use super::launch::{cube_per_row, empty_beside, tile, units};
use super::separation::separate_rows;
use super::slopes::slopes_of_rows;
use super::statistics::{STATISTICS, statistics_of_rows};
use crate::descent::Descent;

pub(super) fn separate<const D: usize>(
    similarities: Tensor<D>,
    log_beta: Tensor<D>,
    rule: Rule,
) -> Tensor<D> {
    let [similarities, log_beta] = [similarities, log_beta].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Kernels>::separate(similarities, log_beta, rule))
}

pub(super) fn half_squared_distances<const D: usize>(q: Tensor<D>, k: Tensor<D>) -> Tensor<D> {
    let [q, k] = [q, k].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Kernels>::half_squared_distances(q, k))
}

pub(super) fn statistics(weights: Tensor<2>, share: f32) -> Tensor<2> {
    let found = <Dispatch as Kernels>::statistics(weights.into_dispatch(), share);
    Tensor::from_dispatch(found)
}

pub(super) fn descend(
    rows: Tensor<2>,
    velocity: Tensor<2>,
    gradient: Tensor<2>,
    by: Descent,
) -> [Tensor<2>; 2] {
    let [rows, velocity, gradient] = [rows, velocity, gradient].map(Tensor::into_dispatch);
    let (rows, velocity) = <Dispatch as Kernels>::descend(rows, velocity, gradient, by);
    [rows, velocity].map(Tensor::from_dispatch)
}

#[backend_extension(Autodiff, Cube, Fusion)]
trait Kernels: Backend {
    #[fusion(dtype = similarities, shape = similarities)]
    fn separate(
        similarities: FloatTensor<Self>,
        log_beta: FloatTensor<Self>,
        rule: Rule,
    ) -> FloatTensor<Self>;

    /// ∂L/∂C, and ∂L/∂log β of each row.
    #[fusion(meta = slopes_specs)]
    fn slopes(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        similarities: FloatTensor<Self>,
        log_beta: FloatTensor<Self>,
        rule: Rule,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    #[fusion(dtype = q, shape = similarities_shape(q, k))]
    fn half_squared_distances(q: FloatTensor<Self>, k: FloatTensor<Self>) -> FloatTensor<Self>;

    #[fusion(dtype = weights, shape = [weights[0], STATISTICS].into())]
    fn statistics(weights: FloatTensor<Self>, share: f32) -> FloatTensor<Self>;

    #[fusion(meta = |rows, velocity, _gradient, _by| (rows.clone(), velocity.clone()))]
    fn descend(
        rows: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        by: Descent,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

fn slopes_specs(
    weights: &TensorSpec,
    _gradient: &TensorSpec,
    _similarities: &TensorSpec,
    _log_beta: &TensorSpec,
    _rule: &Rule,
) -> (TensorSpec, TensorSpec) {
    let [rows, _] = rows_of(&weights.shape);
    (weights.clone(), TensorSpec::new([rows].into(), weights.dtype))
}

/// `[.., S, N]` of `[.., S, d]` and `[.., N, d]`.
fn similarities_shape(q: &Shape, k: &Shape) -> Shape {
    let mut shape = q.clone();
    let last = shape.num_dims() - 1;
    shape[last] = k[last - 1];
    shape
}

/// Rows, and their length.
fn rows_of(shape: &Shape) -> [usize; 2] {
    let n = shape[shape.num_dims() - 1];
    [shape.num_elements() / n.max(1), n]
}

/// How many rows in a row have the same β, and how many β there are.
fn rows_per_beta(similarities: &Shape, log_beta: &Shape) -> [usize; 2] {
    let last = similarities.num_dims() - 1;
    let axis = (0..last).find(|&axis| log_beta[axis] > 1);
    let rows = axis.map_or(1, |axis| (axis + 1..last).map(|axis| similarities[axis]).product());
    [rows, log_beta.num_elements()]
}

impl Kernels for CubeBackend {
    fn separate(similarities: CubeTensor, log_beta: CubeTensor, rule: Rule) -> CubeTensor {
        let [similarities, log_beta] = [similarities, log_beta].map(into_contiguous);
        let shape = similarities.shape();
        let [rows, n] = rows_of(&shape);
        let weights = empty_beside(&similarities, shape.clone());
        if rows * n == 0 {
            return weights;
        }
        let client = similarities.client.clone();
        let units = units(&client, n);
        let rule = match rule {
            Rule::TopK(k) => Rule::TopK(k.min(n as u32)),
            rule => rule,
        };
        let [rows_per_beta, betas] = rows_per_beta(&shape, &log_beta.shape());
        separate_rows::launch(
            &client,
            cube_per_row(rows),
            CubeDim::new_1d(units as u32),
            similarities.into_buffer_arg(),
            log_beta.into_buffer_arg(),
            weights.clone().into_buffer_arg(),
            rows as u32,
            n as u32,
            rows_per_beta as u32,
            betas as u32,
            rule,
            units,
        );
        weights
    }

    fn slopes(
        weights: CubeTensor,
        gradient: CubeTensor,
        similarities: CubeTensor,
        log_beta: CubeTensor,
        rule: Rule,
    ) -> (CubeTensor, CubeTensor) {
        let [weights, gradient] = [weights, gradient].map(into_contiguous);
        let [similarities, log_beta] = [similarities, log_beta].map(into_contiguous);
        let shape = weights.shape();
        let [rows, n] = rows_of(&shape);
        let by_similarity = empty_beside(&weights, shape.clone());
        let by_log_beta = empty_beside(&weights, [rows].into());
        if rows * n == 0 {
            return (by_similarity, by_log_beta);
        }
        let client = weights.client.clone();
        let units = units(&client, n);
        let [rows_per_beta, betas] = rows_per_beta(&shape, &log_beta.shape());
        slopes_of_rows::launch(
            &client,
            cube_per_row(rows),
            CubeDim::new_1d(units as u32),
            weights.into_buffer_arg(),
            gradient.into_buffer_arg(),
            similarities.into_buffer_arg(),
            log_beta.into_buffer_arg(),
            by_similarity.clone().into_buffer_arg(),
            by_log_beta.clone().into_buffer_arg(),
            rows as u32,
            n as u32,
            rows_per_beta as u32,
            betas as u32,
            rule,
            units,
        );
        (by_similarity, by_log_beta)
    }

    fn half_squared_distances(q: CubeTensor, k: CubeTensor) -> CubeTensor {
        let [q, k] = [q, k].map(into_contiguous);
        let (of_q, of_k) = (q.shape(), k.shape());
        let distances = empty_beside(&q, similarities_shape(&of_q, &of_k));
        let [rows, d] = rows_of(&of_q);
        let last = of_q.num_dims() - 1;
        let [s, n] = [of_q[last - 1], of_k[last - 1]];
        if rows * n == 0 {
            return distances;
        }
        let client = q.client.clone();
        let tile = tile(&client);
        let cubes = [n.div_ceil(tile), s.div_ceil(tile), rows / s].map(|count| count as u32);
        distances_in_tiles::launch(
            &client,
            CubeCount::Static(cubes[0], cubes[1], cubes[2]),
            CubeDim::new_2d(tile as u32, tile as u32),
            q.into_buffer_arg(),
            k.into_buffer_arg(),
            distances.clone().into_buffer_arg(),
            s as u32,
            n as u32,
            d as u32,
            tile,
        );
        distances
    }

    fn statistics(weights: CubeTensor, share: f32) -> CubeTensor {
        let weights = into_contiguous(weights);
        let [rows, n] = rows_of(&weights.shape());
        let statistics = empty_beside(&weights, [rows, STATISTICS].into());
        if rows * n == 0 {
            return statistics;
        }
        let client = weights.client.clone();
        let units = units(&client, n);
        statistics_of_rows::launch(
            &client,
            cube_per_row(rows),
            CubeDim::new_1d(units as u32),
            weights.into_buffer_arg(),
            statistics.clone().into_buffer_arg(),
            rows as u32,
            n as u32,
            share,
            units,
        );
        statistics
    }

    fn descend(
        rows: CubeTensor,
        velocity: CubeTensor,
        gradient: CubeTensor,
        by: Descent,
    ) -> (CubeTensor, CubeTensor) {
        let [rows, velocity] = [rows, velocity].map(into_contiguous);
        let gradient = if gradient.meta.is_tiled() { into_contiguous(gradient) } else { gradient };
        let [row_stride, column_stride] = [0, 1].map(|axis| gradient.meta.strides()[axis] as u32);
        let shape = rows.shape();
        let [count, width] = rows_of(&shape);
        let new_rows = empty_beside(&rows, shape.clone());
        let new_velocity = empty_beside(&rows, shape);
        if count * width == 0 {
            return (new_rows, new_velocity);
        }
        let client = rows.client.clone();
        let units = units(&client, width);
        let (low, high) = by.range.unwrap_or_default();
        let parts = Parts {
            momentum: by.momentum != 0.0,
            limit: by.limit.is_some(),
            range: by.range.is_some(),
        };
        descend_rows::launch(
            &client,
            cube_per_row(count),
            CubeDim::new_1d(units as u32),
            rows.into_buffer_arg(),
            velocity.into_buffer_arg(),
            gradient.into_buffer_arg(),
            new_rows.clone().into_buffer_arg(),
            new_velocity.clone().into_buffer_arg(),
            count as u32,
            width as u32,
            row_stride,
            column_stride,
            by.rate,
            by.momentum,
            by.limit.unwrap_or_default(),
            low,
            high,
            parts,
            units,
        );
        (new_rows, new_velocity)
    }
}

impl<B: Kernels, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
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
            B::float_sub(B::float_matmul(slope, others), B::float_mul(own, sums))
        };
        if let Some(node) = of_q {
            grads.register::<B>(node.id, by(by_distance, k.clone(), q.clone()));
        }
        if let Some(node) = of_k {
            grads.register::<B>(node.id, by(transposed, q, k));
        }
    }
}
