//! The shipped configs learn: every one is run for an epoch, the newcomer's for a few.

use std::fs;

use crate::common::{metrics, repository, train};

/// What always answering the mean digit costs, per pixel.
const MEAN_IMAGE_MSE: f64 = 0.067;
/// What answering black costs.
const BLACK_IMAGE_MSE: f64 = 0.11;

#[test]
fn every_config_trains_and_opens_with_its_command() {
    let dir = tempfile::tempdir().unwrap();
    let mut count = 0;
    for entry in fs::read_dir(repository("configs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let command = format!("cargo run --release --bin train -- configs/{name}");
        let head: Vec<_> = text.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(head.iter().any(|line| line.contains(&command)), "{name}: {command}");
        assert!(head.iter().any(|line| line.contains("test MSE")), "{name}: the measured result");

        let run = dir.path().join(name);
        let config = path.to_str().unwrap();
        train(&run, [config, "--set", "training.epochs=1", "--set", "data.source=bundled"]);
        let test_mse = metrics(&run)[0]["test_mse"].as_f64().unwrap();
        // Random patterns answer about black; after an epoch a stack is at least on its way to the mean digit.
        assert!(test_mse < 0.8 * BLACK_IMAGE_MSE, "{name}: {test_mse}");
        count += 1;
    }
    assert_eq!(count, 4, "a config was added or lost");
}

#[test]
fn the_newcomers_stack_learns_in_a_few_epochs() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, ["configs/digits.toml", "--set", "training.epochs=8"]);
    let metrics = metrics(&run);
    let test_mse: Vec<_> = metrics.iter().map(|line| line["test_mse"].as_f64().unwrap()).collect();
    assert_eq!(test_mse.len(), 8);
    assert!(test_mse[7] < 0.8 * MEAN_IMAGE_MSE, "{test_mse:?}");
    assert!(test_mse[7] < test_mse[0], "{test_mse:?}");
}
