//! `hopfield` alone is enough: training, the shipped configs, and what the program says of itself.

use std::fs;

use hopfield_tests::{hopfield, hopfield_command, path, refused, repository, stderr, train};

/// With `hopfield train --example`, from the same config in a file, and with `train`.
#[test]
fn all_ways_to_train_give_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let quick = ["--set", "training.epochs=1", "--set", "training.batch_size=1000"];
    let run = |what: &[&str], name: &str| {
        let args = [&["train"], what, &["--quiet", "--run", name], &quick].concat();
        let output = hopfield_command(args).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    };
    run(&["--example", "digits"], "example");
    let written = hopfield(&["init", &path(&dir, "mine")]);
    assert!(written.status.success(), "{}", stderr(&written));
    run(&["mine/digits.toml"], "file");
    let config = repository("configs/digits.toml");
    train(&dir.path().join("train"), [&[config.to_str().unwrap()], &quick[..]].concat());
    let patterns = |run: &str| fs::read(dir.path().join(run).join("patterns.safetensors")).unwrap();
    assert_eq!(patterns("example"), patterns("file"));
    assert_eq!(patterns("example"), patterns("train"));

    for file in fs::read_dir(repository("configs")).unwrap() {
        let file = file.unwrap();
        if file.path().is_dir() {
            continue;
        }
        let copy = dir.path().join("mine").join(file.file_name());
        assert_eq!(fs::read(copy).unwrap(), fs::read(file.path()).unwrap());
    }
    let message = refused(&["init", &path(&dir, "mine")]);
    assert!(message.contains("it exists; choose another folder"), "{message}");
    assert!(hopfield(&["init", &path(&dir, "mine"), "--force"]).status.success());
}

#[test]
fn exit_codes_are_those_of_train() {
    let dir = tempfile::tempdir().unwrap();
    let diverges = ["--set=training.learning_rate=1e9", "--set=training.gradient_limit="];
    let run = path(&dir, "run");
    let args =
        [&["train", "--example", "accurate", "--quiet", "--run", &run], &diverges[..]].concat();
    assert_eq!(hopfield(&args).status.code(), Some(1));
    let message = refused(&["train", "--example", "digit"]);
    assert!(message.contains("digits, accurate, gallery"), "{message}");
    refused(&["train"]);
    refused(&["train", "--example", "digits", "configs/digits.toml"]);
}

#[test]
fn the_version_tells_what_was_built() {
    let output = hopfield(&["--version"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], concat!("hopfield ", env!("CARGO_PKG_VERSION")));
    assert!(lines[1].starts_with("commit: ") && lines[2].starts_with("backends: "), "{text}");
    assert!(lines[2].contains("flex") && lines[3].starts_with("vector instructions: "), "{text}");
    let short = hopfield(&["-V"]).stdout;
    assert_eq!(short, concat!("hopfield ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
}
