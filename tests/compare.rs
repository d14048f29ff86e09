//! `hopfield compare`: many runs side by side.

use std::fs;
#[cfg(unix)]
use std::io::{BufRead, BufReader};
#[cfg(unix)]
use std::process::{Command, Stdio};

use hopfield_arrays::ArrayFile;
use hopfield_tests::{hopfield, refused, stderr};
use serde_json::Value;

use crate::sweeps::{SWEEP, command, refused_in, sweep_file};

#[test]
fn runs_are_compared_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    sweep_file(&dir, &SWEEP.replace("[4, 8, 16]", "[4, 8]"));
    let swept = command(dir.path(), &["sweep", "s.toml", "--quiet"]).output().unwrap();
    assert!(swept.status.success() && swept.stdout.is_empty(), "{}", stderr(&swept));
    let outs = ["t.csv", "t.md", "t.json", "t.parquet", "p.html"];
    let outs: Vec<&str> = outs.iter().flat_map(|out| ["--out", out]).collect();
    let args = [&["compare", "runs/s", "--json"], &outs[..]].concat();
    let compared = command(dir.path(), &args).output().unwrap();
    assert!(compared.status.success(), "{}", stderr(&compared));

    let text = String::from_utf8(compared.stdout).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["layers.0.patterns"], &rows[0]["runs"]), (&8.into(), &2.into()));
    // The mean and the deviation of both seeds.
    let error = |seed: u32| {
        let results = dir.path().join(format!("runs/s/patterns=8,seed={seed}/results.json"));
        let results: Value = serde_json::from_slice(&fs::read(results).unwrap()).unwrap();
        results["test_mse"].as_f64().unwrap()
    };
    let [a, b] = [error(1), error(2)];
    assert!((rows[0]["test_mse"].as_f64().unwrap() - (a + b) / 2.0).abs() < 1e-12);
    let deviation = rows[0]["test_mse_deviation"].as_f64().unwrap();
    assert!((deviation - (a - b).abs() / f64::sqrt(2.0)).abs() < 1e-12);

    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&read("t.json")).unwrap(), rows);
    let csv = read("t.csv");
    assert!(
        csv.starts_with("layers.0.patterns,runs,finished,test_mse,test_mse_deviation,"),
        "{csv}"
    );
    assert_eq!(
        csv.lines().nth(1).unwrap().split(',').nth(3),
        Some(&*rows[0]["test_mse"].to_string())
    );
    let markdown = read("t.md");
    assert!(
        markdown.starts_with("| patterns | runs | test mse |") && markdown.contains("| **0."),
        "{markdown}"
    );
    let mut parquet = ArrayFile::open(&dir.path().join("t.parquet")).unwrap();
    let errors = parquet.load("test_mse").unwrap();
    assert_eq!(
        errors,
        rows.iter().map(|row| row["test_mse"].as_f64().unwrap() as f32).collect::<Vec<_>>()
    );
    let page = read("p.html");
    assert!(page.contains("<title>runs/s</title>") && page.contains("patterns=8,seed=1"));

    let message = refused_in(&dir, &["compare", "runs/s", "--out", "t.csv"]);
    assert!(message.contains("t.csv"), "{message}");
    let message = refused_in(&dir, &["compare", "runs/s", "--sort", "beauty"]);
    assert_eq!(
        message,
        "error: --sort beauty; allowed: test_mse, simplex_bound, likeness, used, seconds\n"
    );
    let message = refused_in(&dir, &["compare", "runs/s", "--out", "t.xls"]);
    assert!(
        message.contains("allowed: a name that ends with .html, .csv, .json, .md, .parquet"),
        "{message}"
    );
    let message = refused(&["compare", "configs"]);
    assert!(
        message.contains("configs: no run is there; allowed: the folder of a run"),
        "{message}"
    );

    // What is no run's any more is left out, and said.
    fs::write(dir.path().join("runs/s/patterns=4,seed=2/metrics.jsonl"), "{\n").unwrap();
    let each = command(dir.path(), &["compare", "runs/s/*", "--each", "--sort", "likeness"])
        .output()
        .unwrap();
    assert!(
        stderr(&each).starts_with("left out: runs/s/patterns=4,seed=2/metrics.jsonl: line 1: "),
        "{}",
        stderr(&each)
    );
    assert_eq!(String::from_utf8(each.stdout).unwrap().matches("seed=").count(), 3);
}

