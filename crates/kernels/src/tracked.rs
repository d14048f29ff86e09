//! A product of two factors in an autodiff graph. Its gradients are products of the same kind.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, TensorMetadata};

use crate::Precision;

/// A product on a backend.
pub(crate) type Product<B> = fn(FloatTensor<B>, FloatTensor<B>, Precision) -> FloatTensor<B>;

pub(crate) fn tracked_product<B: Backend, C: CheckpointStrategy>(
    product: Product<B>,
    lhs: FloatTensor<Autodiff<B, C>>,
    rhs: FloatTensor<Autodiff<B, C>>,
    precision: Precision,
) -> FloatTensor<Autodiff<B, C>> {
    let ((lhs, of_lhs), (rhs, of_rhs)) = (lhs.into_parts(), rhs.into_parts());
    let found = product(lhs.clone(), rhs.clone(), precision);
    match ProductBackward(product).prepare::<C>([of_lhs, of_rhs]).compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(([lhs, rhs], precision), found),
        OpsKind::UnTracked(step) => step.finish(found),
    }
}

/// `∂L/∂A = G Bᵀ        ∂L/∂B = Aᵀ G`
#[derive(Debug)]
struct ProductBackward<B: Backend>(Product<B>);

impl<B: Backend> Backward<B, 2> for ProductBackward<B> {
    type State = ([FloatTensor<B>; 2], Precision);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let Self(product) = self;
        let gradient = grads.consume::<B>(&ops.node);
        let [of_lhs, of_rhs] = ops.parents;
        let ([lhs, rhs], precision) = ops.state;
        let last = gradient.rank() - 1;
        let transposed = |tensor| B::float_swap_dims(tensor, last - 1, last);
        if let Some(node) = of_lhs {
            let found = product(gradient.clone(), transposed(rhs), precision);
            grads.register::<B>(node.id, found);
        }
        if let Some(node) = of_rhs {
            grads.register::<B>(node.id, product(transposed(lhs), gradient, precision));
        }
    }
}
