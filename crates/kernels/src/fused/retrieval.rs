//! softmax(β Q Kᵀ), with or without the product with H.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use super::primitive::{contiguous, matrix, numbers, shape, tensor, whole};
use crate::slices::gradients::Wanted;
use crate::slices::matrix::Matrix;
use crate::slices::stream::Normalisers;

/// The most weights that are kept for the backward pass (64 MiB). If there are more, they are computed again.
const KEPT: usize = 1 << 24;

pub(super) fn associate<const D: usize>(q: Tensor<D>, k: Tensor<D>, beta: Tensor<D>) -> Tensor<D> {
    let [q, k, beta] = [q, k, beta].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Retrieval>::associate(q, k, beta))
}

pub(super) fn retrieve(q: Tensor<2>, h: Tensor<2>, beta: Tensor<2>) -> Tensor<2> {
    let [q, h, beta] = [q, h, beta].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Retrieval>::retrieve(q, h, beta))
}

/// q, k and h are f32 matrices, β has one entry.
#[backend_extension(Autodiff, Flex)]
trait Retrieval: Backend {
    fn associate(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    fn retrieve(
        q: FloatTensor<Self>,
        h: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl Retrieval for Flex {
    fn associate(q: FlexTensor, k: FlexTensor, beta: FlexTensor) -> FlexTensor {
        weights(&Operands::new(q, k, beta), false).0
    }

    fn retrieve(q: FlexTensor, h: FlexTensor, beta: FlexTensor) -> FlexTensor {
        let of = Operands::new(q, h, beta);
        if of.weights() <= KEPT { mix(&weights(&of, false).0, &of) } else { stream(&of).0 }
    }
}

impl<C: CheckpointStrategy> Retrieval for Autodiff<Flex, C> {
    fn associate(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let ((q, q_node), (k, k_node)) = (q.into_parts(), k.into_parts());
        let keep_scores = is_tracked::<C>(&beta);
        let (beta, beta_node) = beta.into_parts();
        let of = Operands::new(q, k, beta);
        let (weights, scores) = weights(&of, keep_scores);
        let step = AssociateBackward.prepare::<C>([q_node, k_node, beta_node]);
        match step.compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((of, weights.clone(), scores), weights),
            OpsKind::UnTracked(step) => step.finish(weights),
        }
    }

    fn retrieve(
        q: FloatTensor<Self>,
        h: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let ((q, q_node), (h, h_node)) = (q.into_parts(), h.into_parts());
        let keep_scores = is_tracked::<C>(&beta);
        let (beta, beta_node) = beta.into_parts();
        let of = Operands::new(q, h, beta);
        let (retrieved, kept) = if of.weights() <= KEPT {
            let (weights, scores) = weights(&of, keep_scores);
            (mix(&weights, &of), Kept::Weights(weights, scores))
        } else {
            let (retrieved, normalisers) = stream(&of);
            (retrieved.clone(), Kept::Answer(retrieved, normalisers))
        };
        let step = RetrieveBackward.prepare::<C>([q_node, h_node, beta_node]);
        match step.compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((of, kept), retrieved),
            OpsKind::UnTracked(step) => step.finish(retrieved),
        }
    }
}

/// Whether a tensor has a gradient: an operation with no other operand would be tracked.
fn is_tracked<C: CheckpointStrategy>(tensor: &FloatTensor<Autodiff<Flex, C>>) -> bool {
    let operands = [(); 3].map(|()| tensor.node());
    let operation = AssociateBackward.prepare::<C>(operands).compute_bound().stateful();
    matches!(operation, OpsKind::Tracked(_))
}

/// The operands of both operations, contiguous.
#[derive(Debug, Clone)]
struct Operands {
    states: FlexTensor,
    patterns: FlexTensor,
    beta: f32,
}

impl Operands {
    fn new(states: FlexTensor, patterns: FlexTensor, beta: FlexTensor) -> Self {
        let beta = numbers(&contiguous(beta))[0];
        Self { states: contiguous(states), patterns: contiguous(patterns), beta }
    }

