//! How much patterns look like images.

use std::fmt::{self, Display, Formatter};

use burn::tensor::Tensor;
use hopfield_kernels::matmul;
use serde::{Deserialize, Serialize};

/// Images that patterns are compared with at once.
const CHUNK: usize = 2048;
/// The likeness above which a pattern counts as [alike](Likeness::alike).
pub const ALIKE: f64 = 0.6;

/// How much the patterns of a layer look like images.
///
/// The *likeness* of a pattern is the largest Pearson correlation, over the pixels, with any of the images: 1 for an image
/// (however bright, and whatever its contrast), .85 for a digit of MNIST that is not among them, .1 for uniform noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// The mean over the patterns.
    pub mean: f64,
    /// The mean over the patterns if a negative counts as much as a positive: the largest absolute correlation.
    pub of_either_sign: f64,
    /// The fraction of patterns above [`ALIKE`].
    pub alike: f64,
}

impl Likeness {
    /// Compares patterns with images. A pattern or an image of a single tone is like nothing: 0.
    ///
    /// # Shapes
    ///
    /// - patterns: `[N, d]`, images: `[n, d]`
    ///
    /// # Panics
    ///
    /// If there are none, or their dimensions differ.
    pub fn new(patterns: &Tensor<2>, images: &Tensor<2>) -> Self {
        let [count, _] = patterns.dims();
        let extremes = correlations(patterns, images)
            .map(|(_, chunk)| (chunk.clone().max_dim(1), -chunk.min_dim(1)));
        let found = extremes
            .reduce(|(most, least), (more, less)| (most.max_pair(more), least.max_pair(less)));
        let (largest, negative) = found.expect("there are images");
        let host = |numbers: Tensor<2>| -> Vec<f64> { numbers.into_data().iter().collect() };
        let (largest, negative) = (host(largest), host(negative));
        let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / count as f64;
        let either: Vec<f64> = largest.iter().zip(negative).map(|(&a, b)| a.max(b)).collect();
        let alike = largest.iter().filter(|&&likeness| likeness > ALIKE).count();
        Self {
            mean: mean(&largest),
            of_either_sign: mean(&either),
            alike: alike as f64 / count as f64,
        }
    }
}

impl Likeness {
    /// Whether the patterns resemble the negatives of images so much that these must be counted, too.
    fn counts_negatives(&self) -> bool {
        self.of_either_sign > self.mean + 0.05
    }

    /// The mean in a few characters: `0.899`; with `±` if it counts negatives, too.
    pub fn brief(&self) -> String {
        if self.counts_negatives() {
            format!("±{:.3}", self.of_either_sign)
        } else {
            format!("{:.3}", self.mean)
        }
    }
}

/// Its mean, and the fraction of patterns that are alike.
impl Display for Likeness {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{:.2} ({:.0}% above {ALIKE})", self.mean, 100.0 * self.alike)?;
        if self.counts_negatives() {
            write!(out, ", {:.2} counting their negatives", self.of_either_sign)?;
        }
        Ok(())
    }
}

/// The k images that each pattern is most like, with the correlations, the largest first; fewer if there are fewer images.
///
/// # Shapes
///
/// - patterns: `[N, d]`, images: `[n, d]`
///
/// # Panics
///
/// If the dimensions differ.
pub fn most_alike(patterns: &Tensor<2>, images: &Tensor<2>, k: usize) -> Vec<Vec<(usize, f64)>> {
    let [count, _] = patterns.dims();
    let mut found = vec![Vec::new(); count];
    for (start, chunk) in correlations(patterns, images) {
        let most = k.min(chunk.dims()[1]);
        let (largest, places) = chunk.topk_with_indices(most, 1);
        let largest: Vec<f64> = largest.into_data().iter().collect();
        let places: Vec<i64> = places.into_data().iter().collect();
        let of_patterns = largest.chunks(most).zip(places.chunks(most));
        for (found, (largest, places)) in found.iter_mut().zip(of_patterns) {
            let places = places.iter().map(|&place| start + place as usize);
            found.extend(places.zip(largest.iter().copied()));
            found.sort_by(|a: &(usize, f64), b| b.1.total_cmp(&a.1));
            found.truncate(k);
        }
    }
    found
}

