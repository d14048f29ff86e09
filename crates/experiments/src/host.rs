//! Tensors to and from the host.

use burn::tensor::{Device, Tensor, TensorData};

/// The entries of a tensor, row by row.
pub(crate) fn to_host(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// A tensor with rows of `dim` numbers.
pub(crate) fn to_device(numbers: Vec<f32>, dim: usize, device: &Device) -> Tensor<2> {
    let rows = numbers.len() / dim;
    Tensor::from_data(TensorData::new(numbers, [rows, dim]), device)
}
