//! The kernels as operations of Burn, on its devices and in its fusion.

use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::{Shape, Tensor};

use super::Rule;
use super::statistics::STATISTICS;
use crate::Descent;
use crate::Precision;

pub(super) fn product<const D: usize>(
    lhs: Tensor<D>,
    rhs: Tensor<D>,
    precision: Precision,
) -> Tensor<D> {
    let [lhs, rhs] = [lhs, rhs].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Kernels>::product(lhs, rhs, precision))
}

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

pub(super) fn imbalance(weights: Tensor<2>, heads: usize, least: f32) -> Tensor<1> {
    let (found, _) = <Dispatch as Kernels>::imbalance(weights.into_dispatch(), heads, least);
    Tensor::from_dispatch(found)
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
pub(super) trait Kernels: Backend {
    #[fusion(dtype = lhs, shape = product_shape(lhs, rhs))]
    fn product(
        lhs: FloatTensor<Self>,
        rhs: FloatTensor<Self>,
        precision: Precision,
    ) -> FloatTensor<Self>;

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

    /// The imbalance, and the mean weights.
    #[fusion(meta = imbalance_specs)]
    fn imbalance(
        weights: FloatTensor<Self>,
        heads: usize,
        least: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The gradient of the imbalance by the weights of so many rows, times its slope.
    #[fusion(dtype = means, shape = [*rows, means[0]].into())]
    fn imbalance_slopes(
        means: FloatTensor<Self>,
        slope: FloatTensor<Self>,
        rows: usize,
        heads: usize,
        least: f32,
    ) -> FloatTensor<Self>;

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

fn imbalance_specs(weights: &TensorSpec, _heads: &usize, _least: &f32) -> (TensorSpec, TensorSpec) {
    let spec = |size: usize| TensorSpec::new([size].into(), weights.dtype);
    (spec(1), spec(weights.shape[1]))
}

/// `[.., S, N]` of `[.., S, K]` and `[.., K, N]`.
fn product_shape(lhs: &Shape, rhs: &Shape) -> Shape {
    let mut shape = lhs.clone();
    let last = shape.num_dims() - 1;
    shape[last] = rhs[last];
    shape
}

/// `[.., S, N]` of `[.., S, d]` and `[.., N, d]`.
pub(super) fn similarities_shape(q: &Shape, k: &Shape) -> Shape {
    let mut shape = q.clone();
    let last = shape.num_dims() - 1;
    shape[last] = k[last - 1];
    shape
}

/// Rows, and their length.
pub(super) fn rows_of(shape: &Shape) -> [usize; 2] {
    let n = shape[shape.num_dims() - 1];
    [shape.num_elements() / n.max(1), n]
}

/// How many rows in a row have the same β, and how many β there are.
pub(super) fn rows_per_beta(similarities: &Shape, log_beta: &Shape) -> [usize; 2] {
    let last = similarities.num_dims() - 1;
    let axis = (0..last).find(|&axis| log_beta[axis] > 1);
    let rows = axis.map_or(1, |axis| (axis + 1..last).map(|axis| similarities[axis]).product());
    [rows, log_beta.num_elements()]
}
