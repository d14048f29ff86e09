//! The least error that a layer's values allow.

use burn::tensor::Tensor;
use hopfield_kernels::matmul;
use hopfield_layer::{HopfieldLayer, Separation};

use crate::mse_per_pixel;

/// Steps of the descent, at most, and how often its end is checked.
const STEPS: usize = 1000;
const CHECKED_EVERY: usize = 10;
/// How often it is asked whether it will end in time: it is given up if the gap falls too slowly.
const JUDGED_EVERY: usize = 100;
/// It ends when the error is proven to be this near the least one, relatively.
const NEAR: f64 = 1e-4;
/// What counts as rounding, relative to the squares of targets and values.
const ROUNDING: f64 = 1e-6;

/// The least mean squared error that answers of this layer can have, whatever weights it finds:
///
/// ```text
/// min 1/(n m) Σ_b ‖w_b V − t_b‖²        w_b ≥ 0, Σ_n w_bn = 1 (in every head; at most 1 for weights that may sum to less)
/// ```
///
/// A layer answers with a weighted mean of its values, so a stack loses what lies between its error and this bound in
/// *finding* the weights; that is what the layers before the last are for. A residual connection around this layer does not count.
///
/// Found by accelerated projected gradients (Beck & Teboulle 2009) that start anew where they go uphill (O'Donoghue & Candès
/// 2015); the Frank–Wolfe gap is subtracted, so that the
/// result is a bound, less than 1e-4 (relatively) below the least error. `None` if numbers overflow or the descent does not converge
/// (for many patterns far outside the range of the targets it would take minutes).
///
/// # Shapes
///
/// - targets: `[n, m]`
///
/// # Panics
///
/// If the targets have another dimension than the answers.
pub fn simplex_bound(layer: &HopfieldLayer, targets: &Tensor<2>) -> Option<f64> {
    let [n, m] = targets.dims();
    let values = layer.values.as_ref().unwrap_or(&layer.patterns).val().without_autodiff();
    assert_eq!(values.dims()[1], m, "targets have the dimension of the answers");
    let parts = |rows: Tensor<2>| rows.chunk(layer.heads(), 1);
    let is_mean = layer.separation.sums_to_one();
    let of_heads = parts(values).into_iter().zip(parts(targets.clone()));
    let errors = of_heads.map(|(values, targets)| least_squared_error(values, targets, is_mean));
    Some(mse_per_pixel(errors.sum::<Option<f64>>()?, n, m))
}

/// `min_w Σ_b ‖w_b V − t_b‖²` with every `w_b` on the simplex; below it, if weights need not sum to 1.
fn least_squared_error(values: Tensor<2>, targets: Tensor<2>, is_mean: bool) -> Option<f64> {
    let values = if is_mean {
        values
    } else {
        let none = values.clone().slice_dim(0, 0..1).zeros_like();
        Tensor::cat(vec![values, none], 0)
    };
    // As weights sum to 1, nothing changes if the same is taken from all, but the descent gets steeper.
    let mean = values.clone().mean_dim(0);
    let (values, targets) = (values - mean.clone(), targets - mean);
    let [n, patterns] = [targets.dims()[0], values.dims()[0]];
    let gram = matmul(values.clone(), values.clone().transpose()); // [N, N]
    let scores = matmul(targets.clone(), values.clone().transpose()); // [n, N]
    let steepest = largest_eigenvalue(&gram);
    let slope = |weights: &Tensor<2>| matmul(weights.clone(), gram.clone()) - scores.clone();
    let mut weights = scores.zeros_like() + 1.0 / patterns as f64;
    let scale = targets.clone().square().sum().into_scalar::<f64>();
    if !(steepest.is_finite() && scale.is_finite()) {
        return None;
    }
    if steepest == 0.0 {
        return Some(squared_error_of(&weights, &values, &targets));
    }
    let mut ahead = weights.clone();
    let mut momentum = 1.0_f64;
    let mut gap_before = f64::INFINITY;
    for step in 1..=STEPS {
        let stepped = ahead.clone() - slope(&ahead) / steepest;
        let stepped = Separation::Sparsemax.weights(stepped, None);
        let next = (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) / 2.0;
        let moved = stepped.clone() - weights;
        let uphill = ((ahead - stepped.clone()) * moved.clone()).sum_dim(1).greater_elem(0.0);
        let further = moved * ((momentum - 1.0) / next);
        let uphill = uphill.expand([n, patterns]);
        ahead = stepped.clone() + further.mask_fill(uphill, 0.0);
        (weights, momentum) = (stepped, next);
        if step.is_multiple_of(CHECKED_EVERY) {
            let error = squared_error_of(&weights, &values, &targets);
            let slope = slope(&weights);
            let gap = (weights.clone() * slope.clone()).sum_dim(1) - slope.min_dim(1);
            let gap = 2.0 * gap.clamp_min(0.0).sum().into_scalar::<f64>();
            // For targets inside the hull, the error and the gap are 0 but for rounding.
            let allowed = (NEAR * error).max(ROUNDING * (scale + steepest));
            if gap <= allowed {
                return Some((error - gap).max(0.0));
            }
            if step.is_multiple_of(JUDGED_EVERY) {
                let left = (STEPS - step) as f64 / JUDGED_EVERY as f64;
                if gap * (gap / gap_before).powf(left) > allowed {
                    return None;
                }
                gap_before = gap;
            }
        }
    }
    None
}

