//! The pictures of a run.

use burn::tensor::Tensor;
use hopfield_export::{Sheet, Tone, pattern_sheet, png};
use hopfield_layer::{HopfieldLayer, Range};
use hopfield_model::HopfieldStack;

use crate::batches::Batch;

/// Test images shown in `reconstructions.png`.
const SHOWN: usize = 16;

/// `patterns.png`: a sheet per layer from the input on, and one more for values of its own; those that are no
/// images (of another dimension) are left out.
pub(crate) fn patterns(stack: &HopfieldStack, image_shape: [usize; 2]) -> Vec<u8> {
    let [height, width] = image_shape;
    let rows = |layer: &HopfieldLayer| {
        let rows = [Some(layer.patterns.val()), layer.values.as_ref().map(|values| values.val())];
        let range = layer.range.map(|Range { low, high }| [low, high]);
        rows.into_iter().flatten().map(move |rows| (rows, range))
    };
    let rows = stack.layers.iter().flat_map(rows);
    let images = rows.filter(|(rows, _)| rows.dims()[1] == height * width);
    let sheets = images.map(|(rows, range)| pattern_sheet(&host(rows), image_shape, range));
    png(sheets.collect())
}

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
    let images: Vec<f32> = rows.into_iter().flat_map(host).collect();
    let tone = Tone::Fixed { low: 0.0, high: 1.0 };
    png(vec![Sheet::tiles(&images, image_shape, shown, tone)])
}

fn host(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
