//! A database comes back from its file as it was saved; what contradicts itself is refused.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::{Device, Distribution, Tensor, TensorData};
use hopfield_arrays::{ImageShape, Scaling};
use hopfield_database::{
    Archive, DatabaseFile, PatternDatabase, PatternUsage, Provenance, TrainedFrom,
};
use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Separation, Similarity, Values};
use hopfield_model::HopfieldStack;
use serde_json::json;
use sha2::Digest;

fn database() -> PatternDatabase {
    let device = Device::flex();
    let first = HopfieldLayerConfig::new(5, 6).with_beta(Some(Beta::Trainable(0.3)));
    let second = HopfieldLayerConfig::new(4, 6).with_beta(Some(Beta::Fixed(1.7)));
    let uniform = Init::Uniform { low: 0.0, high: 1.0 };
    let third = HopfieldLayerConfig::new(3, 8)
        .with_heads(2)
        .with_values(Some(Values { dim: 6, init: uniform }))
        .with_similarity(Similarity::Cosine)
        .with_separation(Separation::TopK(2))
        .with_steps(3);
    let layers = vec![
        first.try_init(1, &device).unwrap(),
        second
            .with_range(Some([0.0, 1.0].into()))
            .with_values(Some(Values { dim: 8, init: uniform }))
            .try_init(2, &device)
            .unwrap(),
        third.try_init(3, &device).unwrap(),
    ];
    let usage = [5, 4, 6].into_iter().map(|patterns| PatternUsage {
        mean_weights: (0..patterns).map(|pattern| 0.1 * pattern as f32).collect(),
        best_matches: vec![7.0; patterns],
    });
    PatternDatabase {
        stack: HopfieldStack::new(layers).unwrap(),
        image_shape: ImageShape::new(&[2, 3]).ok(),
        scaling: Scaling::default(),
        classes: vec![],
        provenance: Provenance::Trained(TrainedFrom {
            config_sha256: "ab".into(),
            data_sha256: "cd".into(),
            init_sha256: None,
            seed: u64::MAX,
            versions: BTreeMap::from([("burn".into(), "0.22.1".into())]),
        }),
        usage: Some(usage.collect()),
    }
}

#[test]
fn a_stack_comes_back_and_answers_bit_for_bit() {
    let device = Device::flex();
    let saved = database();
    let bytes = saved.to_archive().to_bytes();
    let mut file = DatabaseFile::from_bytes(Path::new("mine"), bytes.clone()).unwrap();
    let loaded = file.load(&device).unwrap();

    let states = Tensor::<2>::random([9, 6], Distribution::Default, &device);
    let expected = saved.stack.forward(states.clone()).into_data();
    loaded.stack.forward(states).into_data().assert_eq(&expected, true);
    assert_eq!(loaded.image_shape, saved.image_shape);
    assert_eq!(loaded.provenance, saved.provenance);
    assert_eq!(loaded.usage, saved.usage);
    assert_eq!(loaded.stack.layers[1].range, saved.stack.layers[1].range);
    let trainable = |stack: &HopfieldStack| -> Vec<bool> {
        let layers = stack.layers.iter();
        layers.map(|layer| layer.beta_is_trainable()).collect()
    };
    assert_eq!(trainable(&loaded.stack), [true, false, true]);
    assert_eq!(loaded.to_archive().to_bytes(), bytes);
}

