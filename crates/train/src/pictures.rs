//! The pictures of a run.

use burn::tensor::Tensor;
use hopfield_export::{Sheet, Tone};
use hopfield_layer::HopfieldLayer;
use hopfield_model::HopfieldStack;

use crate::batches::Batch;

/// Test images shown in `reconstructions.png`.
const SHOWN: usize = 16;
/// Pictures narrower than this are enlarged.
const WIDTH: usize = 1600;

/// `patterns.png`: a sheet per layer from the input on, each as square as possible, and one more for values
/// of its own; those that are no images (of another dimension) are left out. What is kept in a range is
/// shown in it; others each in its own, so that their structure shows.
pub(crate) fn patterns(stack: &HopfieldStack, image_shape: [usize; 2]) -> Vec<u8> {
    let [height, width] = image_shape;
    let sheet = |layer: &HopfieldLayer, rows: Tensor<2>| {
        let columns = (layer.pattern_count() as f64).sqrt().ceil() as usize;
        let tone = layer.range.map_or(Tone::PerTile, |range| Tone::Fixed {
            low: range.low as f32,
            high: range.high as f32,
        });
        Sheet::tiles(&host(rows), image_shape, columns, tone)
    };
    let sheets: Vec<_> = stack
        .layers
        .iter()
        .flat_map(|layer| {
            let rows = [Some(&layer.patterns), layer.values.as_ref()];
            rows.into_iter().flatten().map(move |rows| (layer, rows.val()))
        })
        .filter(|(_, rows)| rows.dims()[1] == height * width)
        .map(|(layer, rows)| sheet(layer, rows))
        .collect();
    png(Sheet::side_by_side(&sheets))
}

/// `reconstructions.png`: three rows of test images: what the network saw, the clean image, its answer.
pub(crate) fn reconstructions(
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
    png(Sheet::tiles(&images, image_shape, shown, tone))
}

fn png(sheet: Sheet) -> Vec<u8> {
    let [width, _] = sheet.size();
    sheet.enlarged((WIDTH / width).max(1)).to_png()
}

fn host(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
