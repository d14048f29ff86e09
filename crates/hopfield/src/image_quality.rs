//! How alike two images are, as image restoration measures it.

use hopfield_arrays::ImageShape;

/// An error this small counts as none: images of 8 bits differ by more.
const LEAST_MSE: f64 = 1e-10;

/// The mean squared error per pixel.
pub(crate) fn mse(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>()
        / a.len() as f64
}

/// The peak signal-to-noise ratio of an image in [0, 1], in decibels: `10 log₁₀(1 / MSE)`, at most 100.
pub(crate) fn psnr(mse: f64) -> f64 {
    // Not `max`, which takes NaN for the least.
    -10.0 * if mse < LEAST_MSE { LEAST_MSE } else { mse }.log10()
}

/// Side of the window.
const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;

/// The structural similarity (Wang et al. 2004) of two images in [0, 1]: the mean of
///
/// ```text
/// (2 μ_a μ_b + C₁) (2 σ_ab + C₂) / ((μ_a² + μ_b² + C₁) (σ_a² + σ_b² + C₂))      C₁ = .01², C₂ = .03²
/// ```
///
/// over all places of an 11 × 11 window with Gaussian weights (σ = 1.5) that lies inside the image, and over the channels. None, if there is none.
///
/// # Panics
///
/// If the images have other numbers of pixels than `shape` says.
pub(crate) fn ssim(a: &[f32], b: &[f32], shape: ImageShape) -> Option<f64> {
    assert_eq!([a.len(), b.len()], [shape.dim(); 2]);
    let (size, channels) = ([shape.height(), shape.width()], shape.channels());
    if size.iter().any(|&side| side < WINDOW) {
        return None;
    }
    let of = |image: &[f32], channel: usize| -> Vec<f32> {
        image.iter().skip(channel).step_by(channels).copied().collect()
    };
    let each = (0..channels).map(|channel| of_channel(&of(a, channel), &of(b, channel), size));
    Some(each.sum::<f64>() / channels as f64)
}

/// The similarity of one channel.
fn of_channel(a: &[f32], b: &[f32], shape: [usize; 2]) -> f64 {
    let mean = |of: fn(f64, f64) -> f64| {
        let numbers: Vec<f64> =
            a.iter().zip(b).map(|(&a, &b)| of(f64::from(a), f64::from(b))).collect();
        blurred(&numbers, shape)
    };
    let (mean_a, mean_b) = (mean(|a, _| a), mean(|_, b| b));
    let (aa, bb, ab) = (mean(|a, _| a * a), mean(|_, b| b * b), mean(|a, b| a * b));
    let (c1, c2) = (0.01f64.powi(2), 0.03f64.powi(2));
    let at = |i: usize| {
        let (a, b) = (mean_a[i], mean_b[i]);
        let (var_a, var_b, cov) = (aa[i] - a * a, bb[i] - b * b, ab[i] - a * b);
        (2.0 * a * b + c1) * (2.0 * cov + c2) / ((a * a + b * b + c1) * (var_a + var_b + c2))
    };
    (0..mean_a.len()).map(at).sum::<f64>() / mean_a.len() as f64
}

/// Gaussian means over all windows inside the image.
fn blurred(numbers: &[f64], [height, width]: [usize; 2]) -> Vec<f64> {
    let weight = |i: usize| (-0.5 * ((i as f64 - (WINDOW / 2) as f64) / SIGMA).powi(2)).exp();
    let total: f64 = (0..WINDOW).map(weight).sum();
    let kernel: Vec<f64> = (0..WINDOW).map(|i| weight(i) / total).collect();
    let columns = width - WINDOW + 1;
    let across: Vec<f64> = (0..height * columns)
        .map(|place| {
            let start = place / columns * width + place % columns;
            kernel.iter().zip(&numbers[start..]).map(|(k, x)| k * x).sum()
        })
        .collect();
    (0..(height - WINDOW + 1) * columns)
        .map(|place| (0..WINDOW).map(|i| kernel[i] * across[place + i * columns]).sum())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_by_hand() {
        assert!((psnr(0.01) - 20.0).abs() < 1e-12);
        assert_eq!(psnr(0.0), 100.0);
        assert!(psnr(f64::NAN).is_nan());
    }

    /// scikit-image 0.26.0: structural_similarity(a, b, data_range=1, gaussian_weights=True, use_sample_covariance=False)
    /// of a = (37 i mod 101) / 100 and b = (53 i mod 97) / 96, i = 0…14·17 − 1, as images of 14 × 17.
    #[test]
    fn similarities_are_those_of_scikit_image() {
        let image = |factor: usize, modulus: usize| -> Vec<f32> {
            let pixel = |i: usize| (i * factor % modulus) as f32 / (modulus - 1) as f32;
            (0..14 * 17).map(pixel).collect()
        };
        let (a, b) = (image(37, 101), image(53, 97));
        let shape = |sides: &[usize]| ImageShape::new(sides).unwrap();
        let found = ssim(&a, &b, shape(&[14, 17])).unwrap();
        assert!((found - SKIMAGE).abs() < 1e-6, "{found}");
        // Three equal channels.
        let colours = |image: &[f32]| image.iter().flat_map(|&x| [x; 3]).collect::<Vec<_>>();
        let of_colours = ssim(&colours(&a), &colours(&b), shape(&[14, 17, 3])).unwrap();
        assert!((of_colours - found).abs() < 1e-12, "{of_colours}");
        assert!((ssim(&a, &a, shape(&[14, 17])).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(ssim(&a[..10], &b[..10], shape(&[2, 5])), None);
    }

    const SKIMAGE: f64 = 0.08493253764055707;
}
