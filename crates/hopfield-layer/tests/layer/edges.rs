//! The edges of f32: nearly equal weights, weights that underflow, bounds near 0, norms that are large against distances.

use burn::tensor::{DType, Device, Tensor};
use hopfield_layer::{Beta, HopfieldLayer, HopfieldLayerConfig, Separation, Similarity};

fn config(n: usize, d: usize, beta: f64) -> HopfieldLayerConfig {
    HopfieldLayerConfig::new(n, d).with_beta(Some(Beta::Trainable(beta)))
}

/// ∂L/∂log β for a gradient of ones.
fn gradient_by_log_beta(layer: &HopfieldLayer, state: &[f64; 2]) -> f64 {
    let patterns = layer.patterns.val();
    let state = Tensor::<2>::from_data([*state], (&patterns.device(), patterns.dtype()));
    let gradients = layer.forward(state).sum().backward();
    layer.log_beta.val().grad(&gradients).expect("β is trained").into_scalar()
}

const PATTERNS: [[f64; 2]; 3] = [[1.0, 0.0], [2.0, 1.0], [-1.0, 3.0]];

#[test]
fn the_gradient_of_beta_stays_accurate_when_all_weights_are_nearly_equal() {
    let device = Device::flex().autodiff();
    for separation in [Separation::Softmax, Separation::Sparsemax, Separation::Entmax15] {
        for beta in [1e-7, 1e-5, 1e-3, 1e-1, 1.0] {
            let [found, expected] = [DType::F32, DType::F64].map(|dtype| {
                let layer = config(3, 2, beta)
                    .with_similarity(Similarity::Cosine)
                    .with_separation(separation)
                    .store(Tensor::from_data(PATTERNS, (&device, dtype)), None)
                    .unwrap();
                gradient_by_log_beta(&layer, &[1.0, 0.5])
            });
            let off = (found / expected - 1.0).abs();
            assert!(off < 1e-4, "{separation}, β = {beta:e}: {found:e}, not {expected:e}");
        }
    }
    // By an independent program, in f64: ∂L/∂β.
    let layer = config(3, 2, 1e-7).with_similarity(Similarity::Cosine);
    let layer = layer.store(Tensor::from_data(PATTERNS, &device), None).unwrap();
    let found = gradient_by_log_beta(&layer, &[1.0, 0.5]);
    assert!((found / 3.52e-9 - 1.0).abs() < 1e-3, "{found:e}");
}

#[test]
fn the_direction_of_a_step_survives_weights_that_vanish() {
    for similarity in [Similarity::Cosine, Similarity::LayerNorm] {
        let (stored, state) = match similarity {
            Similarity::Cosine => (vec![[1.0, 0.0], [0.0, 1.0]], [[-1.0, -1.0]]),
            _ => (vec![[1.0, 0.0], [2.0, 1.0]], [[-1.0, 1.0]]),
        };
        let stored: Vec<f64> = stored.concat();
        let stored = Tensor::<1>::from_data(stored.as_slice(), &Device::flex()).reshape([2, 2]);
        let layer = HopfieldLayerConfig::new(2, 2)
            .with_similarity(similarity)
            .with_separation(Separation::Softmax1)
            .with_beta(Some(Beta::Fixed(421.0)))
            .with_steps(2)
            .store(stored, None)
            .unwrap();
        let weights = layer.associate(Tensor::<2>::from_data(state, &Device::flex()));
        let weights: Vec<f32> = weights.into_data().try_to_vec().unwrap();
        assert_eq!(weights, [0.5, 0.5], "{similarity}");
    }
}

#[test]
fn a_bound_far_below_the_smallest_square_is_none_of_0() {
    let device = Device::flex();
    let bound = |beta| {
        let layer = HopfieldLayer::from_patterns(Tensor::eye(2, &device), beta).unwrap();
        let state = Tensor::<2>::from_data([[1.0, 0.0]], &device);
        layer.retrieval_error_bound(state).unwrap().into_scalar::<f64>()
    };
    // 2 exp(−60), above the true error of 1.24e-26.
    assert!((bound(60.0) / 1.7513e-26 - 1.0).abs() < 1e-3, "{:e}", bound(60.0));
    assert_eq!(bound(200.0), 0.0);
}

/// Patterns a metre apart on the Earth, in metres: the nearest one wins, and is at no distance from itself.
#[test]
fn near_patterns_far_from_the_origin_are_told_apart() {
    for device in [Device::flex(), Device::flex().autodiff()] {
        let stored: Vec<f64> = (0..64)
            .flat_map(|i| [4_000_000.0 + f64::from(i % 8), f64::from(i / 8) - 5_000_000.0])
            .chain([0.0, 0.0])
            .collect();
        let stored = Tensor::<1>::from_data(stored.as_slice(), &device).reshape([65, 2]);
        let layer = HopfieldLayerConfig::new(65, 2)
            .with_similarity(Similarity::Euclidean)
            .with_beta(Some(Beta::Fixed(8.0)))
            .store(stored.clone(), None)
            .unwrap();
        let similarities = layer.similarities(stored.clone());
        assert!(similarities.clone().max().into_scalar::<f64>() == 0.0);
        let nearest: Vec<i64> = similarities.argmax(1).into_data().iter::<i64>().collect();
        assert_eq!(nearest, (0..65).collect::<Vec<_>>());
        let neighbour: f64 = layer.similarities(stored).slice([0..1, 1..2]).into_scalar();
        assert_eq!(neighbour, -0.5);
    }
}
