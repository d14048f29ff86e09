//! Test images and a stack's answers to them, as a picture.

use burn::tensor::Tensor;
use hopfield_arrays::{ImageShape, Scaling};
use hopfield_model::Batch;
use hopfield_report::{Sheet, Tone, png};

/// `reconstructions.png`, a column for each of the first images that there are `answers` to: what the network saw, the
/// clean image, its answer.
///
/// # Shapes
///
/// - answers: `[n, d]`, n not above the number of images
pub fn reconstructions(
    held_out: &Batch,
    answers: &Tensor<2>,
    image_shape: ImageShape,
    scaling: &Scaling,
) -> Vec<u8> {
    let [shown, _] = answers.dims();
    let first = |images: &Tensor<2>| images.clone().slice_dim(0, 0..shown);
    let rows = [first(&held_out.states), first(&held_out.targets), answers.clone()];
    let host = |rows: Tensor<2>| rows.into_data().iter::<f32>().collect::<Vec<_>>();
    let mut images: Vec<f32> = rows.into_iter().flat_map(host).collect();
    scaling.to_grey(&mut images);
    let tone = Tone::Fixed { low: 0.0, high: 1.0 };
    png(Sheet::tiles(&images, image_shape, shown, tone))
}
