//! A pattern database in memory, as it is written: named f32 arrays and a JSON text. Equal contents give equal bytes.

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};
use hopfield_arrays::{ArrayFormat, Safetensors, to_bytes};
use serde_json::Value;

/// Named f32 arrays and a JSON text, to be written as a safetensors file.
#[derive(Debug, Clone, PartialEq)]
pub struct Archive {
    /// The JSON, in the file's metadata under `hopfield`.
    pub metadata: Value,
    arrays: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Archive {
    /// An archive without arrays.
    pub fn new(metadata: Value) -> Self {
        Self { metadata, arrays: BTreeMap::new() }
    }

    /// Adds a tensor, as f32.
    pub fn put<const D: usize>(&mut self, name: String, tensor: &Tensor<D>) {
        self.put_data(name, &tensor.to_data());
    }

    /// Adds the numbers of a tensor, as f32.
    pub fn put_data(&mut self, name: String, data: &TensorData) {
        self.put_numbers(name, data.shape().to_vec(), data.iter::<f32>().collect());
    }

    /// Adds numbers in row-major order.
    pub(crate) fn put_numbers(&mut self, name: String, shape: Vec<usize>, numbers: Vec<f32>) {
        self.arrays.insert(name, (shape, numbers));
    }

    /// The name of an array with a number that is not finite, if there is one: such an archive can be written, but not
    /// read back.
    pub fn not_finite(&self) -> Option<&str> {
        let finite = |numbers: &[f32]| numbers.iter().all(|number| number.is_finite());
        let broken = self.arrays.iter().find(|(_, (_, numbers))| !finite(numbers));
        broken.map(|(name, _)| name.as_str())
    }

    /// The bytes of the safetensors file.
    ///
    /// # Panics
    ///
    /// If the numbers have over 2⁶⁴ bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_bytes_as(&Safetensors)
    }

    /// The bytes of a file of another format, which must hold a text beside its arrays to be a pattern database.
    ///
    /// # Panics
    ///
    /// As [`to_bytes`](Self::to_bytes); or the format can't hold several arrays.
    pub fn to_bytes_as(&self, format: &dyn ArrayFormat) -> Vec<u8> {
        let arrays: Vec<_> = self
            .arrays
            .iter()
            .map(|(name, (shape, numbers))| (name.as_str(), &shape[..], &numbers[..]))
            .collect();
        let bytes = to_bytes(format, &arrays, Some(&self.metadata.to_string()));
        bytes.expect("what fits into the memory can be described and written there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use hopfield_arrays::ArrayFile;
    use serde_json::json;

    #[test]
    fn bytes_keep_every_bit_and_do_not_vary() {
        let device = Device::flex();
        let numbers = [[1.5f32, f32::MIN_POSITIVE], [-0.0, 1e-45]];
        let mut archive = Archive::new(json!({"b": 1, "a": [2, "x"]}));
        archive.put("v".into(), &Tensor::<1>::from_data([0.1], &device));
        archive.put("m".into(), &Tensor::<2>::from_data(numbers, &device));
        let bytes = archive.to_bytes();
        for _ in 0..20 {
            assert_eq!(archive.clone().to_bytes(), bytes);
        }
        let mut read = ArrayFile::from_bytes("archive", bytes).unwrap();
        assert_eq!(read.metadata(), Some(r#"{"a":[2,"x"],"b":1}"#));
        assert_eq!(read.array("m").unwrap().shape, [2, 2]);
        let bits: Vec<u32> = read.load("m").unwrap().into_iter().map(f32::to_bits).collect();
        assert_eq!(bits, [1.5, f32::MIN_POSITIVE, -0.0, 1e-45].map(f32::to_bits));
        assert_eq!(archive.not_finite(), None);
    }

    #[test]
    fn numbers_that_are_not_finite_are_found() {
        let mut archive = Archive::new(Value::Null);
        archive.put("m".into(), &Tensor::<1>::from_data([f32::NAN], &Device::flex()));
        assert_eq!(archive.not_finite(), Some("m"));
        let mut read = ArrayFile::from_bytes("archive", archive.to_bytes()).unwrap();
        let error = read.load("m").unwrap_err().to_string();
        assert_eq!(error, "archive: array `m`: entry [0] is NaN; needed are finite numbers");
    }
}
