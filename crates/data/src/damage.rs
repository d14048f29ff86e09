//! What is done to an image before the network sees it.

use std::fmt;
use std::str::FromStr;

use hopfield_arrays::ImageShape;
use rand::rngs::ChaCha8Rng;
use rand::seq::index;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Normal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done to an image before the network sees it. The network should always answer with the clean image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Damage {
    /// Nothing: the network sees the clean image.
    None,
    /// Adds noise.
    Noise(Noise),
    /// Hides a part of the image.
    Mask(Mask),
}

/// A kind of noise. In a config's `[task]`: `noise = "gaussian"`, `std = 0.5`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "noise", rename_all = "snake_case")]
pub enum Noise {
    /// A normal number is added to every pixel; the sum is not clipped.
    Gaussian {
        /// Standard deviation of the noise; pixels are in [0, 1].
        #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 3.4e38, "default" = 0.5))]
        std: f64,
    },
    /// Some pixels become 0 or 1, both equally likely.
    SaltAndPepper {
        /// Fraction of the pixels that become 0 or 1.
        #[schemars(range(min = 0, max = 1), extend("default" = 0.3))]
        fraction: f64,
    },
}

/// The part of an image that is hidden, that is, set to 0 (blank paper). In a config's `[task]`: `mask = "random"`,
/// `fraction = 0.5`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mask", rename_all = "snake_case")]
pub enum Mask {
    /// The lower half.
    Bottom,
    /// The upper half.
    Top,
    /// The left half.
    Left,
    /// The right half.
    Right,
    /// Random pixels, drawn anew for every image.
    Random {
        /// Fraction of the pixels that are hidden.
        #[schemars(range(min = 0, max = 1), extend("default" = 0.5))]
        fraction: f64,
    },
}

impl Mask {
    /// Every mask; the random one hides half of the pixels.
    pub const ALL: [Self; 5] =
        [Self::Bottom, Self::Top, Self::Left, Self::Right, Self::Random { fraction: 0.5 }];

    /// Its name, without the fraction.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bottom => "bottom",
            Self::Top => "top",
            Self::Left => "left",
            Self::Right => "right",
            Self::Random { .. } => "random",
        }
    }

    /// Whether it needs to know where a pixel is.
    pub fn is_of_images(self) -> bool {
        !matches!(self, Self::Random { .. })
    }

    /// Hides a part of one image.
    fn hide(self, image: &mut [f32], shape: ImageShape, rng: &mut ChaCha8Rng) {
        let channels = shape.channels();
        let (height, width) = (shape.height(), shape.width() * channels);
        // The channels of a pixel are hidden together.
        let half = shape.width() / 2 * channels;
        match self {
            Self::Bottom => image[height / 2 * width..].fill(0.0),
            Self::Top => image[..height / 2 * width].fill(0.0),
            Self::Left => image.chunks_exact_mut(width).for_each(|row| row[..half].fill(0.0)),
            Self::Right => image.chunks_exact_mut(width).for_each(|row| row[half..].fill(0.0)),
            Self::Random { fraction } => {
                let pixels = image.len() / channels;
                let hidden = (fraction * pixels as f64).round() as usize;
                for pixel in index::sample(rng, pixels, hidden) {
                    image[pixel * channels..(pixel + 1) * channels].fill(0.0);
                }
            }
        }
    }
}

/// `bottom`, …, or `random:0.5`; [`FromStr`] reads it.
impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random { fraction } => write!(f, "{}:{fraction}", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

impl FromStr for Mask {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|mask| mask.name() == text);
        let fraction = text.strip_prefix("random:").and_then(|fraction| fraction.parse().ok());
        let fraction = fraction.filter(|fraction| (0.0..=1.0).contains(fraction));
        let random = fraction.map(|fraction| Self::Random { fraction });
        let mask = random.or(named.filter(|mask| !matches!(mask, Self::Random { .. })));
        mask.ok_or("allowed: bottom, top, left, right, or random:F with F from 0 to 1")
    }
}

/// For people, after "images": `without their lower halves`.
impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("as they are"),
            Self::Noise(Noise::Gaussian { std }) => write!(f, "with Gaussian noise of σ = {std}"),
            Self::Noise(Noise::SaltAndPepper { fraction }) => {
                write!(f, "with {fraction} of their pixels black or white")
            }
            Self::Mask(Mask::Top) => f.write_str("without their upper halves"),
            Self::Mask(Mask::Bottom) => f.write_str("without their lower halves"),
            Self::Mask(half @ (Mask::Left | Mask::Right)) => {
                write!(f, "without their {half} halves")
            }
            Self::Mask(Mask::Random { fraction }) => {
                write!(f, "without {fraction} of their pixels")
            }
        }
    }
}

impl Damage {
    /// Whether it is random, so that it differs from image to image.
    pub fn is_drawn(self) -> bool {
        matches!(self, Self::Noise(_) | Self::Mask(Mask::Random { .. }))
    }

