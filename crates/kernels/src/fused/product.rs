//! The product P V of weights and values.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use super::primitive::{contiguous, matrix, tensor};
use crate::slices::matrix::Matrix;

pub(super) fn mix(weights: Tensor<2>, values: Tensor<2>) -> Tensor<2> {
    let [weights, values] = [weights, values].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Product>::mix(weights, values))
}

/// Both are f32 matrices.
#[backend_extension(Autodiff, Flex)]
trait Product: Backend {
    fn mix(weights: FloatTensor<Self>, values: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Product for Flex {
    fn mix(weights: FlexTensor, values: FlexTensor) -> FlexTensor {
        let (weights, values) = (contiguous(weights), contiguous(values));
        product(matrix(&weights), matrix(&values))
    }
}

impl<C: CheckpointStrategy> Product for Autodiff<Flex, C> {
    fn mix(weights: FloatTensor<Self>, values: FloatTensor<Self>) -> FloatTensor<Self> {
        let (weights, of_weights) = weights.into_parts();
        let (values, of_values) = values.into_parts();
        let operands = [weights, values].map(contiguous);
        let mixed = product(matrix(&operands[0]), matrix(&operands[1]));
        match MixBackward.prepare::<C>([of_weights, of_values]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(operands, mixed),
            OpsKind::UnTracked(step) => step.finish(mixed),
        }
    }
}

/// `∂L/∂P = G Vᵀ        ∂L/∂V = Pᵀ G`
#[derive(Debug)]
struct MixBackward;

impl Backward<Flex, 2> for MixBackward {
    type State = [FlexTensor; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = contiguous(grads.consume::<Flex>(&ops.node));
        let [by_weights, by_values] = ops.parents;
        let [weights, values] = ops.state;
        if let Some(node) = by_values {
            grads.register::<Flex>(node.id, product(matrix(&weights).t(), matrix(&gradient)));
        }
        if let Some(node) = by_weights {
            grads.register::<Flex>(node.id, product(matrix(&gradient), matrix(&values).t()));
        }
    }
}

fn product(lhs: Matrix<'_>, rhs: Matrix<'_>) -> FlexTensor {
    tensor(crate::slices::product(lhs, rhs, 1.0), [lhs.shape()[0], rhs.shape()[1]])
}
