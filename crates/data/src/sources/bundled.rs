//! The digits inside the program; `assets/README.md` says where they come from and their licence.

use std::fmt;

use super::of_images;
use crate::{DataError, Dataset, Source, Split};

/// The first 10,000 training and 2,000 test digits of MNIST (Y. LeCun, C. Cortes, C. Burges;
/// CC BY-SA 3.0), 28 × 28 pixels, compiled into the program.
#[derive(Debug, Clone, Copy)]
pub struct Bundled;

impl fmt::Display for Bundled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the digits in the program")
    }
}

impl Source for Bundled {
    fn load(&self) -> Result<Dataset, DataError> {
        let train = Split::read(
            ("bundled training images", include_bytes!("../../assets/train-images-idx3-ubyte.gz")),
            ("bundled training labels", include_bytes!("../../assets/train-labels-idx1-ubyte.gz")),
        )?;
        let test = Split::read(
            ("bundled test images", include_bytes!("../../assets/t10k-images-idx3-ubyte.gz")),
            ("bundled test labels", include_bytes!("../../assets/t10k-labels-idx1-ubyte.gz")),
        )?;
        Dataset::new(of_images(train), of_images(test))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_mnist() {
        let digits = Bundled.load().unwrap();
        // The first labels of MNIST, as published.
        assert_eq!(digits.train.labels().unwrap()[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
        assert_eq!(digits.test.labels().unwrap()[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
        assert_eq!((digits.train.count(), digits.test.count()), (10_000, 2_000));

        let pixels = digits.train.all_rows().unwrap();
        assert_eq!(pixels.len(), 10_000 * 784);
        assert!(pixels.iter().all(|p| (0.0..=1.0).contains(p)));
        let mean = pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / pixels.len() as f64;
        assert!((mean - 0.1307).abs() < 0.002, "{mean}"); // the published mean of MNIST
    }
}