    /// Damages the images of this shape in `pixels`, one after the other.
    /// The same seed and stream give the same damage.
    ///
    /// # Panics
    ///
    /// If the pixels are not whole images, a standard deviation is negative or not finite, or a fraction is
    /// not in [0, 1].
    pub fn apply(self, pixels: &mut [f32], shape: ImageShape, seed: u64, stream: u64) {
        assert_eq!(pixels.len() % shape.dim(), 0, "the images must be whole");
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        match self {
            Self::None => {}
            Self::Noise(Noise::Gaussian { std }) => {
                let normal =
                    Normal::new(0.0f32, std as f32).expect("std is finite and not negative");
                for pixel in pixels {
                    *pixel += normal.sample(&mut rng);
                }
            }
            Self::Noise(Noise::SaltAndPepper { fraction }) => {
                for pixel in pixels {
                    if rng.random_bool(fraction) {
                        *pixel = f32::from(u8::from(rng.random::<bool>()));
                    }
                }
            }
            Self::Mask(mask) => {
                for image in pixels.chunks_exact_mut(shape.dim()) {
                    mask.hide(image, shape, &mut rng);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn damaged(damage: Damage, seed: u64, stream: u64) -> Vec<f32> {
        let mut pixels = vec![0.5; 30 * 4 * 6];
        damage.apply(&mut pixels, ImageShape::new(&[4, 6]).unwrap(), seed, stream);
        pixels
    }

    #[test]
    fn halves_are_hidden_where_they_are() {
        let shown = |mask| {
            let image = &damaged(Damage::Mask(mask), 0, 0)[..24];
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
        let pixels = damaged(Damage::Mask(Mask::Random { fraction: 0.25 }), 1, 1);
        let images: Vec<_> = pixels.chunks(24).collect();
        for image in &images {
            assert_eq!(image.iter().filter(|&&p| p == 0.0).count(), 6);
        }
        assert_ne!(images[0], images[1]);
    }

    #[test]
    fn the_colours_of_a_pixel_are_hidden_together() {
        let shape = ImageShape::new(&[2, 5, 3]).unwrap();
        for (mask, hidden) in [
            (Mask::Left, "##...##..."),
            (Mask::Right, "..###..###"),
            (Mask::Top, "#####....."),
            (Mask::Bottom, ".....#####"),
        ] {
            let mut pixels = vec![0.5; 30];
            Damage::Mask(mask).apply(&mut pixels, shape, 0, 0);
            let pixel = |pixel: &[f32]| if pixel == [0.0; 3] { '#' } else { '.' };
            assert_eq!(pixels.chunks(3).map(pixel).collect::<String>(), hidden);
        }
        let mut pixels = vec![0.5; 30];
        Damage::Mask(Mask::Random { fraction: 0.3 }).apply(&mut pixels, shape, 0, 0);
        assert_eq!(pixels.chunks(3).filter(|pixel| **pixel == [0.0; 3]).count(), 3);
        assert_eq!(pixels.iter().filter(|&&number| number == 0.0).count(), 9);
    }

    #[test]
    fn noise_has_its_strength() {
        let pixels = damaged(Damage::Noise(Noise::Gaussian { std: 0.5 }), 1, 1);
        let variance = pixels.iter().map(|p| (p - 0.5).powi(2)).sum::<f32>() / pixels.len() as f32;
        assert!((variance.sqrt() - 0.5).abs() < 0.05, "{variance}");

        let pixels = damaged(Damage::Noise(Noise::SaltAndPepper { fraction: 0.4 }), 1, 1);
        let share = |value: f32| {
            pixels.iter().filter(|&&p| p == value).count() as f32 / pixels.len() as f32
        };
        assert!((share(0.0) - 0.2).abs() < 0.05 && (share(1.0) - 0.2).abs() < 0.05);
        assert!((share(0.5) - 0.6).abs() < 0.05);
    }

    #[test]
    fn damage_depends_on_seed_and_stream_only() {
        let damage = Damage::Noise(Noise::Gaussian { std: 0.1 });
        assert_eq!(damaged(damage, 1, 2), damaged(damage, 1, 2));
        assert_ne!(damaged(damage, 1, 2), damaged(damage, 1, 3));
        assert_ne!(damaged(damage, 1, 2), damaged(damage, 2, 2));
        assert_eq!(damaged(Damage::None, 1, 2), vec![0.5; 720]);
    }

    #[test]
    fn names_are_read_back() {
        for mask in Mask::ALL {
            assert_eq!(mask.to_string().parse(), Ok(mask));
        }
        assert_eq!("random:0.25".parse(), Ok(Mask::Random { fraction: 0.25 }));
        for wrong in ["random", "random:", "random:2", "random:nan", "left:0.5", "middle", ""] {
            let error = wrong.parse::<Mask>().unwrap_err();
            assert!(error.starts_with("allowed: bottom"), "{wrong}");
        }
    }

    #[test]
    fn damage_is_written_as_in_a_config() {
        use serde_json::json;
        for (noise, table) in [
            (Noise::Gaussian { std: 0.5 }, json!({ "noise": "gaussian", "std": 0.5 })),
            (
                Noise::SaltAndPepper { fraction: 0.3 },
                json!({ "noise": "salt_and_pepper", "fraction": 0.3 }),
            ),
        ] {
            assert_eq!(serde_json::to_value(noise).unwrap(), table);
            assert_eq!(serde_json::from_value::<Noise>(table).unwrap(), noise);
        }
        for mask in Mask::ALL {
            let table = serde_json::to_value(mask).unwrap();
            assert_eq!(table["mask"], mask.name());
            assert_eq!(serde_json::from_value::<Mask>(table).unwrap(), mask);
        }
        let random = json!({ "mask": "random", "fraction": 0.5 });
        assert_eq!(serde_json::to_value(Mask::ALL[4]).unwrap(), random);
    }
}
