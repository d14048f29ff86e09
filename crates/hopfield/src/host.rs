//! Numbers of tensors.

use burn::tensor::Tensor;

/// The entries of a tensor, row by row.
pub(crate) fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
