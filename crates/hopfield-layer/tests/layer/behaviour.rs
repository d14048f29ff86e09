//! Inputs that are not ordinary, and what the documentation says about them.

use burn::module::Module;
use burn::tensor::{Bool, Device, Distribution, Tensor, TensorData};
use hopfield_layer::{
    Beta, HopfieldConfig, HopfieldInput, HopfieldLayer, HopfieldLayerConfig, HopfieldPoolingConfig,
    Init, LayerError, Separation, Similarity, Steps,
};

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// The weights of these scores: the patterns are unit vectors.
fn weights<const N: usize>(separation: Separation, scores: [f32; N]) -> Vec<f32> {
    let device = Device::flex();
    let layer = HopfieldLayerConfig::new(N, N)
        .with_separation(separation)
        .with_beta(Some(Beta::Fixed(1.0)))
        .store(Tensor::eye(N, &device), None)
        .unwrap();
    numbers(layer.associate(Tensor::<2>::from_data([scores], &device)))
}

fn assert_close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(close, "{found:?} is not {expected:?}");
}

/// A border strip of an image, say: nothing to compare, and nothing to learn from it.
#[test]
fn rows_without_a_direction_are_similar_to_nothing() {
    let device = Device::flex().autodiff();
    for (similarity, level) in [
        (Similarity::Cosine, 0.0),
        (Similarity::LayerNorm, 0.0),
        (Similarity::LayerNorm, 0.1),
        (Similarity::LayerNorm, -0.4242),
        (Similarity::LayerNorm, 1000.3),
    ] {
        let mut rows = vec![level; 3 * 784];
        rows[..784].iter_mut().enumerate().for_each(|(i, entry)| *entry += (i % 7) as f32);
        let patterns = Tensor::<2>::from_data(TensorData::new(rows, [3, 784]), &device);
        let config = HopfieldLayerConfig::new(3, 784).with_similarity(similarity);
        let layer = config.store(patterns, None).unwrap();
        let blank = Tensor::<2>::full([1, 784], level, &device).require_grad();
        assert_eq!(numbers(layer.similarities(blank.clone())), [0.0; 3], "{similarity:?} {level}");
        let gradients = layer.similarities(blank.clone()).sum().backward();
        assert_eq!(numbers(blank.grad(&gradients).unwrap().abs().max()), [0.0]);
        // The two blank patterns get no gradient either.
        let state = Tensor::<2>::random([1, 784], Distribution::Default, &device);
        let gradients = layer.similarities(state).sum().backward();
        let of_patterns = layer.patterns.val().grad(&gradients).unwrap();
        assert!(numbers(of_patterns.clone().slice_dim(0, 0..1).abs().max())[0] > 0.0);
        assert_eq!(numbers(of_patterns.slice_dim(0, 1..3).abs().max()), [0.0]);
    }
}

#[test]
fn a_very_large_state_has_a_direction() {
    let device = Device::flex();
    let config = HopfieldLayerConfig::new(2, 2).with_similarity(Similarity::Cosine);
    let layer = config.store(Tensor::eye(2, &device), None).unwrap();
    let state = Tensor::<2>::from_data([[3e30, 4e30]], &device);
    assert_close(&numbers(layer.similarities(state)), &[0.6, 0.8]);
}

/// Far from 0, distances must not drown in squares.
#[test]
fn euclidean_similarity_does_not_depend_on_the_origin() {
    let device = Device::flex();
    let patterns = Tensor::<2>::random([20, 64], Distribution::Default, &device);
    let states = patterns.clone() + 0.01;
    let similarities = |offset: f64| {
        let config = HopfieldLayerConfig::new(20, 64).with_similarity(Similarity::Euclidean);
        let layer = config.store(patterns.clone() + offset, None).unwrap();
        numbers(layer.similarities(states.clone() + offset))
    };
    let expected = similarities(0.0);
    for (found, expected) in similarities(1000.0).into_iter().zip(expected) {
        // The rows themselves are rounded to 6e-5 at 1000.
        assert!((found - expected).abs() < 0.02 && found <= 1e-3, "{found} is not {expected}");
    }
}

