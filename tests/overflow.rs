//! Patterns that are finite, but whose similarities are not.

use hopfield_arrays::{bytes, npy_header};
use hopfield_tests::{hopfield, json_of, path, refused, repository, write};
use tempfile::TempDir;

/// Three equal patterns, and one of `large` numbers; gives the run.
fn imported(dir: &TempDir, large: f32, similarity: &str) -> String {
    let mut patterns: Vec<f32> = (0..4 * 784).map(|i| (i % 7) as f32 / 7.0).collect();
    patterns[3 * 784..].fill(large);
    let file = [npy_header(&[4, 784]), bytes(&patterns).to_vec()].concat();
    let (file, run) = (write(dir, "patterns.npy", &file), path(dir, "run"));
    json_of(&["import", &file, "--beta", "8", "--similarity", similarity, "--run", &run]);
    run
}

fn digits() -> String {
    repository("crates/data/assets/t10k-images-idx3-ubyte.gz").display().to_string()
}

#[test]
fn a_pattern_infinitely_far_away_has_no_weight() {
    let dir = tempfile::tempdir().unwrap();
    let run = imported(&dir, 1e20, "euclidean");
    let recalled = &json_of(&["recall", &run, &digits(), "--only", "3"])[0];
    let weights = [0, 1, 2, 3].map(|k| recalled["matches"][k]["weight"].as_f64().unwrap());
    assert!(
        weights[..3].iter().all(|weight| (weight - 1.0 / 3.0).abs() < 1e-6) && weights[3] == 0.0
    );
    assert!(recalled["energy"]["fixed_point"].is_f64(), "{recalled}");
    let psnr = json_of(&["eval", &run])[0]["psnr"].as_f64().unwrap();
    assert!((5.0..7.0).contains(&psnr), "{psnr}");
}

#[test]
fn similarities_that_overflow_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let run = imported(&dir, 3e38, "dot");
    let message = refused(&["recall", &run, &digits(), "--only", "3"]);
    assert!(
        message.contains(":3: its similarities to the patterns in layer 0 overflow"),
        "{message}"
    );
    for command in ["eval", "report"] {
        let message = refused(&[command, &run]);
        assert!(message.contains("test image 0 of the digits"), "{message}");
        assert!(message.contains("scale the patterns down, and import them again"), "{message}");
    }
    // What the message says helps.
    let dir = tempfile::tempdir().unwrap();
    let scaled = imported(&dir, 1e10, "dot");
    for arguments in [&["recall", &scaled, &digits(), "--only", "3"][..], &["eval", &scaled]] {
        json_of(arguments);
    }
    assert!(hopfield(&["report", &scaled, "--out", &path(&dir, "page.html")]).status.success());
}
