//! What a network has to do: answer damaged images with the clean ones.

use rand::rngs::ChaCha8Rng;
use rand::seq::index;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Normal};

/// The kind of noise added to an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Noise {
    /// Adds a normal number with this standard deviation to every pixel (not clipped).
    Gaussian {
        /// The standard deviation; pixels are in [0, 1].
        std: f64,
    },
    /// Sets this fraction of the pixels, each with equal chance, to 0 or 1.
    SaltAndPepper {
        /// The fraction in [0, 1].
        fraction: f64,
    },
}

/// The part of an image that is hidden: set to 0, which is blank paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mask {
    /// The upper half of the rows.
    Top,
    /// The lower half of the rows.
    Bottom,
    /// The left half of the columns.
    Left,
    /// The right half of the columns.
    Right,
    /// This fraction of the pixels, drawn anew for every image.
    Random {
        /// The fraction in [0, 1].
        fraction: f64,
    },
}

/// What the network sees; what it should answer is always the clean image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Task {
    /// The clean image.
    Reconstruct,
    /// The image with noise.
    Denoise(Noise),
    /// The image with a part hidden.
    Complete(Mask),
}

impl Task {
    /// Whether the states differ from the clean images.
    pub fn damages(&self) -> bool {
        *self != Task::Reconstruct
    }

    /// Damages the images of `height` × `width` in `pixels`, one after the other, rows from the top.
    /// Equal (seed, stream) give equal damage.
    ///
    /// # Panics
    ///
    /// If the pixels are not whole images, a standard deviation is negative or not finite, or a fraction is
    /// not in [0, 1].
    pub fn damage(&self, pixels: &mut [f32], height: usize, width: usize, seed: u64, stream: u64) {
        assert_eq!(pixels.len() % (height * width), 0, "the images must be whole");
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        match *self {
            Task::Reconstruct => {}
            Task::Denoise(Noise::Gaussian { std }) => {
                let normal =
                    Normal::new(0.0f32, std as f32).expect("std is finite and not negative");
                for pixel in pixels {
                    *pixel += normal.sample(&mut rng);
                }
            }
            Task::Denoise(Noise::SaltAndPepper { fraction }) => {
                for pixel in pixels {
                    if rng.random_bool(fraction) {
                        *pixel = f32::from(u8::from(rng.random::<bool>()));
                    }
                }
            }
            Task::Complete(mask) => {
                for image in pixels.chunks_exact_mut(height * width) {
                    hide(mask, image, height, width, &mut rng);
                }
            }
        }
    }
}

fn hide(mask: Mask, image: &mut [f32], height: usize, width: usize, rng: &mut ChaCha8Rng) {
    match mask {
        Mask::Top => image[..height / 2 * width].fill(0.0),
        Mask::Bottom => image[height / 2 * width..].fill(0.0),
        Mask::Left => image.chunks_exact_mut(width).for_each(|row| row[..width / 2].fill(0.0)),
        Mask::Right => image.chunks_exact_mut(width).for_each(|row| row[width / 2..].fill(0.0)),
        Mask::Random { fraction } => {
            let hidden = (fraction * image.len() as f64).round() as usize;
            for pixel in index::sample(rng, image.len(), hidden) {
                image[pixel] = 0.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn damaged(task: Task, seed: u64, stream: u64) -> Vec<f32> {
        let mut pixels = vec![0.5; 30 * 4 * 6];
        task.damage(&mut pixels, 4, 6, seed, stream);
        pixels
    }

    #[test]
    fn halves_are_hidden_where_they_are() {
        let shown = |mask| {
            let image = &damaged(Task::Complete(mask), 0, 0)[..24];
            let row = |r: usize| {
                image[6 * r..6 * r + 6].iter().map(|&p| if p == 0.0 { '.' } else { '#' })
            };
            (0..4).map(|r| row(r).collect::<String>()).collect::<Vec<_>>()
        };
        assert_eq!(shown(Mask::Top), ["......", "......", "######", "######"]);
        assert_eq!(shown(Mask::Bottom), ["######", "######", "......", "......"]);
        assert_eq!(shown(Mask::Left), ["...###"; 4]);
        assert_eq!(shown(Mask::Right), ["###..."; 4]);
    }

    #[test]
    fn a_random_mask_hides_its_fraction_of_every_image() {
        let pixels = damaged(Task::Complete(Mask::Random { fraction: 0.25 }), 1, 1);
        let images: Vec<_> = pixels.chunks(24).collect();
        for image in &images {
            assert_eq!(image.iter().filter(|&&p| p == 0.0).count(), 6);
        }
        assert_ne!(images[0], images[1]);
    }

    #[test]
    fn noise_has_its_strength() {
        let pixels = damaged(Task::Denoise(Noise::Gaussian { std: 0.5 }), 1, 1);
        let variance = pixels.iter().map(|p| (p - 0.5).powi(2)).sum::<f32>() / pixels.len() as f32;
        assert!((variance.sqrt() - 0.5).abs() < 0.05, "{variance}");

        let pixels = damaged(Task::Denoise(Noise::SaltAndPepper { fraction: 0.4 }), 1, 1);
        let share = |value: f32| {
            pixels.iter().filter(|&&p| p == value).count() as f32 / pixels.len() as f32
        };
        assert!((share(0.0) - 0.2).abs() < 0.05 && (share(1.0) - 0.2).abs() < 0.05);
        assert!((share(0.5) - 0.6).abs() < 0.05);
    }

    #[test]
    fn damage_depends_on_seed_and_stream_only() {
        let task = Task::Denoise(Noise::Gaussian { std: 0.1 });
        assert_eq!(damaged(task, 1, 2), damaged(task, 1, 2));
        assert_ne!(damaged(task, 1, 2), damaged(task, 1, 3));
        assert_ne!(damaged(task, 1, 2), damaged(task, 2, 2));
        assert_eq!(damaged(Task::Reconstruct, 1, 2), vec![0.5; 720]);
    }
}
