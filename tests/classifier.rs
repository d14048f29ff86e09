//! What the `hopfield` binary makes of a classifier by association.

use std::fs;
use std::path::Path;

use clap::Parser;
use hopfield_tests::{hopfield, repository};
use hopfield_train::cli::Program;
use hopfield_train::printer::Printer;
use hopfield_train::{Interrupt, Outcome};
use serde_json::Value;

#[track_caller]
fn text_of(args: &[&str]) -> String {
    let output = hopfield(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn json_of(args: &[&str]) -> Value {
    serde_json::from_str(text_of(&[args, &["--json", "--quiet"]].concat()).trim()).unwrap()
}

#[test]
fn a_classifier_is_measured_and_taken_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let run = path("run");
    let config = repository("configs/classify.toml");
    let Program { args, .. } = Program::parse_from([
        "train",
        config.to_str().unwrap(),
        "--set=data.source=bundled",
        "--set=task.memories=120",
        "--set=task.temperature=400",
        "--set=training.batch_size=50",
        "--set=training.epochs=2",
        "--set=output.export=[\"npz\", \"apng\"]",
        "--run",
        &run,
    ]);
    let job = args.job().unwrap();
    let trained = job.run(&Printer::new(true, false), &Interrupt::default());
    assert_eq!(trained.unwrap(), Outcome::Finished);
    let metrics = fs::read_to_string(path("run/metrics.jsonl")).unwrap();
    let last: Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();

    let measured = json_of(&["eval", &run]);
    let error = measured["label_error"].as_f64().unwrap();
    assert_eq!(error, last["test_label_error"].as_f64().unwrap());
    let of: Vec<[f64; 2]> = (measured["labels"].as_array().unwrap().iter())
        .map(|of| [of["images"].as_f64().unwrap(), of["label_error"].as_f64().unwrap()])
        .collect();
    assert_eq!((of.len(), of.iter().map(|of| of[0]).sum::<f64>()), (10, 2000.0));
    let wrong: f64 = of.iter().map(|[images, error]| images * error).sum();
    assert!((wrong / 2000.0 - error).abs() < 1e-9);
    // Half an image is harder.
    assert!(json_of(&["eval", &run, "--mask", "bottom"])["label_error"].as_f64().unwrap() > error);
    assert!(text_of(&["eval", &run]).contains("get a wrong label"));
    assert!(text_of(&["info", &run]).contains("% of held-out labels wrong"));

    // Out and in again: the same bytes, and the same answers.
    let copy = path("copy");
    text_of(&["import", &path("run/patterns.npz"), "--run", &copy]);
    assert_eq!(json_of(&["eval", &copy, "--data", "bundled"])["label_error"].as_f64(), Some(error));
    assert!(Path::new(&path("run/evolution.apng")).exists());

    for command in ["recall", "report"] {
        let image = path("run/patterns.png");
        let args: &[&str] = match command {
            "recall" => &["recall", &run, &image],
            _ => &["report", &run],
        };
        let output = hopfield(args);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains("is a classifier: it answers with labels"), "{message}");
    }
}
