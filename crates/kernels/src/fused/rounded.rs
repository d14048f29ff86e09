//! Products of rounded factors: what a GPU with tensor cores finds, for a look at the effect.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Tensor, TensorData};

use super::primitive::contiguous;
use crate::Precision;
use crate::tracked::tracked_product;

pub(super) fn product<const D: usize>(
    lhs: Tensor<D>,
    rhs: Tensor<D>,
    precision: Precision,
) -> Tensor<D> {
    let [lhs, rhs] = [lhs, rhs].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Rounded>::rounded_product(lhs, rhs, precision))
}

#[backend_extension(Autodiff, Flex)]
trait Rounded: Backend {
    fn rounded_product(
        lhs: FloatTensor<Self>,
        rhs: FloatTensor<Self>,
        precision: Precision,
    ) -> FloatTensor<Self>;
}

impl Rounded for Flex {
    fn rounded_product(lhs: FlexTensor, rhs: FlexTensor, precision: Precision) -> FlexTensor {
        let [lhs, rhs] = [lhs, rhs].map(|factor| rounded(factor, precision));
        Flex::float_matmul(lhs, rhs)
    }
}

impl<C: CheckpointStrategy> Rounded for Autodiff<Flex, C> {
    fn rounded_product(
        lhs: FloatTensor<Self>,
        rhs: FloatTensor<Self>,
        precision: Precision,
    ) -> FloatTensor<Self> {
        tracked_product::<Flex, C>(Flex::rounded_product, lhs, rhs, precision)
    }
}

/// Every number rounded to the nearest of this precision.
fn rounded(tensor: FlexTensor, precision: Precision) -> FlexTensor {
    let dropped = match precision {
        Precision::F32 => return tensor,
        Precision::Tf32 => 13,
        Precision::Bf16 => 16,
    };
    let tensor = contiguous(tensor);
    let numbers: &[f32] = tensor.as_slice().expect("contiguous f32");
    let numbers: Vec<f32> = numbers.iter().map(|&number| round(number, dropped)).collect();
    FlexTensor::from_data(TensorData::new(numbers, tensor.shape()))
}

/// The number without its last `dropped` binary digits, rounded to the nearest, ties to even.
fn round(number: f32, dropped: u32) -> f32 {
    if !number.is_finite() {
        return number;
    }
    let bits = number.to_bits();
    let half = (1 << (dropped - 1)) - 1 + (bits >> dropped & 1);
    f32::from_bits((bits + half) >> dropped << dropped)
}

#[cfg(test)]
mod tests {
    use super::round;

    #[test]
    fn numbers_are_rounded_to_the_nearest() {
        assert_eq!(round(1.0, 16), 1.0);
        // Between 1 and 2, bf16 has steps of 1/128; ties go to the even one.
        let step = 1.0 / 128.0;
        assert_eq!(round(1.0 + 0.4 * step, 16), 1.0);
        assert_eq!(round(1.0 + 0.5 * step, 16), 1.0);
        assert_eq!(round(1.0 + 1.5 * step, 16), 1.0 + 2.0 * step);
        assert_eq!(round(-1.0 - 0.6 * step, 16), -1.0 - step);
        assert_eq!(round(1.0 + step / 8.0, 13), 1.0 + step / 8.0);
        assert_eq!(round(1.0 + step / 8.0 * 1.4, 13), 1.0 + step / 8.0);
        assert_eq!(round(f32::MAX, 16), f32::INFINITY);
        assert!(round(f32::NAN, 16).is_nan());
        for number in [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(round(number, 16).to_bits(), number.to_bits());
        }
    }
}
