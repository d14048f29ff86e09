//! Test images and what a stack makes of them, as a picture.

use burn::tensor::Tensor;
use hopfield_model::HopfieldStack;
use hopfield_report::{Sheet, Tone, png};

use crate::batches::Batch;

/// Test images shown in `reconstructions.png`.
const SHOWN: usize = 16;

/// `reconstructions.png`: three rows of test images: what the network saw, the clean image, its answer.
pub fn reconstructions(
    stack: &HopfieldStack,
    held_out: &Batch,
    image_shape: [usize; 2],
) -> Vec<u8> {
    let [n, _] = held_out.targets.dims();
    let shown = n.min(SHOWN);
    let first = |images: &Tensor<2>| images.clone().slice_dim(0, 0..shown);
    let states = first(&held_out.states);
    let rows = [states.clone(), first(&held_out.targets), stack.forward(states)];
    let host = |rows: Tensor<2>| rows.into_data().iter::<f32>().collect::<Vec<_>>();
    let images: Vec<f32> = rows.into_iter().flat_map(host).collect();
    let tone = Tone::Fixed { low: 0.0, high: 1.0 };
    png(vec![Sheet::tiles(&images, image_shape, shown, tone)])
}
