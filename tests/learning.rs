//! The shipped configs learn: every one is run for two epochs, the newcomer's and the accurate one for a few.

use std::fs;

use hopfield_arrays::ArrayFile;
use safetensors::SafeTensors;

use hopfield_tests::{metrics, repository, stderr, train, train_command};

/// What always answering the mean digit costs on the bundled test digits, per pixel.
const MEAN_IMAGE_MSE: f64 = 0.0643;

#[test]
fn every_config_trains_and_opens_with_its_command() {
    let dir = tempfile::tempdir().unwrap();
    let mut count = 0;
    for entry in fs::read_dir(repository("configs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let command = format!("hopfield train configs/{name}");
        let head: Vec<_> = text.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(head.iter().any(|line| line.contains(&command)), "{name}: {command}");
        assert!(
            head.iter().any(|line| line.contains("test MSE .0") || line.contains("test error 1.")),
            "{name}: the measured result"
        );

        let run = dir.path().join(name);
        let config = path.to_str().unwrap();
        let quick = [config, "--set", "training.epochs=2", "--set", "data.source=bundled"];
        count += 1;
        if text.contains("classify") {
            let quicker = [
                "--set=task.memories=300",
                "--set=training.batch_size=50",
                "--set=training.shift=0",
            ];
            train(&run, quick.into_iter().chain(quicker));
            let error = metrics(&run)[1]["test_label_error"].as_f64().unwrap();
            assert!(error < 0.5, "{name} learned few labels: {error}");
            continue;
        }
        train(&run, quick);
        let test_mse = metrics(&run)[1]["test_mse"].as_f64().unwrap();
        assert!(
            test_mse < MEAN_IMAGE_MSE,
            "{name} learned no more than the mean digit: {test_mse}"
        );
    }
    assert_eq!(count, 9, "a config was added or lost");
}

#[test]
fn the_config_in_the_docs_trains() {
    let page = fs::read_to_string(repository("docs/config.md")).unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (config, _) = rest.split_once("```").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("example.toml");
    fs::write(&path, config).unwrap();
    let run = dir.path().join("run");
    train(&run, [path.to_str().unwrap(), "--set", "training.epochs=2"]);
    let test_mse = metrics(&run)[1]["test_mse"].as_f64().unwrap();
    assert!(test_mse < MEAN_IMAGE_MSE, "{test_mse}");
}

#[test]
fn unbounded_patterns_learn_in_a_few_epochs() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, ["configs/accurate.toml", "--set", "training.epochs=20"]);
    let metrics = metrics(&run);
    let test_mse = |epoch: usize| metrics[epoch - 1]["test_mse"].as_f64().unwrap();
    assert!(test_mse(20) < 0.015, "{}", test_mse(20));
    assert!(test_mse(20) < test_mse(5) && test_mse(5) < test_mse(1));
    for layer in metrics[19]["layers"].as_array().unwrap() {
        assert_eq!(layer["used_patterns"], 64, "{layer}");
    }
}

/// What a newcomer sees: digits in the last layer, and ghosts of digits before it.
#[test]
fn the_newcomers_patterns_look_like_digits_in_a_few_epochs() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, ["configs/digits.toml", "--set", "training.epochs=10"]);
    let last = &metrics(&run)[9];
    let test_mse = last["test_mse"].as_f64().unwrap();
    assert!(test_mse < 0.031, "{last}");
    assert!(test_mse < 1.06 * last["simplex_bound"].as_f64().unwrap(), "{last}");
    let likeness = |layer: usize, of: &str| last["layers"][layer]["likeness"][of].as_f64().unwrap();
    assert!(likeness(2, "mean") > 0.86 && likeness(2, "alike") > 0.95, "{last}");
    assert!(likeness(0, "of_either_sign") > 0.4 && likeness(1, "of_either_sign") > 0.4, "{last}");
    for (layer, patterns) in [64, 64, 72].into_iter().enumerate() {
        assert_eq!(last["layers"][layer]["used_patterns"], patterns, "{last}");
    }
}

