//! What is minimised, and what is reported.

use burn::tensor::Tensor;
use hopfield_kernels::fused;

/// The squared error, summed over the batch and over the pixels:
///
/// ```text
/// SE(R, T) = Σ_b ‖R_b − T_b‖²
/// ```
///
/// SGD minimises its mean over the batch, `L = SE / B`: a sum over pixels, not a mean, so that the same
/// learning rates (near 0.1; 1 to 64 with limited gradients) work for every image size. (In terms of the mean over
/// pixels and batch, PyTorch's `mse_loss`, such a rate is d times larger: 78 instead of 0.1 for d = 784.)
///
/// # Shapes
///
/// - retrieved, target: `[B, d]`
pub fn squared_error(retrieved: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    if fused::fits(&[&retrieved, &target]) {
        return fused::squared_error(retrieved, target);
    }
    (retrieved - target).square().sum()
}

/// N p̄ is taken as no smaller, so that 1/p̄ stays far from infinity.
const LEAST: f64 = 1e-30;

/// How unevenly a layer uses its patterns over a batch: the Kullback–Leibler divergence of its mean weights p̄ from
/// equal ones u, the mean over its h heads,
///
/// ```text
/// KL(u ‖ p̄) = −1/(h N) Σ_n log(N p̄_n)        p̄ = 1/B Σ_b P_b
/// ```
///
/// 0 if all patterns weigh alike over the batch, and the larger the less some are used. Unlike the entropy of p̄ it
/// does not let go of a pattern that dies: with softmax weights its gradient to that pattern's scores, summed over the
/// batch, goes to −1/(h N), as long as N p̄_n is above 10⁻³⁰. That needs weights that are never 0; those of sparsemax
/// or entmax have a gradient that jumps where they reach 0. (Weights that sum to less than 1, as softmax₁'s, also pay
/// for what is missing, and are not at 0 when they are equal.)
///
/// # Shapes
///
/// - weights: `[B, h·N]`; heads: h
///
/// # Panics
///
/// If h does not divide the weights.
pub fn imbalance(weights: Tensor<2>, heads: usize) -> Tensor<1> {
    let [_, width] = weights.dims();
    assert!(heads > 0 && width.is_multiple_of(heads), "{width} weights for {heads} heads");
    let mean = weights.mean_dim(0) * (width / heads) as f64; // N p̄: [1, h·N]
    -mean.clamp_min(LEAST).log().mean()
}

/// The gradient of [`imbalance`] by the mean weights p̄ of a batch, for a batch that is spread over devices:
///
/// ```text
/// ∂KL/∂p̄_n = −1/(h N p̄_n)        ∂KL/∂P_bn = ∂KL/∂p̄_n / B
/// ```
///
/// and 0 where N p̄ is below 10⁻³⁰.
///
/// # Shapes
///
/// - mean_weights: `[1, h·N]`; heads: h; gradient: `[1, h·N]`
pub fn imbalance_gradient(mean_weights: Tensor<2>, heads: usize) -> Tensor<2> {
    let [_, width] = mean_weights.dims();
    let n = (width / heads) as f64;
    let unused = (mean_weights.clone() * n).lower_elem(LEAST);
    (mean_weights.mask_fill(unused.clone(), 1.0).recip() / -(width as f64)).mask_fill(unused, 0.0)
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

    #[test]
    fn imbalance_by_hand() {
        let device = Device::flex();
        // Two heads of two patterns: N p̄ = 1, 1 and 1.5, 0.5.
        let weights = [[1.0, 0.0, 0.5, 0.5], [0.0, 1.0, 1.0, 0.0]];
        let found = imbalance(Tensor::from_data(weights, &device), 2).into_scalar::<f64>();
        assert!((found + (1.5f64.ln() + 0.5f64.ln()) / 4.0).abs() < 1e-6);
        let dead = imbalance(Tensor::from_data([[1.0, 0.0]], &device), 1).into_scalar::<f64>();
        assert!(dead.is_finite() && dead > 30.0);
    }

    #[test]
    fn imbalance_has_the_gradient_that_autodiff_finds() {
        let device = Device::flex().autodiff();
        let weights = [[0.5, 0.5, 0.25, 0.75], [0.25, 0.75, 0.0, 1.0]];
        let weights = Tensor::<2>::from_data(weights, &device).require_grad();
        let gradients = imbalance(weights.clone(), 2).backward();
        let expected = weights.grad(&gradients).unwrap();
        let found = imbalance_gradient(weights.without_autodiff().mean_dim(0), 2) / 2.0;
        let found = found.expand([2, 4]).into_data();
        found.assert_approx_eq::<f32>(&expected.into_data(), burn::tensor::Tolerance::default());
        let of_nothing = imbalance_gradient(Tensor::zeros([1, 3], &device.inner()), 1);
        assert_eq!(of_nothing.abs().sum().into_scalar::<f32>(), 0.0);
    }

    #[test]
    fn imbalance_pulls_a_dead_pattern_back() {
        let device = Device::flex().autodiff();
        let scores = Tensor::<2>::from_data([[0.0, -60.0], [1.0, -60.0]], &device).require_grad();
        let weights = burn::tensor::activation::softmax(scores.clone(), 1);
        let gradients = imbalance(weights, 1).backward();
        let gradient: Vec<f32> = scores.grad(&gradients).unwrap().into_data().try_to_vec().unwrap();
        // −1/N = −.5 to its score, shared by two states.
        assert!((gradient[1] + gradient[3] + 0.5).abs() < 1e-5, "{gradient:?}");
    }
}