/// The correlations of all patterns with some images at a time, and the place of the first of these.
fn correlations(
    patterns: &Tensor<2>,
    images: &Tensor<2>,
) -> impl Iterator<Item = (usize, Tensor<2>)> {
    let [n, _] = images.dims();
    let patterns = centred(patterns.clone());
    (0..n).step_by(CHUNK).map(move |start| {
        let chunk = images.clone().slice_dim(0, start..n.min(start + CHUNK));
        (start, matmul(patterns.clone(), centred(chunk).transpose()))
    })
}

/// Rows less their means, scaled to length 1; 0 if all entries are equal.
fn centred(rows: Tensor<2>) -> Tensor<2> {
    let rows = rows.without_autodiff();
    // Large numbers would overflow below.
    let rows = rows.clone() / rows.abs().max_dim(1).clamp_min(1.0);
    let rows = rows.clone() - rows.mean_dim(1);
    let lengths = rows.clone().square().sum_dim(1).sqrt();
    let flat = lengths.clone().lower_equal_elem(1e-6);
    rows / lengths.mask_fill(flat, f32::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn the_images_that_a_pattern_is_most_like_come_first() {
        let device = Device::flex();
        let mut images = vec![[0.5_f32; 3]; CHUNK];
        images.extend([[0.0, 0.0, 1.0], [0.0, 1.0, 0.9], [1.0, 0.0, 0.0]]);
        images[7] = [0.0, 0.1, 1.0];
        let images = TensorData::new(images.as_flattened().to_vec(), [images.len(), 3]);
        let images = Tensor::<2>::from_data(images, &device);
        let pattern = Tensor::<2>::from_data([[0.0, 0.0, 2.0]], &device);
        let found = &most_alike(&pattern, &images, 3)[0];
        let places = found.iter().map(|(place, _)| *place).collect::<Vec<_>>();
        assert_eq!(places, [CHUNK, 7, CHUNK + 1]);
        assert!((found[0].1 - 1.0).abs() < 1e-6 && found[2].1 < 0.5, "{found:?}");
        assert_eq!(most_alike(&pattern, &pattern, 5), [[(0, found[0].1)]]);
    }

    #[test]
    fn likeness_is_the_largest_correlation() {
        let device = Device::flex();
        // More images than are compared at once; the last are the only ones that matter.
        let mut images = vec![[0.5_f32; 4]; CHUNK];
        images.extend([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]);
        let images = TensorData::new(images.as_flattened().to_vec(), [images.len(), 4]);
        let images = Tensor::<2>::from_data(images, &device);
        let large = Tensor::<2>::from_data([[3e38, -3e38, 3e38, 3e38]], &device);
        assert!((Likeness::new(&large, &images).mean - 1.0 / 3.0_f64.sqrt()).abs() < 1e-6);
        let patterns = Tensor::<2>::from_data(
            [
                [3.0, 3.0, 9.0, 9.0], // an image, brighter: 1
                [1.0, 0.0, 1.0, 0.0], // a negative: 0 with the first, −1 with the second
                [0.0, 0.0, 0.0, 1.0], // 1/√3 with both
                [7.0, 7.0, 7.0, 7.0], // nothing: 0
            ],
            &device,
        );
        let found = Likeness::new(&patterns, &images);
        let third = 1.0 / 3.0_f64.sqrt();
        assert!((found.mean - (1.0 + third) / 4.0).abs() < 1e-6, "{found:?}");
        assert!((found.of_either_sign - (2.0 + third) / 4.0).abs() < 1e-6, "{found:?}");
        assert_eq!(found.alike, 0.25);
    }
}