/// Readable patterns: they stay images; without `balance` about half of them would not learn.
#[test]
fn readable_patterns_stay_images_and_balance_keeps_them_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let last = |name: &str, set: &str| {
        let run = dir.path().join(name);
        train(&run, ["configs/readable.toml", "--set", "training.epochs=8", "--set", set]);
        metrics(&run)[7].clone()
    };
    let used = |line: &serde_json::Value| line["layers"][0]["used_patterns"].as_u64().unwrap();
    let balanced = last("balanced", "training.balance=0.5");
    assert_eq!(used(&balanced), 64, "{balanced}");
    assert!(balanced["test_mse"].as_f64().unwrap() < 0.035, "{balanced}");
    let without = last("without", "training.balance=0");
    assert!(used(&without) < 48, "{without}");

    let database = dir.path().join("balanced/patterns.safetensors");
    let patterns = ArrayFile::open(&database).unwrap().load("layers.0.patterns").unwrap();
    assert!(patterns.iter().all(|entry| (0.0..=1.0).contains(entry)));
}

#[test]
fn an_error_that_blows_up_is_warned_of() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let settings =
        ["training.epochs=2", "training.learning_rate=3e4", "training.schedule=constant"];
    let set = settings.iter().flat_map(|set| ["--set", set]);
    let args = ["configs/accurate.toml", "--run", run.to_str().unwrap()];
    let output = train_command(args.into_iter().chain(set)).output().unwrap();
    let message = stderr(&output);
    assert!(output.status.success(), "{message}");
    assert!(message.contains("warning: the error has blown up to "), "{message}");
    assert!(message.contains("always answering the mean image costs 0.06427"), "{message}");
}

#[test]
fn a_run_that_diverges_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let run_args = ["--run", run.to_str().unwrap(), "--quiet"];
    let settings = ["configs/accurate.toml", "--set", "training.learning_rate=1e30"];
    let output = train_command(settings.into_iter().chain(run_args)).output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with("error: training diverged in epoch 1: "), "{message}");
    assert!(message.contains("hint: lower training.learning_rate"), "{message}");
    assert!(!run.join("checkpoints/last.safetensors").exists());
}

/// The patterns and log β of a run, all in a row.
fn learned(run: &std::path::Path) -> Vec<f32> {
    let bytes = fs::read(run.join("patterns.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let is_learned = |name: &&str| name.ends_with("patterns") || name.ends_with("log_beta");
    let mut names: Vec<_> = tensors.names().into_iter().filter(is_learned).collect();
    names.sort_unstable();
    let numbers = names
        .into_iter()
        .flat_map(|name| tensors.tensor(name).unwrap().data().as_chunks::<4>().0.to_vec());
    numbers.map(f32::from_le_bytes).collect()
}

/// Everything that a loss can be made of: balance, momentum, limits, residual layers, a trained β; a part of the batch
/// that is smaller than the others; and Rayon with one thread only, the one that waits for the shares.
#[test]
fn several_devices_learn_what_one_learns() {
    let dir = tempfile::tempdir().unwrap();
    let learn = |devices: &str, threads: &str| {
        let run = dir.path().join(devices.len().to_string());
        let set =
            ["--set", "training.epochs=1", "--set", "training.batch_size=300", "--set", devices];
        let args = ["configs/digits.toml", "--quiet", "--run", run.to_str().unwrap()];
        let mut train = train_command(args.into_iter().chain(set));
        let output = train.env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        learned(&run)
    };
    let one = learn("devices=[]", "2");
    let shares =
        [("devices=[\"flex\",\"flex\"]", "1"), ("devices=[\"flex\",\"flex\",\"flex\"]", "2")];
    for (devices, threads) in shares {
        let several = learn(devices, threads);
        assert_eq!(several.len(), one.len());
        for (found, expected) in several.iter().zip(&one) {
            assert!(
                (found - expected).abs() < 1e-4 * expected.abs().max(1.0),
                "{found} {expected}"
            );
        }
    }
}
