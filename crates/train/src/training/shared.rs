//! A step that several devices share: each has a copy of the stack and takes a part of the batch.
//!
//! The loss of a batch is a sum over its images, but for the imbalance, which is a function of the mean weights of all of them.
//! So all devices answer first; then the mean is known, and with it what each weight of each image adds to the gradient.

use std::thread;
use std::time::Duration;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use hopfield_layer::{Answer, HopfieldLayer};
use hopfield_model::{HopfieldStack, LayerGradients, imbalance_gradient, squared_error};

use crate::batches::Batch;

/// Between two looks whether there is something to do: little, compared with a step.
const IDLE: Duration = Duration::from_micros(20);

/// The gradients of every layer, on the stack's device, and the squared error of the batch.
pub(super) fn gradients(
    stack: &HopfieldStack,
    batch: &Batch,
    devices: &[Device],
    balance: f64,
) -> (Vec<LayerGradients>, Tensor<1>) {
    let [size, _] = batch.targets.dims();
    let rows = |part: usize| part * size / devices.len()..(part + 1) * size / devices.len();
    let filled = (0..devices.len()).filter(|&part| !rows(part).is_empty());
    let parts: Vec<Part> = on_all(filled.map(|part| {
        move || {
            let device = &devices[part];
            let of = |images: &Tensor<2>| images.clone().slice_dim(0, rows(part)).to_device(device);
            Part::answer(stack.clone().fork(device), of(&batch.states), of(&batch.targets))
        }
    }));
    let home = batch.targets.device();
    let balanced = stack.layers.iter().enumerate();
    let balanced =
        balanced.filter(|(_, layer)| balance > 0.0 && layer.separation.has_full_support());
    let pulls: Vec<(usize, Tensor<2>)> = balanced
        .map(|(index, layer)| {
            let sums = parts.iter().map(|part| part.weight_sums(index).to_device(&home));
            let sum = sums.reduce(|a, b| a + b).expect("a batch has images");
            let pull = imbalance_gradient(sum / size as f64, layer.heads());
            (index, pull * (balance / size as f64))
        })
        .collect();
    let pulls = &pulls;
    let found = on_all(parts.into_iter().map(|part| move || part.gradients(size, pulls)));
    let found = found.into_iter().map(|(gradients, error)| {
        let home = &home;
        let gradients = gradients.into_iter().map(|of_layer| of_layer.to_device(home));
        (gradients.collect::<Vec<_>>(), error.to_device(home))
    });
    let sum = found.reduce(|(gradients, error), (more, more_error)| {
        let sums = gradients.into_iter().zip(more).map(|(of_layer, more)| of_layer.plus(more));
        (sums.collect(), error + more_error)
    });
    sum.expect("a batch has images")
}

/// A device's part of the batch, answered.
struct Part {
    stack: HopfieldStack,
    answers: Vec<Answer>,
    error: Tensor<1>,
}

impl Part {
    fn answer(stack: HopfieldStack, states: Tensor<2>, targets: Tensor<2>) -> Self {
        let answers = stack.trace(states);
        let last = answers.last().expect("a stack has layers");
        let error = squared_error(last.retrieved.clone(), targets);
        Self { stack, answers, error }
    }

    /// `Σ_b P_b` of a layer: `[1, h·N]`.
    fn weight_sums(&self, layer: usize) -> Tensor<2> {
        self.answers[layer].weights.clone().without_autodiff().sum_dim(0)
    }

    /// The gradients of the part's share in the loss, and its squared error; `pulls` are ∂L/∂P of the same for all images.
    fn gradients(
        self,
        size: usize,
        pulls: &[(usize, Tensor<2>)],
    ) -> (Vec<LayerGradients>, Tensor<1>) {
        let mut loss = self.error.clone() / size as f64;
        for (layer, pull) in pulls {
            let weights = self.answers[*layer].weights.clone();
            let pull = pull.clone().to_device(&weights.device()).autodiff();
            loss = loss + (weights * pull).sum();
        }
        let gradients = loss.backward();
        let of = |layer: &HopfieldLayer| LayerGradients::of(layer, &gradients);
        (self.stack.layers.iter().map(of).collect(), self.error.without_autodiff())
    }
}

/// Does the work of all devices at once; gives what each gave, in order.
fn on_all<T: Send, W: FnOnce() -> T + Send>(work: impl Iterator<Item = W>) -> Vec<T> {
    thread::scope(|scope| {
        let running: Vec<_> = work.map(|work| scope.spawn(work)).collect();
        // This thread may be one of Rayon's, or the only one, on which the others count: it does not just wait.
        while !running.iter().all(thread::ScopedJoinHandle::is_finished) {
            if rayon::yield_now() != Some(rayon::Yield::Executed) {
                thread::sleep(IDLE);
            }
        }
        let joined = running.into_iter().map(|running| running.join());
        // What panics there panics here.
        joined.map(|found| found.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}
