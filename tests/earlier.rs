//! A run folder and its databases, written by version 0.1.0, are read by this version.

use std::fs;
use std::path::Path;

use hopfield_tests::{hopfield_command, repository, stderr, train_command};
use serde_json::Value;

const FIXTURE: &str = "tests/fixtures/version-0.1.0";

/// Runs `hopfield` beside the run, whose config names its data relative to that folder; gives its JSON.
#[track_caller]
fn hopfield(args: &[&str]) -> Value {
    let mut command = hopfield_command(args.iter().copied().chain(["--json"]));
    let output = command.current_dir(repository(FIXTURE)).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Equal, but for rounding: sums of another version, or of another CPU, may round differently.
#[track_caller]
fn assert_alike(found: &Value, expected: &Value, at: &str) {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
            assert!((found - expected).abs() <= 1e-5 * expected.abs(), "{at}: {found}, {expected}");
        }
        (Value::Array(found), Value::Array(expected)) => {
            assert_eq!(found.len(), expected.len(), "{at}");
            for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
                assert_alike(found, expected, &format!("{at}.{index}"));
            }
        }
        (Value::Object(found), Value::Object(expected)) => {
            // More may be measured now, but nothing less.
            for (key, expected) in expected {
                let found = found.get(key).unwrap_or_else(|| panic!("{at}: no {key}"));
                assert_alike(found, expected, &format!("{at}.{key}"));
            }
        }
        _ => assert_eq!(found, expected, "{at}"),
    }
}

fn expected(name: &str) -> Value {
    serde_json::from_slice(&fs::read(repository(FIXTURE).join(name)).unwrap()).unwrap()
}

#[test]
fn info_and_eval_say_the_same() {
    assert_alike(&hopfield(&["info", "run"]), &expected("info.json"), "info");
    assert_alike(&hopfield(&["eval", "run"]), &expected("eval.json"), "eval");
}

#[test]
fn its_databases_come_back_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let canonical = fs::read(repository(FIXTURE).join("run/patterns.safetensors")).unwrap();
    for (file, run) in [("run/patterns.npz", "a"), ("run/patterns.safetensors", "b")] {
        hopfield(&["import", file, "--run", &path(run)]);
        assert_eq!(
            fs::read(Path::new(&path(run)).join("patterns.safetensors")).unwrap(),
            canonical
        );
    }
    hopfield(&["export", "run", "--format", "safetensors", "--out", &path("out.safetensors")]);
    assert_eq!(fs::read(path("out.safetensors")).unwrap(), canonical);
    for format in ["npz", "npy", "csv", "parquet", "png", "apng"] {
        let out = path(format);
        fs::create_dir(&out).unwrap();
        hopfield(&["export", "run", "--format", format, "--out", &out]);
    }
}

#[test]
fn it_is_used_and_continued() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let images = "data/t10k-images-idx3-ubyte";
    let recalled = hopfield(&["recall", "run", images, "--only", "0", "--out", &path("r.png")]);
    assert_alike(&recalled, &expected("recall.json"), "recall");
    hopfield(&["report", "run", "--out", &path("report.html")]);
    // A snapshot is a database like any other.
    assert_eq!(hopfield(&["info", "run/evolution/step-00000001.safetensors"])["image_shape"][0], 4);

    let run = path("again");
    let init = ["run/config.toml", "--init-from", "run", "--run", &run, "--quiet"];
    let output = train_command(init).current_dir(repository(FIXTURE)).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}
