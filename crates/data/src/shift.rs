//! Random shifts of training images, so that a network sees more variants than there are images.

use hopfield_arrays::ImageShape;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Shifts each of the images of this shape in `pixels` by a random whole number of pixels, up to `most`, up or down, and likewise left
/// or right; all shifts are equally likely. Edge pixels are repeated where an image leaves a gap. The same seed and stream give the same shifts.
///
/// # Panics
///
/// If the pixels are not whole images.
pub fn shift(pixels: &mut [f32], shape: ImageShape, most: usize, seed: u64, stream: u64) {
    assert_eq!(pixels.len() % shape.dim(), 0, "the images must be whole");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    let (height, width, channels) = (shape.height(), shape.width(), shape.channels());
    // Where the pixel comes from, of so many in a row.
    let from =
        |at: usize, moved: usize, count: usize| (at + moved).saturating_sub(most).min(count - 1);
    for image in pixels.chunks_exact_mut(shape.dim()) {
        let [down, right] = [(); 2].map(|()| rng.random_range(0..=2 * most));
        let old = image.to_vec();
        for (at, pixel) in image.chunks_exact_mut(channels).enumerate() {
            let row = from(at / width, down, height);
            let place = (row * width + from(at % width, right, width)) * channels;
            pixel.copy_from_slice(&old[place..place + channels]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every move is made, and each pixel is the one that was there or, beyond the edge, the one at the edge.
    #[test]
    fn images_are_moved_as_a_whole() {
        let shape = ImageShape::new(&[2, 3, 3]).unwrap();
        let image: Vec<f32> = (0..18).map(|pixel| pixel as f32).collect();
        let moved = |down: i32, right: i32| -> Vec<f32> {
            let pixel = |at: i32| {
                let (row, column) = ((at / 3 + down).clamp(0, 1), (at % 3 + right).clamp(0, 2));
                let first = ((row * 3 + column) * 3) as usize;
                image[first..first + 3].to_vec()
            };
            (0..6).flat_map(pixel).collect()
        };
        let mut pixels = image.repeat(300);
        shift(&mut pixels, shape, 1, 1, 2);
        let found = |down, right| {
            let expected = moved(down, right);
            pixels.chunks_exact(18).filter(|found| *found == expected).count()
        };
        let counts: Vec<usize> = (-1..=1)
            .flat_map(|down| (-1..=1).map(move |right| (down, right)))
            .map(|(d, r)| found(d, r))
            .collect();
        assert_eq!(counts.iter().sum::<usize>(), 300);
        assert!(counts.iter().all(|count| (15..60).contains(count)), "{counts:?}");

        let mut again = image.repeat(300);
        shift(&mut again, shape, 1, 1, 2);
        assert_eq!(again, pixels);
        shift(&mut again, shape, 0, 1, 3);
        assert_eq!(again, pixels);
        shift(&mut again, shape, 1, 1, 3);
        assert_ne!(again, pixels);
    }
}
