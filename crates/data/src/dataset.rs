//! Labelled images, in a training and a test split.

use burn_dataset::DatasetError;

use crate::DataError;
use crate::idx::{Images, Labels};

/// Images of one size, with a label each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    height: usize,
    width: usize,
}

impl Split {
    /// Joins images and labels from the files `image_file` and `label_file`.
    pub(crate) fn new(
        images: Images,
        labels: Labels,
        image_file: &str,
        label_file: &str,
    ) -> Result<Self, DataError> {
        if images.count != labels.labels.len() {
            return Err(DataError::Mismatch {
                files: format!("{image_file} and {label_file}"),
                problem: format!("{} images, but {} labels", images.count, labels.labels.len()),
            });
        }
        Ok(Self {
            pixels: images.pixels,
            labels: labels.labels,
            height: images.height,
            width: images.width,
        })
    }

    /// Takes the last `count` images out, and returns them.
    ///
    /// # Panics
    ///
    /// If `count` is 0 or not less than the number of images.
    pub fn keep_back(&mut self, count: usize) -> Self {
        assert!((1..self.count()).contains(&count), "{count} of {} images", self.count());
        let first = self.count() - count;
        Self {
            pixels: self.pixels.split_off(first * self.dim()),
            labels: self.labels.split_off(first),
            height: self.height,
            width: self.width,
        }
    }

    /// The number of images, at least 1.
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// d, the number of pixels of an image.
    pub fn dim(&self) -> usize {
        self.height * self.width
    }

    /// All pixels as stored, 0 to 255, image after image, rows from the top.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The labels, one per image.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// All pixels in [0, 1], image after image, rows from the top: `count × dim` numbers.
    pub fn unit_pixels(&self) -> Vec<f32> {
        self.pixels.iter().map(|&p| f32::from(p) / 255.0).collect()
    }

    /// The pixels in [0, 1] of the images with these indices.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    pub fn unit_pixels_of(&self, images: &[usize]) -> Vec<f32> {
        let dim = self.dim();
        let pixels = images.iter().flat_map(|&image| &self.pixels[image * dim..(image + 1) * dim]);
        pixels.map(|&p| f32::from(p) / 255.0).collect()
    }
}

/// One image with its label, as Burn's data loaders take them from a [`Split`].
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Pixels in [0, 1], rows from the top.
    pub pixels: Vec<f32>,
    /// Its label.
    pub label: u8,
}

/// A split can be used with Burn's `DataLoaderBuilder`, samplers and transforms.
impl burn_dataset::Dataset<Image> for Split {
    fn get(&self, index: usize) -> Result<Image, DatasetError> {
        Ok(Image { pixels: self.unit_pixels_of(&[index]), label: self.labels[index] })
    }

    fn len(&self) -> usize {
        self.count()
    }
}

/// Training and test images of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// The training images.
    pub train: Split,
    /// Held-out images.
    pub test: Split,
}

impl Dataset {
    pub(crate) fn new(train: Split, test: Split) -> Result<Self, DataError> {
        let (a, b) = ((train.height, train.width), (test.height, test.width));
        if a != b {
            return Err(DataError::Mismatch {
                files: "training and test images".into(),
                problem: format!("{} × {} pixels, but {} × {}", a.0, a.1, b.0, b.1),
            });
        }
        Ok(Self { train, test })
    }

    /// Rows of pixels in an image.
    pub fn height(&self) -> usize {
        self.train.height
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.train.width
    }
}

#[cfg(test)]
mod tests {
    use burn_dataset::Dataset as _;
    use burn_dataset::transform::SamplerDataset;

    use super::*;
    use crate::{Bundled, Source};

    #[test]
    fn what_is_kept_back_are_the_last_images() {
        let all = Bundled.load().unwrap().test;
        let mut first = all.clone();
        let last = first.keep_back(300);
        assert_eq!((first.count(), last.count()), (all.count() - 300, 300));
        assert_eq!([first.pixels(), last.pixels()].concat(), all.pixels());
        assert_eq!([first.labels(), last.labels()].concat(), all.labels());
        assert_eq!(last.dim(), 784);
    }

    #[test]
    fn a_split_is_a_dataset_of_burn() {
        let test = Bundled.load().unwrap().test;
        assert_eq!((test.len(), test.iter().count()), (2_000, 2_000));
        let image = test.get(1).unwrap();
        assert_eq!(image.pixels, test.unit_pixels()[784..2 * 784]);
        assert_eq!(image.label, 2);
        let sampled = SamplerDataset::with_replacement(test.clone(), 50);
        let drawn: Vec<Image> = sampled.iter().map(Result::unwrap).collect();
        assert_eq!(drawn.len(), 50);
        assert!(drawn.iter().all(|image| image.pixels.len() == test.dim() && image.label < 10));
    }
}
