//! Labelled images, in a training and a test split.

use burn_dataset::DatasetError;

use crate::{DataError, idx};

/// Images of one size, with a label each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    shape: [usize; 2],
}

impl Split {
    /// Reads images and labels from two IDX files, each with its name.
    pub(crate) fn read(images: (&str, &[u8]), labels: (&str, &[u8])) -> Result<Self, DataError> {
        let ([count, height, width], pixels) = idx::read(images.0, images.1, "images", |_| Ok(()))?;
        let ([label_count], read) = idx::read(labels.0, labels.1, "labels", |_| Ok(()))?;
        if count != label_count {
            return Err(DataError::Malformed {
                file: format!("{} and {}", images.0, labels.0),
                problem: format!("{count} images, but {label_count} labels"),
            });
        }
        Ok(Self { pixels, labels: read, shape: [height, width] })
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
            shape: self.shape,
        }
    }

    /// The number of images, at least 1.
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// Rows and columns of an image.
    pub fn shape(&self) -> [usize; 2] {
        self.shape
    }

    /// d, the number of pixels of an image.
    pub fn dim(&self) -> usize {
        self.shape.iter().product()
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
        let (a, b) = (train.shape, test.shape);
        if a != b {
            return Err(DataError::Malformed {
                file: "training and test images".into(),
                problem: format!("{} × {} pixels, but {} × {}", a[0], a[1], b[0], b[1]),
            });
        }
        Ok(Self { train, test })
    }

    /// Rows and columns of an image.
    pub fn shape(&self) -> [usize; 2] {
        self.train.shape
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
