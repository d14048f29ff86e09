//! −½ ‖q − k‖².

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use super::primitive::{contiguous, matrix, shape, tensor};
use crate::slices::gradients::Wanted;

pub(super) fn half_squared_distances(q: Tensor<2>, k: Tensor<2>) -> Tensor<2> {
    let [q, k] = [q, k].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Distance>::half_squared_distances(q, k))
}

/// Both are f32 matrices.
#[backend_extension(Autodiff, Flex)]
trait Distance: Backend {
    fn half_squared_distances(q: FloatTensor<Self>, k: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Distance for Flex {
    fn half_squared_distances(q: FlexTensor, k: FlexTensor) -> FlexTensor {
        distances(&contiguous(q), &contiguous(k))
    }
}

impl<C: CheckpointStrategy> Distance for Autodiff<Flex, C> {
    fn half_squared_distances(q: FloatTensor<Self>, k: FloatTensor<Self>) -> FloatTensor<Self> {
        let ((q, of_q), (k, of_k)) = (q.into_parts(), k.into_parts());
        let operands = [q, k].map(contiguous);
        let found = distances(&operands[0], &operands[1]);
        match DistanceBackward.prepare::<C>([of_q, of_k]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(operands, found),
            OpsKind::UnTracked(step) => step.finish(found),
        }
    }
}

fn distances(q: &FlexTensor, k: &FlexTensor) -> FlexTensor {
    let found = crate::half_squared_distances(matrix(q), matrix(k));
    tensor(found, [shape(q)[0], shape(k)[0]])
}

/// See [`distance_gradients`](crate::distance_gradients).
#[derive(Debug)]
struct DistanceBackward;

impl Backward<Flex, 2> for DistanceBackward {
    type State = [FlexTensor; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = contiguous(grads.consume::<Flex>(&ops.node));
        let [q, k] = ops.state;
        let wanted =
            Wanted { states: ops.parents[0].is_some(), patterns: ops.parents[1].is_some() };
        let found = crate::distance_gradients(matrix(&q), matrix(&k), matrix(&gradient), wanted);
        for ((node, by_operand), operand) in ops.parents.into_iter().zip(found).zip([&q, &k]) {
            if let Some(node) = node {
                grads.register::<Flex>(node.id, tensor(by_operand, shape(operand)));
            }
        }
    }
}
