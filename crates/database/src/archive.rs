//! Named f32 tensors and a JSON text as safetensors bytes. Equal contents give equal bytes.

use std::collections::{BTreeMap, HashMap};

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use thiserror::Error;

/// The only key of the safetensors metadata: with several, their order (and so the bytes) would vary.
const KEY: &str = "hopfield";

/// Why bytes are not the archive that is needed.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// Not safetensors at all.
    #[error("not a safetensors file: {0}")]
    Format(#[from] safetensors::SafeTensorError),
    /// The metadata is missing or unreadable.
    #[error("its metadata has no readable `hopfield` entry: {0}")]
    Metadata(String),
    /// What it says of itself contradicts itself, or its tensors.
    #[error("{0}")]
    Contradiction(String),
    /// A tensor is missing.
    #[error("tensor `{0}` is missing")]
    Missing(String),
    /// A tensor has the wrong type, shape or numbers.
    #[error("tensor `{name}`: {problem}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// Named f32 tensors and a JSON text.
#[derive(Debug, Clone, PartialEq)]
pub struct Archive {
    /// The JSON, in the metadata under `hopfield`.
    pub metadata: Value,
    tensors: BTreeMap<String, Stored>,
}

#[derive(Debug, Clone, PartialEq)]
struct Stored {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl ArchiveError {
    pub(crate) fn rank(name: &str, found: usize, needed: usize) -> Self {
        let problem = format!("has {found} axes; needed are {needed}");
        Self::Tensor { name: name.to_owned(), problem }
    }
}

impl Archive {
    /// Without tensors.
    pub fn new(metadata: Value) -> Self {
        Self { metadata, tensors: BTreeMap::new() }
    }

    /// Adds a tensor, as f32.
    pub fn put<const D: usize>(&mut self, name: String, tensor: &Tensor<D>) {
        let shape = tensor.dims().to_vec();
        let numbers = tensor.to_data();
        let bytes = numbers.iter::<f32>().flat_map(f32::to_le_bytes).collect();
        self.tensors.insert(name, Stored { shape, bytes });
    }

    /// Adds the numbers of a tensor, as f32.
    pub fn put_data(&mut self, name: String, data: &TensorData) {
        let bytes = data.iter::<f32>().flat_map(f32::to_le_bytes).collect();
        self.tensors.insert(name, Stored { shape: data.shape().to_vec(), bytes });
    }

    /// The numbers of a tensor of this shape.
    ///
    /// # Errors
    ///
    /// There is none of this name, or it has another shape.
    pub fn data(&self, name: &str, shape: &[usize]) -> Result<TensorData, ArchiveError> {
        let numbers = self.numbers(name)?;
        let found = &self.tensors[name].shape;
        if found != shape {
            let problem = format!("has shape {found:?}; needed is {shape:?}");
            return Err(ArchiveError::Tensor { name: name.to_owned(), problem });
        }
        Ok(TensorData::new(numbers, shape.to_vec()))
    }

    /// Adds a tensor of rank 1.
    pub(crate) fn put_numbers(&mut self, name: String, numbers: &[f32]) {
        let bytes = numbers.iter().copied().flat_map(f32::to_le_bytes).collect();
        self.tensors.insert(name, Stored { shape: vec![numbers.len()], bytes });
    }

    /// A tensor on `device`, bit for bit as it was put.
    ///
    /// # Errors
    ///
    /// There is none of this name, or it has another rank than D.
    pub fn get<const D: usize>(
        &self,
        name: &str,
        device: &Device,
    ) -> Result<Tensor<D>, ArchiveError> {
        let missing = || ArchiveError::Missing(name.to_owned());
        let stored = self.tensors.get(name).ok_or_else(missing)?;
        let shape: [usize; D] = stored
            .shape
            .clone()
            .try_into()
            .map_err(|shape: Vec<usize>| ArchiveError::rank(name, shape.len(), D))?;
        Ok(Tensor::from_data(TensorData::new(self.numbers(name)?, shape), device))
    }

    /// The shape of a tensor, if there is one of this name.
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.tensors.get(name).map(|stored| stored.shape.clone())
    }

    /// The numbers of a tensor.
    ///
    /// # Errors
    ///
    /// There is none of this name.
    pub fn numbers(&self, name: &str) -> Result<Vec<f32>, ArchiveError> {
        let stored = self.tensors.get(name);
        let stored = stored.ok_or_else(|| ArchiveError::Missing(name.to_owned()))?;
        let numbers = stored.bytes.chunks_exact(4);
        Ok(numbers.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }

    /// Whether there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The name of a tensor with a number that is not finite, if there is one: such an archive can be
    /// written, but not read back.
    pub fn not_finite(&self) -> Option<&str> {
        let broken = self.tensors.iter().find(|(_, stored)| !finite(&stored.bytes));
        broken.map(|(name, _)| name.as_str())
    }

    /// The archive as the bytes of a safetensors file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let views = self.tensors.iter().map(|(name, stored)| {
            let view = TensorView::new(Dtype::F32, stored.shape.clone(), &stored.bytes);
            (name, view.expect("`put` stores as many bytes as the shape says"))
        });
        let metadata = HashMap::from([(KEY.to_owned(), self.metadata.to_string())]);
        safetensors::serialize(views, Some(metadata)).expect("names and shapes are valid")
    }

    /// Reads the bytes of a safetensors file.
    ///
    /// # Errors
    ///
    /// They are not a safetensors file, hold other types than finite f32, or lack the metadata.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let text = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let text = text.ok_or_else(|| ArchiveError::Metadata("there is none".into()))?;
        let metadata = serde_json::from_str(text);
        let mut archive =
            Self::new(metadata.map_err(|error| ArchiveError::Metadata(error.to_string()))?);
        for (name, view) in SafeTensors::deserialize(bytes)?.tensors() {
            let problem = if view.dtype() != Dtype::F32 {
                Some(format!("has type {:?}; needed is F32", view.dtype()))
            } else if !finite(view.data()) {
                Some("has numbers that are not finite".to_owned())
            } else {
                None
            };
            if let Some(problem) = problem {
                return Err(ArchiveError::Tensor { name, problem });
            }
            let stored = Stored { shape: view.shape().to_vec(), bytes: view.data().to_vec() };
            archive.tensors.insert(name, stored);
        }
        Ok(archive)
    }
}