#[test]
fn the_canonical_bytes_never_change() {
    let device = Device::flex();
    let rows = |n: usize, d: usize| {
        let numbers: Vec<f32> = (0..n * d).map(|i| (i as f32 - 3.0) / 7.0).collect();
        Tensor::<2>::from_data(TensorData::new(numbers, [n, d]), &device)
    };
    let first = HopfieldLayerConfig::new(4, 6)
        .with_beta(Some(Beta::Fixed(2.0)))
        .with_similarity(Similarity::Euclidean)
        .with_separation(Separation::TopK(3))
        .with_range(Some([-1.0, 4.0].into()));
    let second = HopfieldLayerConfig::new(3, 6)
        .with_heads(2)
        .with_beta(Some(Beta::Trainable(1.0)))
        .with_values(Some(Values { dim: 6, init: Init::Data }))
        .with_steps(2);
    let layers = vec![
        first.store(rows(4, 6), None).unwrap(),
        second.store(rows(3, 6), Some(rows(3, 6) * 0.5)).unwrap(),
    ];
    let stack = HopfieldStack::new(layers).unwrap();
    let usage =
        [4, 6].map(|n| PatternUsage { mean_weights: vec![0.25; n], best_matches: vec![3.0; n] });
    let database = PatternDatabase { stack, usage: Some(usage.to_vec()), ..database() };
    let hash = sha2::Sha256::digest(database.to_archive().to_bytes());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "e82fdea0975b9e28302f76b33322f2cc560b09f839df71a899c16247882ebf7e");
}

#[test]
fn a_residual_stack_comes_back_residual() {
    let device = Device::flex();
    let layer = |seed| HopfieldLayerConfig::new(5, 6).try_init(seed, &device).unwrap();
    let stack = HopfieldStack::residual(vec![layer(1), layer(2)]).unwrap();
    let saved = PatternDatabase { stack, usage: None, ..database() };
    let bytes = saved.to_archive().to_bytes();
    let loaded = DatabaseFile::from_bytes(Path::new("mine"), bytes).unwrap().load(&device).unwrap();
    let states = Tensor::<2>::random([9, 6], Distribution::Default, &device);
    let expected = saved.stack.forward(states.clone()).into_data();
    loaded.stack.forward(states).into_data().assert_eq(&expected, true);
}

#[test]
fn archives_that_contradict_themselves_are_refused() {
    let device = Device::flex();
    let refused = |change: &dyn Fn(&mut Archive)| {
        let mut archive = database().to_archive();
        change(&mut archive);
        let read = DatabaseFile::from_bytes(Path::new("mine"), archive.to_bytes());
        read.and_then(|mut file| file.load(&device)).unwrap_err().to_string()
    };
    let message = refused(&|archive| archive.metadata["image_shape"] = json!([28, 28]));
    assert!(message.contains("the stack takes dimension 6, but images are 28 × 28"), "{message}");
    let message = refused(&|archive| archive.metadata = json!({ "format": 2 }));
    assert!(message.contains("format 2, but this program reads format 3"), "{message}");
    let message = refused(&|archive| archive.metadata["residual"] = json!(true));
    assert!(message.contains("layer 1 takes dimension 6, but answers in 8"), "{message}");
    let message = refused(&|archive| archive.metadata["layers"] = json!([]));
    assert!(message.contains("at least one layer"), "{message}");
    // The first layer alone would fit the images, too.
    let message = refused(&|archive| {
        archive.metadata["layers"].as_array_mut().unwrap().truncate(1);
    });
    let expected = "tensor `layers.1.patterns`: the manifest describes only layers 0 to 0";
    assert!(message.contains(expected), "{message}");
    let message = refused(&|archive| archive.metadata = json!({}));
    assert!(message.contains("missing field"), "{message}");
    let five = Tensor::<1>::ones([5], &device);
    let message = refused(&|archive| archive.put("layers.1.log_beta".into(), &five));
    assert!(message.contains("layer 1: `heads` is 5; allowed: a divisor of"), "{message}");
    let message = refused(&|archive| archive.metadata["layers"][0]["steps"] = json!(0));
    assert!(
        message.contains("layer 0: `steps` is 0; allowed: a whole number, 1 or more"),
        "{message}"
    );
    let values = Tensor::<2>::ones([2, 6], &device);
    let message = refused(&|archive| archive.put("layers.2.values".into(), &values));
    assert!(
        message.contains("layer 2: values have shape [2, 6]; by the settings it is [3, 6]"),
        "{message}"
    );
}
