//! Texts: configs of runs, and the manifests of pattern databases.

use std::path::Path;
use std::str::from_utf8;
use std::sync::LazyLock;

use burn::tensor::{Device, Tensor};
use hopfield_arrays::{ArrayFile, ImageShape, Safetensors, Scaling, to_bytes};
use hopfield_database::{DatabaseFile, ImportedFrom, PatternDatabase, Provenance};
use hopfield_layer::HopfieldLayerConfig;
use hopfield_model::HopfieldStack;
use hopfield_train::config::Config;

/// Configs. One that is accepted is accepted again as it is written into the run's folder, and means the same there.
pub fn config(content: &[u8]) {
    let Ok(text) = from_utf8(content) else { return };
    let read = |text: &str| Config::parse(Path::new("fuzz.toml"), text, &[], &[]);
    if let Ok(config) = read(text) {
        let written = config.to_toml();
        let again = read(&written).expect("a resolved config is a config");
        assert_eq!(again.to_toml(), written);
    }
}

/// The texts beside the arrays of a pattern database of two layers. A database that opens can be loaded, and answers.
pub fn manifest(content: &[u8]) {
    let Ok(text) = from_utf8(content) else { return };
    let arrays: Vec<_> =
        ARRAYS.iter().map(|(n, shape, x)| (n.as_str(), &shape[..], &x[..])).collect();
    let bytes = to_bytes(&Safetensors, &arrays, Some(text)).expect("a file in memory");
    let Ok(mut file) = DatabaseFile::from_bytes(Path::new("fuzz"), bytes) else { return };
    let Ok(database) = file.load(&Device::flex()) else { return };
    let states: Tensor<2> = Tensor::ones([1, 4], &Device::flex());
    database.stack.forward(states);
    assert_eq!(database.to_archive().metadata["layers"].as_array().map(Vec::len), Some(2));
}

type Arrays = Vec<(String, Vec<usize>, Vec<f32>)>;

/// Name, shape and numbers of every array of the database.
static ARRAYS: LazyLock<Arrays> = LazyLock::new(|| {
    let device = Device::flex();
    let layer = || {
        let patterns = Tensor::from_data([[0., 1., 0.5, 0.5], [1., 0., 0., 1.]], &device);
        HopfieldLayerConfig::new(2, 4).store(patterns, None).expect("a layer")
    };
    let from = ImportedFrom { imported_from: "by hand".into(), sha256: String::new() };
    let database = PatternDatabase {
        stack: HopfieldStack::new(vec![layer(), layer()]).expect("a stack"),
        image_shape: ImageShape::new(&[2, 2]).ok(),
        scaling: Scaling::default(),
        classes: vec![],
        provenance: Provenance::Imported(from),
        usage: None,
    };
    let bytes = database.to_archive().to_bytes();
    let mut file = ArrayFile::from_bytes("seed", bytes).expect("a database");
    let arrays = file.arrays().to_vec();
    let load = |array: &hopfield_arrays::Array| {
        let numbers = file.load(&array.name).expect("its numbers");
        (array.name.clone(), array.shape.clone(), numbers)
    };
    arrays.iter().map(load).collect()
});