/// Runs on other data, and such as keep rows back.
#[test]
fn what_makes_a_comparison_unfair_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let quick = ["--set", "training.epochs=1", "--set", "training.batch_size=1000", "--quiet"];
    let train = |name: &str, sets: &[&str]| {
        let run = dir.path().join(name);
        let args = ["train", "--example", "readable", "--run", run.to_str().unwrap()];
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let trained = hopfield(&[&args[..], &quick[..], &sets[..]].concat());
        assert!(trained.status.success(), "{}", stderr(&trained));
    };
    train("a", &["data.validation=1000"]);
    train("b", &["data.validation=2000"]);
    let compared = command(dir.path(), &["compare", "a", "b"]).output().unwrap();
    let text = String::from_utf8(compared.stdout).unwrap();
    assert!(text.contains("validation mse") && text.contains("test mse"), "{text}");
    assert!(text.contains("Ranked by validation mse."), "{text}");
    assert!(
        text.contains("Runs differ in data.validation, so their errors measure different things"),
        "{text}"
    );

    train("c", &["data.scale=standard", "layers.0.range="]);
    let compared = command(dir.path(), &["compare", "."]).output().unwrap();
    let text = String::from_utf8(compared.stdout).unwrap();
    assert!(text.contains("Runs have different data, so their errors can't be compared"), "{text}");
    assert!(text.contains("(1 run)") && text.contains("(2 runs)"), "{text}");

    let classify = ["train", "--example", "classify", "--run", "d", "--set", "data.source=bundled"];
    let args = [&classify[..], &["--set", "task.memories=50"], &quick[..]].concat();
    assert!(command(dir.path(), &args).status().unwrap().success());
    let compared = command(dir.path(), &["compare", "a", "d"]).output().unwrap();
    let text = String::from_utf8(compared.stdout).unwrap();
    assert!(text.contains("Not ranked: the runs have no error in common."), "{text}");
    assert!(text.contains("test label error") && !text.contains('*'), "{text}");
}

/// A run that an earlier version has finished, which wrote no results.
#[test]
fn runs_of_earlier_versions_are_compared() {
    let compared = hopfield(&["compare", "tests/fixtures/version-0.1.0/run", "--each"]);
    let text = String::from_utf8(compared.stdout).unwrap();
    assert!(text.contains("test mse") && !text.contains("not finished"), "{text}");
}

/// From before the first run until Ctrl-C, after which the page stays as it is.
#[cfg(unix)]
#[test]
fn a_page_is_kept_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    sweep_file(&dir, &SWEEP.replace("[4, 8, 16]", "[4]"));
    let args = ["compare", "runs", "--watch=0.1", "--out", "p.html"];
    let mut watch = command(dir.path(), &args).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(watch.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut lines = lines.inspect(|line| assert!(!line.contains("panicked"), "{line}"));
    assert!(lines.next().unwrap().starts_with("runs: no run is there"));
    assert!(command(dir.path(), &["sweep", "s.toml", "--quiet"]).status().unwrap().success());
    assert!(lines.any(|line| line == "2 of 2 runs finished"));
    let page = || fs::read_to_string(dir.path().join("p.html")).unwrap();
    assert!(page().contains("\"refresh\":0.1"));
    let sent = Command::new("kill").args(["-INT", &watch.id().to_string()]).status().unwrap();
    assert!(sent.success() && watch.wait().unwrap().success());
    assert!(page().contains("\"refresh\":null"));
}
