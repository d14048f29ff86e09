//! Running the `train` binary as a user does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// `train` with these arguments, in the repository's root.
pub(crate) fn command<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    command.args(args).current_dir(repository("."));
    command
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Trains with these arguments into `run`, which must succeed.
pub(crate) fn train<'a>(run: &'a Path, args: impl IntoIterator<Item = &'a str>) {
    let run = ["--run", run.to_str().unwrap(), "--quiet"];
    let output = command(args.into_iter().chain(run)).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

/// The lines of `metrics.jsonl`.
pub(crate) fn metrics(run: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
