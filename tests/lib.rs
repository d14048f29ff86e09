//! Running the programs `train` and `hopfield` as a user does.

pub mod backends;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// Backends that the programs are built with, beside the default.
const BACKENDS: &[(&str, bool)] = &[
    ("ndarray", cfg!(feature = "ndarray")),
    ("wgpu", cfg!(feature = "wgpu")),
    ("cpu", cfg!(feature = "cpu")),
    ("cuda", cfg!(feature = "cuda")),
];

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The folder of the programs, built from the present sources when the first test asks for it.
///
/// Cargo gives the path of a program only to tests of its own package. So the tests ask Cargo to build the programs, in the
/// profile that the tests were built in; usually there is nothing left to do.
fn programs() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let test = std::env::current_exe().expect("the path of this test");
        // target/debug/deps/end_to_end-…
        let folder = test.ancestors().nth(2).expect("the folder of the profile").to_owned();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--workspace", "--bins", "--locked"]);
        // With a test among the targets, dependencies have the features that they have in tests, and are not built again.
        build.args(["--test", "end_to_end"]);
        if folder.ends_with("release") {
            build.arg("--release");
        }
        for (backend, _) in BACKENDS.iter().filter(|(_, chosen)| *chosen) {
            build.args(["--features", &format!("hopfield-train/{backend}")]);
        }
        let built = build.current_dir(repository(".")).status().expect("cargo runs");
        assert!(built.success(), "the programs can't be built");
        folder
    })
}

/// `train` with these arguments, in the repository's root.
pub fn train_command<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    command("train", args)
}

/// `hopfield` with these arguments, in the repository's root.
pub fn hopfield_command<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    command("hopfield", args)
}

fn command<'a>(program: &str, args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(programs().join(program));
    command.args(args).current_dir(repository("."));
    command
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs `hopfield` with these arguments.
pub fn hopfield(args: &[&str]) -> Output {
    hopfield_command(args.iter().copied()).output().expect("hopfield runs")
}

/// Trains with these arguments into `run`, which must succeed.
#[track_caller]
pub fn train<'a>(run: &'a Path, args: impl IntoIterator<Item = &'a str>) {
    let run = ["--run", run.to_str().expect("a path in UTF-8"), "--quiet"];
    let output = train_command(args.into_iter().chain(run)).output().expect("train runs");
    assert!(output.status.success(), "{}", stderr(&output));
}

/// The lines of `metrics.jsonl`.
pub fn metrics(run: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).expect("the metrics");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// Runs `hopfield … --json`, which must succeed; gives its lines of JSON.
#[track_caller]
pub fn json_of(args: &[&str]) -> Vec<Value> {
    let output = hopfield(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// Runs `hopfield`, which must refuse with exit code 2 and one clear error; gives the message.
#[track_caller]
pub fn refused(args: &[&str]) -> String {
    let output = hopfield(args);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
    assert!(message.starts_with("error: ") && !message.contains("panicked"), "{message}");
    assert!(output.stdout.is_empty(), "{args:?}");
    message
}

/// The path of a file in `dir`, as an argument.
pub fn path(dir: &TempDir, name: &str) -> String {
    dir.path().join(name).to_str().expect("a path in UTF-8").to_owned()
}

/// Writes a file in `dir`; gives its path, as an argument.
pub fn write(dir: &TempDir, name: &str, content: &[u8]) -> String {
    let path = path(dir, name);
    std::fs::write(&path, content).expect("the folder can be written");
    path
}

/// Writes the four IDX files of square images with these pixels, the same for training and test; labels count from 0 to 9.
pub fn write_images(folder: &Path, side: u8, pixels: &[u8]) {
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let count = u32::try_from(pixels.len() / usize::from(side).pow(2)).expect("few images");
    let header = [&[0, 0, 8, 3][..], &count.to_be_bytes(), &[0, 0, 0, side, 0, 0, 0, side]];
    let labels = (0..count).map(|image| (image % 10) as u8).collect::<Vec<_>>();
    let labels = [&[0, 0, 8, 1][..], &count.to_be_bytes(), &labels].concat();
    for split in ["train", "t10k"] {
        let images = [&header.concat(), pixels].concat();
        std::fs::write(folder.join(format!("{split}-images")), images).expect("images");
        std::fs::write(folder.join(format!("{split}-labels")), &labels).expect("labels");
    }
}
