//! What is minimised, and what is reported.

use burn::tensor::Tensor;

/// The squared error, summed over the batch and over the pixels:
///
/// ```text
/// SE(R, T) = Σ_b ‖R_b − T_b‖²
/// ```
///
/// SGD minimises its mean over the batch, `L = SE / B`: a sum over pixels, not a mean, so that learning
/// rates near 0.1 work for every image size. (In terms of the mean over pixels and batch, PyTorch's
/// `mse_loss`, such a rate is d times larger: 78 instead of 0.1 for d = 784.)
///
/// # Shapes
///
/// - retrieved, target: `[B, d]`
pub fn squared_error(retrieved: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    (retrieved - target).square().sum()
}

/// The mean squared error per pixel, which is what is reported: `SE / (n · d)` over n images.
pub fn mse_per_pixel(squared_error: f64, images: usize, dim: usize) -> f64 {
    squared_error / (images as f64 * dim as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn errors_by_hand() {
        let device = Device::flex();
        let retrieved = Tensor::<2>::from_data([[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]], &device);
        let target = Tensor::<2>::from_data([[0.0, 2.0], [3.0, 1.0], [0.0, 2.0]], &device);
        let error = squared_error(retrieved, target).into_scalar::<f64>();
        assert_eq!(error, 1.0 + 9.0 + 4.0);
        assert_eq!(mse_per_pixel(error, 3, 2), 14.0 / 6.0);
    }
}
