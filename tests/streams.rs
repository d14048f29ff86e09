//! Both programs behave alike where their output goes nowhere.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use hopfield_tests::{hopfield_command, stderr, train_command};
use tempfile::TempDir;

/// `train` into the run folder `name`.
fn training(dir: &TempDir, name: &str, more: &str) -> Command {
    let run = dir.path().join(name).display().to_string();
    let set = "--set=training.epochs=1";
    train_command(["tests/configs/dying.toml", set, "--run", &run, more])
}

#[test]
fn output_that_is_lost_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run").display().to_string();
    let commands = [
        training(&dir, "run", "--json"),
        hopfield_command(["info", &run]),
        hopfield_command(["eval", &run, "--json"]),
        train_command(["--help"]),
        hopfield_command(["--version"]),
        hopfield_command(["completions", "bash"]),
    ];
    for mut command in commands {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command.stdout(full).output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {message}");
        let mut errors = message.lines().filter(|line| line.starts_with("error: "));
        let expected = "error: standard output can't be written: No space left on device";
        assert_eq!(errors.clone().count(), 1, "{command:?}: {message}");
        assert!(errors.next_back().unwrap().starts_with(expected), "{command:?}: {message}");
    }
    // What is not for standard output was done.
    assert!(Path::new(&run).join("patterns.safetensors").exists());
    // What is not asked for is not lost.
    let full = File::options().write(true).open("/dev/full").unwrap();
    let quiet = training(&dir, "quiet", "--quiet").stdout(full).output().unwrap();
    assert!(quiet.status.success() && quiet.stderr.is_empty(), "{}", stderr(&quiet));
}

/// As for `| head -1`.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run").display().to_string();
    let commands = [
        training(&dir, "run", "--json"),
        hopfield_command(["eval", &run, "--json"]),
        train_command(["--help"]),
        hopfield_command(["--help"]),
    ];
    for mut command in commands {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{command:?}: {message}");
        assert!(!message.contains("error: "), "{command:?}: {message}");
    }
    assert!(Path::new(&run).join("patterns.safetensors").exists());
}
