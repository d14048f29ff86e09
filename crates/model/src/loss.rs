//! The terms of the loss, and the error that is reported.

use burn::tensor::Tensor;
use hopfield_kernels::{cube, fused};

/// The squared error, summed over the batch and over the pixels:
///
/// ```text
/// SE(R, T) = Σ_b ‖R_b − T_b‖²
/// ```
///
/// SGD minimises its mean over the batch, `L = SE / B`. As this is a sum over pixels, the same learning rates
/// (near 0.1; 1 to 64 with limited gradients) work for every image size. (For PyTorch's `mse_loss`, the mean over
/// pixels and batch, the same rate is d times as large: 78 instead of 0.1 for d = 784.)
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

/// N p̄ is taken to be at least this, so that 1/p̄ stays far from infinity.
const LEAST: f64 = 1e-30;

/// How unevenly a layer uses its patterns over a batch: the Kullback–Leibler divergence of its mean weights p̄ from
/// equal ones u, averaged over its h heads,
///
/// ```text
/// KL(u ‖ p̄) = −1/(h N) Σ_n log(N p̄_n)        p̄ = 1/B Σ_b P_b
/// ```
///
/// It is 0 if all patterns have the same mean weight, and grows the less some of them are used. Unlike the entropy of p̄,
/// it never gives up a dying pattern: with softmax weights, its gradient by that pattern's scores, summed over the
/// batch, tends to −1/(h N), as long as N p̄_n is above 10⁻³⁰. This needs weights that are never 0; with sparsemax
/// or entmax the gradient jumps where a weight reaches 0. (Weights that sum to less than 1, such as softmax₁'s, are also
/// charged for what is missing, so equal ones do not give 0.)
///
/// # Shapes
///
/// - mean_weights: p̄, `[1, h·N]`; heads: h
///
/// # Panics
///
/// If h does not divide the number of weights.
pub fn imbalance(mean_weights: Tensor<2>, heads: usize) -> Tensor<1> {
    let [_, width] = mean_weights.dims();
    assert!(heads > 0 && width.is_multiple_of(heads), "{width} weights for {heads} heads");
    let relative = mean_weights * (width / heads) as f64; // N p̄: [1, h·N]
    -relative.clamp_min(LEAST).log().mean()
}

/// The [`imbalance`] of a whole batch: P of its B images, `[B, h·N]`, in place of p̄.
pub(crate) fn imbalance_of_batch(weights: Tensor<2>, heads: usize) -> Tensor<1> {
    if cube::fits(&[&weights]) {
        return cube::imbalance(weights, heads, LEAST as f32);
    }
    imbalance(weights.mean_dim(0), heads)
}

/// The mean squared error per pixel, which is reported: `SE / (n · d)` over n images.
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
        let mean = |weights| Tensor::<2>::from_data(weights, &device).mean_dim(0);
        let found = imbalance(mean(weights), 2).into_scalar::<f64>();
        assert!((found + (1.5f64.ln() + 0.5f64.ln()) / 4.0).abs() < 1e-6);
        let dead = imbalance(Tensor::from_data([[1.0, 0.0]], &device), 1).into_scalar::<f64>();
        assert!(dead.is_finite() && dead > 30.0);
    }

    #[test]
    fn imbalance_pulls_a_dead_pattern_back() {
        let device = Device::flex().autodiff();
        let scores = Tensor::<2>::from_data([[0.0, -60.0], [1.0, -60.0]], &device).require_grad();
        let weights = burn::tensor::activation::softmax(scores.clone(), 1);
        let gradients = imbalance(weights.mean_dim(0), 1).backward();
        let gradient: Vec<f32> = scores.grad(&gradients).unwrap().into_data().try_to_vec().unwrap();
        // −1/N = −.5 to its score, shared by two states.
        assert!((gradient[1] + gradient[3] + 0.5).abs() < 1e-5, "{gradient:?}");
    }
}
