//! What the error of a finished training is compared with.

use hopfield_model::{HopfieldStack, k_means};
use serde::Serialize;

use super::trainer::Trainer;

/// k-means gets so many patterns and training images at most, so that it takes a second or two.
const MOST_CENTRES: usize = 1024;
const MOST_IMAGES: usize = 10_000;

/// Errors on the test images of simpler ways to answer with images.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    /// Of the mean training image.
    pub(crate) mean_image_mse: f64,
    /// Of the nearest of as many k-means centres as the last layer has patterns, found among the first 10,000 training images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) k_means_mse: Option<f64>,
}

impl Trainer<'_> {
    /// None if the answers are not images.
    pub(super) fn compared(&self) -> Option<Compared> {
        let Self { run, state, .. } = self;
        let images = run.batches.images();
        let mean_image_mse = run.objective.baseline(images, &run.test)?;
        let last = state.stack.layers.last().expect("a stack has layers");
        let (count, [n, _]) = (last.pattern_count(), images.dims());
        let centres = (count <= MOST_CENTRES).then(|| {
            let images = images.clone().slice_dim(0, 0..n.min(MOST_IMAGES));
            // Too few distinct images for so many centres: no comparison.
            k_means(count, run.config.seed, &images).ok()
        });
        let k_means_mse = centres.flatten().map(|centres| {
            let stack = HopfieldStack::new(vec![centres]).expect("one layer fits");
            run.evaluate(&stack, &run.test).error
        });
        Some(Compared { mean_image_mse, k_means_mse })
    }
}