/// Whether all of these f32 are finite.
fn finite(bytes: &[u8]) -> bool {
    bytes.chunks_exact(4).all(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn archive() -> Archive {
        let device = Device::flex();
        let mut archive = Archive::new(json!({"b": 1, "a": [2, "x"]}));
        let numbers = [[1.5f32, f32::MIN_POSITIVE], [-0.0, 1e-45]];
        archive.put("m".into(), &Tensor::<2>::from_data(numbers, &device));
        archive.put("v".into(), &Tensor::<1>::from_data([0.1], &device));
        archive
    }

    #[test]
    fn bytes_keep_every_bit_and_do_not_vary() {
        let archive = archive();
        let bytes = archive.to_bytes();
        let read = Archive::from_bytes(&bytes).unwrap();
        assert_eq!(read, archive);
        for _ in 0..20 {
            assert_eq!(read.to_bytes(), bytes);
        }
        let m: Tensor<2> = read.get("m", &Device::flex()).unwrap();
        let bits = |x: f32| x.to_bits();
        let numbers: Vec<u32> = m.into_data().iter::<f32>().map(bits).collect();
        assert_eq!(numbers, [1.5, f32::MIN_POSITIVE, -0.0, 1e-45].map(bits));
    }

    #[test]
    fn other_bytes_are_clear_errors() {
        let message = |bytes: &[u8]| Archive::from_bytes(bytes).unwrap_err().to_string();
        let good = archive().to_bytes();
        assert!(message(b"hello").starts_with("not a safetensors file: "));
        assert!(message(&good[..good.len() - 1]).starts_with("not a safetensors file: "));
        let plain = safetensors::serialize(
            [("m", TensorView::new(Dtype::U8, vec![1], &[1]).unwrap())],
            None,
        );
        assert_eq!(
            message(&plain.unwrap()),
            "its metadata has no readable `hopfield` entry: there is none"
        );
        assert_eq!(archive().not_finite(), None);
        let mut nan = Archive::new(Value::Null);
        nan.put("m".into(), &Tensor::<1>::from_data([f32::NAN], &Device::flex()));
        assert_eq!(message(&nan.to_bytes()), "tensor `m`: has numbers that are not finite");

        assert_eq!(nan.not_finite(), Some("m"));

        let get = archive().get::<1>("m", &Device::flex()).unwrap_err().to_string();
        assert_eq!(get, "tensor `m`: has 2 axes; needed are 1");
        let get = archive().get::<1>("w", &Device::flex()).unwrap_err().to_string();
        assert_eq!(get, "tensor `w` is missing");
    }
}