    /// B · N
    fn weights(&self) -> usize {
        matrix(&self.states).shape()[0] * matrix(&self.patterns).shape()[0]
    }
}

/// What the backward pass of [`Retrieval::retrieve`] needs besides the operands.
#[derive(Debug, Clone)]
enum Kept {
    /// P, and C for the gradient of β, if there is one.
    Weights(FlexTensor, Option<Vec<f32>>),
    Answer(FlexTensor, Normalisers),
}

/// P, and C if it is to be kept.
fn weights(of: &Operands, keep_scores: bool) -> (FlexTensor, Option<Vec<f32>>) {
    let (states, patterns) = (matrix(&of.states), matrix(&of.patterns));
    let ([b, _], [n, _]) = (states.shape(), patterns.shape());
    let mut scores = crate::slices::product(states, patterns.t(), 1.0);
    let kept = keep_scores.then(|| scores.clone());
    crate::slices::softmax(&mut scores, n, of.beta);
    (tensor(scores, [b, n]), kept)
}

/// P H
fn mix(weights: &FlexTensor, of: &Operands) -> FlexTensor {
    tensor(crate::slices::product(matrix(weights), matrix(&of.patterns), 1.0), shape(&of.states))
}

/// R, without storing P.
fn stream(of: &Operands) -> (FlexTensor, Normalisers) {
    let found = crate::retrieve(matrix(&of.states), matrix(&of.patterns), of.beta);
    (tensor(found.0, shape(&of.states)), found.1)
}

/// With A = ∂L/∂P and `S = P ∘ (A − rowsum(P ∘ A))`:
///
/// ```text
/// ∂L/∂Q = β S K        ∂L/∂K = β Sᵀ Q        ∂L/∂β = Σ S ∘ C
/// ```
#[derive(Debug)]
struct AssociateBackward;

impl Backward<Flex, 3> for AssociateBackward {
    type State = (Operands, FlexTensor, Option<Vec<f32>>);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let mut gradient = whole(grads.consume::<Flex>(&ops.node));
        let [q, k, beta] = ops.parents;
        let (of, weights, similarities) = ops.state;
        let weights = matrix(&weights);
        let [b, n] = weights.shape();
        let scores = gradient.storage_mut::<f32>();
        crate::softmax_gradient(weights.data(), scores, n);
        let (states, patterns) = (matrix(&of.states), matrix(&of.patterns));
        if let (Some(node), Some(similarities)) = (beta, similarities) {
            let slope = crate::gradient_by_log_beta(scores, &similarities, n, of.beta);
            grads.register::<Flex>(node.id, by_beta(slope, of.beta));
        }
        let scores = Matrix::new(scores, [b, n]);
        if let Some(node) = k {
            let by_pattern = crate::slices::product(scores.t(), states, of.beta);
            grads.register::<Flex>(node.id, tensor(by_pattern, patterns.shape()));
        }
        if let Some(node) = q {
            let by_state = crate::slices::product(scores, patterns, of.beta);
            grads.register::<Flex>(node.id, tensor(by_state, states.shape()));
        }
    }
}

/// With G = ∂L/∂R, `A = G Hᵀ` and `S = P ∘ (A − rowsum(P ∘ A))`:
///
/// ```text
/// ∂L/∂Q = β S H        ∂L/∂H = Pᵀ G + β Sᵀ Q        ∂L/∂β = Σ S ∘ C
/// ```
#[derive(Debug)]
struct RetrieveBackward;

impl Backward<Flex, 3> for RetrieveBackward {
    type State = (Operands, Kept);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = contiguous(grads.consume::<Flex>(&ops.node));
        let [q, h, beta] = ops.parents;
        let (of, kept) = ops.state;
        let wanted = Wanted { states: q.is_some(), patterns: h.is_some() };
        let found = match &kept {
            Kept::Weights(weights, similarities) => {
                let similarities = similarities.as_deref();
                with_weights(&of, matrix(weights), similarities, matrix(&gradient), wanted)
            }
            Kept::Answer(retrieved, normalisers) => crate::retrieve_gradients(
                matrix(&of.states),
                matrix(&of.patterns),
                of.beta,
                (numbers(retrieved), normalisers),
                matrix(&gradient),
                wanted,
            ),
        };
        if let Some(node) = beta {
            grads.register::<Flex>(node.id, by_beta(found.log_beta, of.beta));
        }
        if let Some(node) = h {
            grads.register::<Flex>(node.id, tensor(found.patterns, shape(&of.patterns)));
        }
        if let Some(node) = q {
            grads.register::<Flex>(node.id, tensor(found.states, shape(&of.states)));
        }
    }
}

/// The gradients from P; ∂L/∂log β only from C.
fn with_weights(
    of: &Operands,
    weights: Matrix<'_>,
    similarities: Option<&[f32]>,
    gradient: Matrix<'_>,
    wanted: Wanted,
) -> crate::Gradients {
    let (states, patterns) = (matrix(&of.states), matrix(&of.patterns));
    let [b, n] = weights.shape();
    let mut scores = crate::slices::product(gradient, patterns.t(), 1.0);
    crate::softmax_gradient(weights.data(), &mut scores, n);
    let log_beta =
        similarities.map_or(0.0, |c| crate::gradient_by_log_beta(&scores, c, n, of.beta));
    let scores = Matrix::new(&scores, [b, n]);
    let by_pattern = wanted.patterns.then(|| {
        let mut sum = crate::slices::product(weights.t(), gradient, 1.0);
        crate::add_product(&mut sum, scores.t(), states, of.beta);
        sum
    });
    let by_state = wanted.states.then(|| crate::slices::product(scores, patterns, of.beta));
    crate::Gradients {
        states: by_state.unwrap_or_default(),
        patterns: by_pattern.unwrap_or_default(),
        log_beta,
    }
}

/// ∂L/∂β from ∂L/∂log β.
fn by_beta(by_log_beta: f64, beta: f32) -> FlexTensor {
    tensor(vec![(by_log_beta / f64::from(beta)) as f32], [1, 1])
}
