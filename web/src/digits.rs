//! Labelled images, from two files of arrays.

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_arrays::{ArrayError, ArrayFile, ImageShape, bytes};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

use crate::error::js;

/// Labelled images, with pixels from 0 to 1.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Digits {
    pub(crate) shape: ImageShape,
    /// `[n, d]`
    pub(crate) images: Tensor<2>,
    labels: Vec<f32>,
    /// Of the pixels and labels, in hexadecimal.
    pub(crate) sha256: String,
}

impl Digits {
    /// Reads the contents of two files with an array of bytes each, such as IDX files, compressed with gzip or not: images
    /// `[n, rows, columns]` and labels `[n]`.
    ///
    /// # Errors
    ///
    /// One has another content, or there is not a label for each image.
    pub fn read(images: &[u8], labels: &[u8]) -> Result<Self, ArrayError> {
        let array = |name: &str, bytes: &[u8], axes: usize| {
            let mut file = ArrayFile::from_bytes(name, bytes.to_vec())?;
            match file.arrays() {
                [array] if array.shape.len() == axes && !array.shape.contains(&0) => {
                    let array = array.clone();
                    Ok((file.load(&array.name)?, array.shape))
                }
                _ => {
                    let found = file.contents();
                    let needed = format!("needed is one array with {axes} axes, not empty");
                    Err(ArrayError::malformed(name, format!("{needed}; there is: {found}")))
                }
            }
        };
        let (mut rows, shape) = array("images", images, 3)?;
        let (labels, _) = array("labels", labels, 1)?;
        if labels.len() != shape[0] {
            let found = format!("there are {} labels for {} images", labels.len(), shape[0]);
            return Err(ArrayError::malformed("labels", found));
        }
        rows.iter_mut().for_each(|byte| *byte /= 255.0);
        let shape = ImageShape::new(&shape[1..])
            .map_err(|problem| ArrayError::malformed("images", problem))?;
        let sha256 = format!("{:x}", Sha256::digest(bytes(&[&rows[..], &labels].concat())));
        let rows = TensorData::new(rows, [labels.len(), shape.dim()]);
        Ok(Self { shape, images: Tensor::from_data(rows, &Device::flex()), labels, sha256 })
    }
}

#[wasm_bindgen]
impl Digits {
    /// Reads two IDX files; see [`read`](Self::read).
    #[wasm_bindgen(constructor)]
    pub fn new(images: &[u8], labels: &[u8]) -> Result<Digits, JsError> {
        Self::read(images, labels).map_err(js)
    }

    /// The number of images.
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// The pixels of an image; none if there is no such image.
    pub fn image(&self, index: usize) -> Option<Vec<f32>> {
        (index < self.labels.len()).then(|| {
            self.images.clone().slice_dim(0, index..index + 1).into_data().iter().collect()
        })
    }

    /// The label of an image.
    pub fn label(&self, index: usize) -> Option<f32> {
        self.labels.get(index).copied()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The digits that the site brings.
    pub(crate) fn bundled() -> [Digits; 2] {
        let read = |part: &str| {
            let file = |kind: &str| {
                let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/data/assets");
                std::fs::read(format!("{folder}/{part}-{kind}-ubyte.gz")).unwrap()
            };
            Digits::read(&file("images-idx3"), &file("labels-idx1")).unwrap()
        };
        [read("train"), read("t10k")]
    }

    #[test]
    fn the_digits_are_those_of_the_program() {
        use hopfield_data::{Bundled, Source};
        let expected = Bundled.load().unwrap();
        for (found, expected) in bundled().iter().zip([expected.train, expected.test]) {
            let rows: Vec<f32> = found.images.clone().into_data().iter().collect();
            assert_eq!(rows, expected.all_rows().unwrap());
            let labels: Vec<u32> = found.labels.iter().map(|&label| label as u32).collect();
            assert_eq!(labels, expected.labels().unwrap());
            let second = found.image(1).unwrap();
            assert_eq!(second, expected.rows_at(&[1]).unwrap());
            assert_eq!((found.image(found.count()), found.label(found.count())), (None, None));
        }
    }

    #[test]
    fn other_files_are_refused() {
        let images = |bytes: &[u8]| Digits::read(bytes, bytes).unwrap_err().to_string();
        assert!(
            images(b"<!doctype html>").starts_with("images: "),
            "{}",
            images(b"<!doctype html>")
        );
        let labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 2];
        let error = images(&labels);
        assert!(error.starts_with("images: needed is one array with 3 axes"), "{error}");
        let none = [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1];
        assert!(images(&none).starts_with("images: needed is one array"), "{}", images(&none));
        let nothing = b"\x02\0\0\0\0\0\0\0{}";
        assert!(images(nothing).starts_with("images: needed is one array"), "{}", images(nothing));
        let one = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 255];
        let error = Digits::read(&one, &labels).unwrap_err().to_string();
        assert_eq!(error, "labels: there are 2 labels for 1 images");
    }
}
