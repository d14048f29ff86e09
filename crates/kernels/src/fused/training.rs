//! The squared error and the step of gradient descent.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{Tensor, TensorData};

use super::primitive::{contiguous, numbers, shape, tensor, whole};
use crate::Descent;

pub(super) fn squared_error(retrieved: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    let [retrieved, target] = [retrieved, target].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Training>::squared_error(retrieved, target))
}

pub(super) fn descend(
    rows: Tensor<2>,
    velocity: Tensor<2>,
    gradient: Tensor<2>,
    by: Descent,
) -> [Tensor<2>; 2] {
    let [rows, velocity, gradient] = [rows, velocity, gradient].map(Tensor::into_dispatch);
    let (rows, velocity) = <Dispatch as Training>::descend(rows, velocity, gradient, by);
    [rows, velocity].map(Tensor::from_dispatch)
}

#[backend_extension(Autodiff, Flex)]
trait Training: Backend {
    fn squared_error(retrieved: FloatTensor<Self>, target: FloatTensor<Self>) -> FloatTensor<Self>;

    fn descend(
        rows: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        by: Descent,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl Training for Flex {
    fn squared_error(retrieved: FlexTensor, target: FlexTensor) -> FlexTensor {
        differences(retrieved, target).1
    }

    fn descend(
        rows: FlexTensor,
        velocity: FlexTensor,
        gradient: FlexTensor,
        by: Descent,
    ) -> (FlexTensor, FlexTensor) {
        let gradient = contiguous(gradient);
        let [_, width] = shape(&gradient);
        let (mut rows, mut velocity) = (whole(rows), whole(velocity));
        let (h, u) = (rows.storage_mut(), velocity.storage_mut());
        crate::descend(h, u, numbers(&gradient), width, by);
        (rows, velocity)
    }
}

impl<C: CheckpointStrategy> Training for Autodiff<Flex, C> {
    fn squared_error(retrieved: FloatTensor<Self>, target: FloatTensor<Self>) -> FloatTensor<Self> {
        let (retrieved, of_retrieved) = retrieved.into_parts();
        let (target, of_target) = target.into_parts();
        let (differences, error) = differences(retrieved, target);
        match SquaredErrorBackward
            .prepare::<C>([of_retrieved, of_target])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(step) => step.finish(differences, error),
            OpsKind::UnTracked(step) => step.finish(error),
        }
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

/// R − T and the sum of its squares.
fn differences(retrieved: FlexTensor, target: FlexTensor) -> (FlexTensor, FlexTensor) {
    let (mut retrieved, target) = (whole(retrieved), contiguous(target));
    let error = crate::squared_error(retrieved.storage_mut(), numbers(&target));
    (retrieved, FlexTensor::from_data(TensorData::new(vec![error as f32], [1])))
}

/// `∂SE/∂R = 2 (R − T) = −∂SE/∂T`
#[derive(Debug)]
struct SquaredErrorBackward;

impl Backward<Flex, 2> for SquaredErrorBackward {
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let slope = numbers(&contiguous(grads.consume::<Flex>(&ops.node)))[0];
        let [retrieved, target] = ops.parents;
        let mut differences = ops.state;
        let size = shape(&differences);
        if let Some(node) = target {
            let by_target = numbers(&differences).iter().map(|x| -2.0 * slope * x);
            grads.register::<Flex>(node.id, tensor(by_target.collect(), size));
        }
        if let Some(node) = retrieved {
            let entries = differences.storage_mut::<f32>();
            entries.iter_mut().for_each(|x| *x *= 2.0 * slope);
            grads.register::<Flex>(node.id, differences);
        }
    }
}