#[test]
fn ties_for_the_last_places_share_them() {
    // One place left for two: each gets half of what one would.
    let e = 1f32.exp();
    let sum = e + 1.0;
    assert_close(
        &weights(Separation::TopK(2), [1.0, 0.0, 0.0, -1.0]),
        &[e / sum, 0.5 / sum, 0.5 / sum, 0.0],
    );
    assert_close(
        &weights(Separation::TopK(1), [2.0, 2.0, 2.0, 1.0]),
        &[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.0],
    );
    assert_close(&weights(Separation::TopK(9), [0.0, 0.0]), &[0.5, 0.5]);
}

#[test]
fn equal_scores_and_no_positive_score() {
    let z = 0.7f32;
    assert_close(&weights(Separation::Softmax1, [z; 3]), &[1.0 / (3.0 + (-z).exp()); 3]);
    for separation in [Separation::Softmax, Separation::Sparsemax, Separation::Entmax15] {
        assert_close(&weights(separation, [z; 3]), &[1.0 / 3.0; 3]);
    }
    assert_close(&weights(Separation::Polynomial(2), [z; 3]), &[1.0 / 3.0; 3]);
    assert_eq!(weights(Separation::Polynomial(2), [-1.0, 0.0, -3.0]), [0.0; 3]);
    let near = |scores: [f32; 3]| {
        let scores = Tensor::<1>::from_data(scores, &Device::flex());
        numbers(Separation::LogSumRelu.weights(scores, None))
    };
    assert_eq!(near([-1.0, -0.5, 0.0]), [0.0, 0.5, 0.5]);
    assert_eq!(near([-1.0, -2.0, f32::NEG_INFINITY]), [0.0; 3]);
}

/// Patterns at 0, 1 and 10, each with a reach of √(2/β) = 1.
#[test]
fn log_sum_relu_recalls_patterns_exactly_and_means_where_they_overlap() {
    let device = Device::flex();
    let layer = HopfieldLayerConfig::new(3, 1)
        .with_similarity(Similarity::Euclidean)
        .with_separation(Separation::LogSumRelu)
        .with_beta(Some(Beta::Fixed(2.0)))
        .store(Tensor::from_data([[0.0], [1.0], [10.0]], &device), None)
        .unwrap();
    let starts = Tensor::<2>::from_data([[-0.5], [0.3], [1.5], [9.2], [5.0]], &device);
    let found = layer.retrieve(starts, Steps::default()).unwrap();
    assert!(found.converged.iter().all(|&converged| converged));
    // The last is out of reach: it stays, and nothing answers it.
    assert_eq!(numbers(found.states), [0.0, 0.5, 1.0, 10.0, 0.0]);
    assert_eq!(numbers(found.weights.sum_dim(1)), [1.0, 1.0, 1.0, 1.0, 0.0]);
    // −β⁻¹ ln(1/3 Σ max(0, 1 − (x − h)²)): at a pattern, between two, out of reach.
    let energy = numbers(layer.energy(Tensor::from_data([[0.0], [0.5], [5.0]], &device)).unwrap());
    let expected = |sum: f64| (-0.5 * (sum / 3.0).ln()) as f32;
    assert_close(&energy, &[expected(1.0), expected(1.5), expected(f32::MIN_POSITIVE.into())]);
}

/// Scores of ±10³⁸ and steps between them that f32 can't tell from ∞.
#[test]
fn enormous_scores_pick_the_best() {
    for separation in [
        Separation::Softmax,
        Separation::Sparsemax,
        Separation::Entmax15,
        Separation::TopK(2),
        Separation::Softmax1,
        Separation::Polynomial(3),
    ] {
        assert_close(&weights(separation, [3e38, -3e38, 1e30]), &[1.0, 0.0, 0.0]);
    }
}

#[test]
fn beta_is_checked_where_it_is_set() {
    let device = Device::flex();
    let mut layer = HopfieldLayer::from_patterns(Tensor::eye(3, &device), 2.0).unwrap();
    for target in [-1.0, 0.0, f64::NAN] {
        let error = layer.calibrate(Tensor::eye(3, &device), target).unwrap_err().to_string();
        assert!(error.starts_with("`target` is "), "{error}");
    }
    let config = HopfieldLayerConfig::new(3, 3);
    let calibrated = Beta::Calibrated { spread: 1.0, trainable: false };
    let error = config.with_beta(Some(calibrated.clone())).store(Tensor::eye(3, &device), None);
    assert_eq!(
        error.unwrap_err().to_string(),
        "`beta` is calibrated; allowed: any other; then call `calibrate` on the layer"
    );
    let error =
        HopfieldConfig::new(4).with_beta(Some(calibrated)).try_init(1, &device).unwrap_err();
    assert_eq!(error.to_string(), "`beta` is calibrated; allowed: fixed, trainable or per head");
    let pooling = HopfieldPoolingConfig::new(2, HopfieldConfig::new(4)).with_init(Init::Data);
    assert_eq!(
        pooling.try_init(1, &device).unwrap_err().to_string(),
        "`init` is from data; allowed: uniform or normal"
    );
    let error = HopfieldConfig::new(4).with_heads(0).try_init(1, &device).unwrap_err();
    assert!(matches!(error, LayerError::InvalidSettings(settings) if settings.len() == 1));
}

