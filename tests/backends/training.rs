//! Steps of training, and what is measured.

use burn::module::Module;
use burn::tensor::{Device, TensorData};
use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Separation, Similarity};
use hopfield_model::{
    Batch, Evaluation, HopfieldStack, LearningRates, Objective, Reconstruction, Sgd, evaluate,
};

use super::{GRADIENTS, VALUES, compare, numbers};

/// Three steps of a residual stack with all that a step can have: balance, momentum, limited gradients, ranges, a trained β.
fn trained(device: &Device) -> (Vec<TensorData>, Evaluation) {
    let device = device.clone().autodiff();
    let range = [-0.6, 0.6];
    let layer = |patterns, similarity, separation| {
        HopfieldLayerConfig::new(patterns, 20)
            .with_similarity(similarity)
            .with_separation(separation)
            .with_beta(Some(Beta::Trainable(0.8)))
            .with_init(Init::Uniform { low: -0.5, high: 0.5 })
            .with_range(Some(range.into()))
    };
    let layers = [
        layer(40, Similarity::Euclidean, Separation::Softmax).try_init(1, &device).unwrap(),
        layer(30, Similarity::Dot, Separation::Softmax).try_init(2, &device).unwrap(),
        layer(50, Similarity::Dot, Separation::Sparsemax).try_init(3, &device).unwrap(),
    ];
    let mut stack = HopfieldStack::residual(layers.into()).unwrap();
    let mut sgd = Sgd::new(0.9, Some(0.03), &stack);
    let objective = Reconstruction { balance: 2.0, devices: vec![] };
    let rates = LearningRates { patterns: 3.0, log_beta: 0.1 };
    let plain = device.inner();
    for step in 0..3 {
        let [states, targets] = [step, step + 7].map(|seed| numbers([33, 20], seed, &plain));
        let batch = Batch { states, targets, labels: vec![0; 33] };
        objective.step(&mut stack, &mut sgd, batch, rates, 0);
    }
    let stack = stack.valid();
    let found = evaluate(&stack, &numbers([50, 20], 20, &plain), &numbers([50, 20], 21, &plain));
    let of_layers = stack
        .layers
        .iter()
        .flat_map(|layer| [layer.patterns.val().into_data(), layer.log_beta.val().into_data()]);
    (of_layers.collect(), found)
}

/// Parameters after some steps, and what is measured then.
pub(super) fn steps_and_measures(name: &str, device: &Device) {
    let (expected, measured) = trained(&Device::flex());
    let (found, also) = trained(device);
    for (found, expected) in found.into_iter().zip(expected) {
        compare(name, found, expected, GRADIENTS);
    }
    let near = |a: f64, b: f64| {
        assert!((a / b - 1.0).abs() < f64::from(VALUES) * 10.0, "{name}: {a}, on flex {b}");
    };
    near(also.error, measured.error);
    for (found, expected) in also.layers.iter().zip(&measured.layers) {
        near(found.output_variance, expected.output_variance);
        near(found.perplexity, expected.perplexity);
        near(found.metastable_size, expected.metastable_size);
        assert_eq!(found.used_patterns, expected.used_patterns, "{name}");
    }
}