/// A little more than the largest eigenvalue λ of a Gram matrix: `(Σ λ⁸)^(1/8)`, from the entries of its fourth power.
fn largest_eigenvalue(gram: &Tensor<2>) -> f64 {
    // No eigenvalue is larger; divided by it, no power overflows.
    let most = gram.clone().abs().sum_dim(1).max().into_scalar::<f64>();
    if most == 0.0 || !most.is_finite() {
        return most;
    }
    let scaled = gram.clone() / most;
    let square = matmul(scaled.clone(), scaled);
    let fourth = matmul(square.clone(), square);
    let sum = fourth.square().sum().into_scalar::<f64>();
    most * sum.powf(0.125)
}

fn squared_error_of(weights: &Tensor<2>, values: &Tensor<2>, targets: &Tensor<2>) -> f64 {
    let off = matmul(weights.clone(), values.clone()) - targets.clone();
    off.square().sum().into_scalar::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution, TensorData};
    use hopfield_layer::HopfieldLayerConfig;

    fn layer(values: &[[f64; 2]], separation: Separation, heads: usize) -> HopfieldLayer {
        let rows = TensorData::new(values.as_flattened().to_vec(), [values.len(), 2]);
        let config = HopfieldLayerConfig::new(values.len(), 2).with_separation(separation);
        let patterns = Tensor::from_data(rows, &Device::flex());
        config.with_heads(heads).store(patterns, None).unwrap()
    }

    fn bound(layer: &HopfieldLayer, target: [f64; 2]) -> f64 {
        simplex_bound(layer, &Tensor::from_data([target], &Device::flex())).unwrap()
    }

    #[test]
    fn no_eigenvalue_is_larger() {
        let of =
            |rows: [[f64; 3]; 3]| largest_eigenvalue(&Tensor::from_data(rows, &Device::flex()));
        // Of diag(5, 3, 1), and of ones, whose only eigenvalue but 0 is 3.
        let found = of([[5.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 1.0]]);
        assert!((5.0..5.02).contains(&found), "{found}");
        assert!((of([[1.0; 3]; 3]) - 3.0).abs() < 1e-5);
        assert!((of([[1e20; 3]; 3]) / 3e20 - 1.0).abs() < 1e-5);
        assert_eq!(of([[0.0; 3]; 3]), 0.0);
    }

    /// Distances to a triangle and to the square around it, which can be seen.
    #[test]
    fn the_bound_is_the_distance_to_the_convex_hull() {
        let corners = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-5, "{found}");
        let triangle = layer(&corners, Separation::Softmax, 1);
        near(bound(&triangle, [0.8, 0.8]), 0.0);
        near(bound(&triangle, [2.0, 0.5]), 0.5); // 1 off, in one of two pixels
        near(bound(&triangle, [0.0, 0.0]), 0.25); // to the middle of the long side
        let with_none = layer(&corners, Separation::Softmax1, 1);
        near(bound(&with_none, [0.0, 0.0]), 0.0);
        let square = layer(&corners, Separation::Softmax, 2);
        near(bound(&square, [0.0, 0.0]), 0.0);
        near(bound(&square, [-1.0, 0.5]), 0.5);
    }

    #[test]
    fn nothing_is_claimed_where_numbers_overflow() {
        let layer = layer(&[[1e30, 0.0], [0.0, 1e30]], Separation::Softmax, 1);
        let targets = Tensor::from_data([[1.0, 1.0]], &Device::flex());
        assert_eq!(simplex_bound(&layer, &targets), None);
    }

    /// No weights are better, and some are nearly as good.
    #[test]
    fn no_weights_are_better() {
        let device = Device::flex();
        device.seed(3);
        let random = |shape: [usize; 2]| {
            Tensor::<2>::random(shape, Distribution::Uniform(0.0, 1.0), &device)
        };
        let (patterns, targets) = (random([20, 12]), random([50, 12]));
        let config = HopfieldLayerConfig::new(20, 12);
        let layer = config.store(patterns.clone(), None).unwrap();
        let least = simplex_bound(&layer, &targets).unwrap();
        // Frank–Wolfe steps with exact line search, in f64.
        let host = |rows: &Tensor<2>| -> Vec<Vec<f64>> {
            let numbers: Vec<f64> = rows.to_data().iter().collect();
            numbers.chunks(12).map(<[f64]>::to_vec).collect()
        };
        let patterns = host(&patterns);
        let mut sum = 0.0;
        for target in host(&targets) {
            let mut answer = patterns[0].clone();
            for _ in 0..20_000 {
                let off: Vec<f64> = answer.iter().zip(&target).map(|(a, t)| a - t).collect();
                let along = |p: &Vec<f64>| p.iter().zip(&off).map(|(p, o)| p * o).sum::<f64>();
                let best = patterns.iter().min_by(|a, b| along(a).total_cmp(&along(b))).unwrap();
                let way: Vec<f64> = best.iter().zip(&answer).map(|(p, a)| p - a).collect();
                let length: f64 = way.iter().map(|w| w * w).sum();
                let part = (-along(&way) / length.max(1e-300)).clamp(0.0, 1.0);
                answer.iter_mut().zip(&way).for_each(|(a, w)| *a += part * w);
            }
            sum += answer.iter().zip(&target).map(|(a, t)| (a - t).powi(2)).sum::<f64>();
        }
        let expected = sum / (50.0 * 12.0);
        assert!(least <= expected && least > expected * (1.0 - 5e-4), "{least}, {expected}");
    }
}