#[test]
#[should_panic(expected = "β is a positive number")]
fn an_infinite_beta_panics() {
    let layer = HopfieldLayer::from_patterns(Tensor::eye(3, &Device::flex()), 2.0);
    layer.unwrap().set_beta(&[f64::INFINITY]);
}

fn random(shape: [usize; 3]) -> Tensor<3> {
    Tensor::random(shape, Distribution::Default, &Device::flex())
}

#[test]
fn masks_hide_patterns_from_states() {
    let device = Device::flex();
    let hopfield = HopfieldConfig::new(6).with_heads(2).try_init(1, &device).unwrap();
    let (states, stored) = (random([2, 3, 6]), random([2, 4, 6]));
    // No state sees pattern 1; state 2 sees pattern 3 only.
    let mask =
        [[false, true, false, false], [false, true, false, false], [true, true, true, false]];
    let mask = Tensor::<2, Bool>::from_data(mask, &device).unsqueeze::<3>();
    let input = HopfieldInput::new(states, stored.clone()).with_mask(mask);
    let weights = hopfield.associate(input.clone());
    assert_eq!(weights.dims(), [2, 2, 3, 4]);
    let hidden = numbers(weights.clone().slice_dim(3, 1..2));
    assert!(hidden.into_iter().all(|weight| weight == 0.0));
    assert!(numbers(weights.sum_dim(3)).into_iter().all(|sum| (sum - 1.0).abs() < 1e-6));
    let answer = numbers(hopfield.forward(input).slice_dim(1, 2..3));
    assert_close(&answer, &numbers(stored.slice_dim(1, 3..4)));
}

#[test]
fn nothing_but_padding_is_answered_with_0() {
    let device = Device::flex();
    let padding = Tensor::<2, Bool>::from_data([[false, true], [true, true]], &device);
    for separation in [Separation::Softmax, Separation::Entmax15, Separation::TopK(1)] {
        for similarity in [Similarity::Dot, Similarity::CentredDot, Similarity::Euclidean] {
            let config = HopfieldConfig::new(6).with_similarity(similarity);
            let hopfield = config.with_separation(separation).try_init(1, &device).unwrap();
            let input = HopfieldInput::new(random([2, 3, 6]), random([2, 2, 6]));
            let answer = hopfield.forward(input.with_padding(padding.clone()));
            assert_eq!(
                numbers(answer.slice_dim(0, 1..2)),
                [0.0; 18],
                "{separation:?} {similarity:?}"
            );
        }
    }
}

#[test]
fn dropout_drops_in_training_only() {
    let device = Device::flex().autodiff();
    let hopfield = HopfieldConfig::new(6).with_dropout(0.5).try_init(1, &device).unwrap();
    let (states, stored) = (random([4, 30, 6]).autodiff(), random([4, 30, 6]).autodiff());
    let forward = |hopfield: &hopfield_layer::Hopfield, on: bool| {
        let plain =
            |rows: &Tensor<3>| if on { rows.clone() } else { rows.clone().without_autodiff() };
        numbers(hopfield.forward(HopfieldInput::new(plain(&states), plain(&stored))))
    };
    assert_ne!(forward(&hopfield, true), forward(&hopfield, true));
    let valid = hopfield.valid();
    assert_eq!(forward(&valid, false), forward(&valid, false));
}

#[test]
#[should_panic(expected = "expected 8, got 6")]
fn input_of_another_dimension_panics() {
    let hopfield = HopfieldConfig::new(8).try_init(1, &Device::flex()).unwrap();
    hopfield.forward(HopfieldInput::new(random([1, 2, 6]), random([1, 2, 6])));
}
