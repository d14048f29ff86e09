//! Layers: weights, answers, energies and gradients.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use hopfield_layer::{
    Beta, HopfieldConfig, HopfieldInput, HopfieldLayer, HopfieldLayerConfig, Init, Separation,
    Similarity, Usage, Values,
};

use super::{GRADIENTS, VALUES, compare, numbers};

const SEPARATIONS: [Separation; 7] = [
    Separation::Softmax,
    Separation::Sparsemax,
    Separation::Entmax15,
    Separation::TopK(5),
    Separation::Softmax1,
    Separation::Polynomial(3),
    Separation::LogSumRelu,
];

/// Something of a layer by name, with the tolerance for it.
type Named = (&'static str, f32, TensorData);

/// Weights, answers, energies and gradients.
fn all(layer: &HopfieldLayer, states: Tensor<2>, by: Tensor<2>) -> Vec<Named> {
    let states = states.require_grad();
    let answer = layer.answer(states.clone());
    let gradients = (answer.retrieved.clone() * by).sum().backward();
    let of = |parameter: &Param<Tensor<2>>| parameter.val().grad(&gradients).unwrap().into_data();
    let mut found = vec![
        ("weights", VALUES, answer.weights.into_data()),
        ("answers", VALUES, answer.retrieved.into_data()),
        ("∂L/∂I", GRADIENTS, states.grad(&gradients).unwrap().into_data()),
        ("∂L/∂H", GRADIENTS, of(&layer.patterns)),
    ];
    // The weights of a polynomial don't depend on β.
    if !matches!(layer.separation, Separation::Polynomial(_)) {
        let of_beta = layer.log_beta.val().grad(&gradients).unwrap().into_data();
        found.push(("∂L/∂log β", GRADIENTS, of_beta));
    }
    let energy = layer.energy(states.detach()).ok();
    found.extend(energy.map(|energy| ("energy", VALUES, energy.into_data())));
    found.extend(layer.values.as_ref().map(|values| ("∂L/∂V", GRADIENTS, of(values))));
    found
}

#[track_caller]
fn compare_all(name: &str, found: Vec<Named>, expected: Vec<Named>) {
    for ((what, tolerance, found), (_, _, expected)) in found.into_iter().zip(expected) {
        compare(&format!("{name}: {what}"), found, expected, tolerance);
    }
}

/// Every similarity with every separation; more patterns than units work on a row, and rows that are no multiple of a tile.
pub(super) fn every_pair(name: &str, device: &Device) {
    let run = |device: &Device, similarity, separation| {
        let device = device.clone().autodiff();
        // Scores of some units, whatever the similarity.
        let beta = match similarity {
            // Half of the patterns within reach.
            _ if separation == Separation::LogSumRelu => 0.15,
            Similarity::Cosine => 8.0,
            Similarity::Euclidean => 0.5,
            Similarity::LayerNorm => 0.1,
            _ => 1.5,
        };
        let layer = HopfieldLayerConfig::new(300, 20)
            .with_similarity(similarity)
            .with_separation(separation)
            .with_beta(Some(Beta::Trainable(beta)))
            .store(numbers([300, 20], 1, &device), None)
            .unwrap();
        all(&layer, numbers([37, 20], 2, &device), numbers([37, 20], 3, &device))
    };
    for similarity in Similarity::ALL {
        // −½‖q − k‖² is never above 0, which a polynomial needs, and the log-sum-ReLU needs just that.
        let fits = |&separation: &Separation| match separation {
            Separation::Polynomial(_) => similarity != Similarity::Euclidean,
            Separation::LogSumRelu => similarity == Similarity::Euclidean,
            _ => true,
        };
        for separation in SEPARATIONS.into_iter().filter(fits) {
            let found = run(device, similarity, separation);
            let expected = run(&Device::flex(), similarity, separation);
            compare_all(&format!("{name}, {similarity}, {separation}"), found, expected);
        }
    }
}

/// Several heads, values of their own, several update steps.
pub(super) fn heads_values_and_steps(name: &str, device: &Device) {
    let run = |device: &Device, heads, steps, separation| {
        let device = device.clone().autodiff();
        let layer = HopfieldLayerConfig::new(17, 12)
            .with_heads(heads)
            .with_steps(steps)
            .with_separation(separation)
            .with_values(Some(Values { dim: 6, init: Init::Data }))
            .with_beta(Some(Beta::PerHead {
                start: (0..heads).map(|head| 0.5 + head as f64).collect(),
                trainable: true,
            }))
            .store(numbers([17, 12], 4, &device), Some(numbers([17, 6], 5, &device)))
            .unwrap();
        all(&layer, numbers([9, 12], 6, &device), numbers([9, 6], 7, &device))
    };
    for (heads, steps) in [(1, 3), (3, 1), (3, 2)] {
        for separation in [Separation::Softmax, Separation::Entmax15] {
            let found = run(device, heads, steps, separation);
            let expected = run(&Device::flex(), heads, steps, separation);
            let name = format!("{name}, {heads} heads, {steps} steps, {separation}");
            compare_all(&name, found, expected);
        }
    }
}

/// NaN, infinities, and ties for the last place.
pub(super) fn unusual_states(name: &str, device: &Device) {
    let states = [
        [1.0, 0.5, 0.0],
        [f32::NAN, 0.0, 0.0],
        [f32::INFINITY, 0.0, 0.0],
        [0.0, 0.0, f32::NEG_INFINITY],
        [1.0, 1.0, 1.0],
        [0.0, 0.0, 0.0],
        [-1.0, -1.0, -1.0],
        [3e38, 3e38, 3e38],
    ];
    let weights = |device: &Device, separation| {
        let similarity = match separation {
            Separation::LogSumRelu => Similarity::Euclidean,
            _ => Similarity::Dot,
        };
        let layer = HopfieldLayerConfig::new(3, 3)
            .with_similarity(similarity)
            .with_separation(separation)
            .with_beta(Some(Beta::Fixed(0.7)))
            .store(Tensor::eye(3, device), None)
            .unwrap();
        layer.associate(Tensor::<2>::from_data(states, device)).into_data()
    };
    for separation in SEPARATIONS.into_iter().chain([Separation::TopK(1), Separation::TopK(2)]) {
        let expected = weights(&Device::flex(), separation);
        compare(&format!("{name}, {separation}"), weights(device, separation), expected, VALUES);
    }
}

/// Sets of their own for each entry of a batch, with padding and a mask.
pub(super) fn attention(name: &str, device: &Device) {
    let run = |device: &Device, separation| {
        let device = device.clone().autodiff();
        device.seed(1);
        let layer = HopfieldConfig::new(8).with_heads(2).with_separation(separation);
        let mut layer = layer.init(&device);
        layer.log_beta = Param::from_tensor(Tensor::from_data([0.2, 0.9], &device));
        layer.query = None;
        layer.key = None;
        layer.value = None;
        layer.output = None;
        let (states, stored) =
            (numbers([3, 5, 8], 8, &device), numbers([3, 7, 8], 9, &device).require_grad());
        let padding = Tensor::<2>::from_data(
            [[0.0; 7], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0], [0.0; 7]],
            &device,
        );
        let input =
            HopfieldInput::new(states, stored.clone()).with_padding(padding.greater_elem(0.5));
        let answer = layer.forward(input);
        let gradients = (answer.clone() * numbers([3, 5, 8], 10, &device)).sum().backward();
        [answer.into_data(), stored.grad(&gradients).unwrap().into_data()]
    };
    for separation in [Separation::Softmax, Separation::Sparsemax] {
        let expected = run(&Device::flex(), separation);
        for (found, expected) in run(device, separation).into_iter().zip(expected) {
            compare(&format!("{name}, {separation}"), found, expected, GRADIENTS);
        }
    }
}

/// Sizes of metastable states, entropies and best matches, reduced on the device.
pub(super) fn usage(name: &str, device: &Device) {
    let usage = |device: &Device, separation| {
        let layer = HopfieldLayerConfig::new(300, 20)
            .with_heads(2)
            .with_separation(separation)
            .with_beta(Some(Beta::Fixed(1.5)))
            .store(numbers([300, 20], 1, device), None)
            .unwrap();
        let mut usage = Usage::new(2);
        for seed in 2..4 {
            usage.add(&layer.associate(numbers([37, 20], seed, device)));
        }
        usage
    };
    for separation in [Separation::Softmax, Separation::Sparsemax, Separation::Softmax1] {
        let (found, expected) = (usage(device, separation), usage(&Device::flex(), separation));
        assert_eq!(found.metastable_sizes(), expected.metastable_sizes(), "{name}, {separation}");
        assert_eq!(found.best_matches(), expected.best_matches(), "{name}, {separation}");
        let numbers = |numbers: &[f64]| TensorData::new(numbers.to_vec(), [numbers.len()]);
        compare(name, numbers(found.entropies()), numbers(expected.entropies()), VALUES);
        compare(name, numbers(&found.mean_weights()), numbers(&expected.mean_weights()), VALUES);
    }
}
