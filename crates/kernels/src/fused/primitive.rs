//! Tensors of the flex backend as slices, and back.

use burn::backend::DispatchDevice;
use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::slices::matrix::Matrix;

/// Whether this is an `f32` tensor on the flex backend.
pub(super) fn is_fast<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && is_flex(&tensor.device())
}

pub(super) fn is_flex(device: &Device) -> bool {
    matches!(device.clone().inner().as_dispatch(), DispatchDevice::Flex(_))
}

pub(super) fn tensor(numbers: Vec<f32>, shape: [usize; 2]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(numbers, shape))
}

pub(super) fn shape(tensor: &FlexTensor) -> [usize; 2] {
    tensor.layout().shape().dims()
}

/// Makes the tensor contiguous; its storage may be larger than the tensor.
pub(super) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

/// Makes the tensor contiguous, with nothing else in its storage.
pub(super) fn whole(tensor: FlexTensor) -> FlexTensor {
    let entries = tensor.layout().num_elements();
    let alone = tensor.is_contiguous() && tensor.storage::<f32>().len() == entries;
    if alone { tensor } else { FlexTensor::from_data(tensor.into_data()) }
}

/// The entries of a contiguous tensor.
pub(super) fn numbers(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("contiguous f32")
}

pub(super) fn matrix(tensor: &FlexTensor) -> Matrix<'_> {
    Matrix::new(numbers(tensor), shape(tensor))
}
