//! The same seed gives the same bytes, whether a run goes through, is killed, or is interrupted.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hopfield_tests::{metrics, stderr, train, train_command, write_images};

const ARGS: [&str; 5] = [
    "configs/digits-denoise.toml",
    "--set",
    "training.epochs=3",
    "--set",
    "training.batch_size=200",
];

fn patterns(run: &Path) -> Vec<u8> {
    fs::read(run.join("patterns.safetensors")).unwrap()
}

/// Starts a run, sends `signal` as soon as it has its config and `epochs` lines of metrics, and gives its exit
/// code.
pub(crate) fn stop_after(run: &Path, args: &[&str], epochs: usize, signal: &str) -> Option<i32> {
    let run_args = ["--run", run.to_str().unwrap(), "--quiet"];
    let mut command = train_command(args.iter().copied().chain(run_args));
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    let lines =
        || fs::read_to_string(run.join("metrics.jsonl")).map_or(0, |text| text.lines().count());
    while !run.join("config.toml").exists() || lines() < epochs {
        assert!(began.elapsed() < Duration::from_secs(300), "no epoch in 300 s");
        assert!(child.try_wait().unwrap().is_none(), "the run ended too early");
        sleep(Duration::from_millis(1));
    }
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(killed.success(), "the run ended before it could be stopped");
    child.wait().unwrap().code()
}

/// Resumes `run`, which must end like `through`.
#[track_caller]
fn resumes_like(run: &Path, through: &Path, name: &str) {
    resumes_with(&ARGS, run, through, name);
}

#[track_caller]
fn resumes_with(args: &[&str], run: &Path, through: &Path, name: &str) {
    train(run, args.iter().copied().chain(["--resume"]));
    assert_eq!(patterns(run), patterns(through), "{name}");
    let without_speed = |run: &Path| -> Vec<serde_json::Value> {
        let mut lines = metrics(run);
        lines.iter_mut().for_each(|line| line["images_per_sec"] = 0.into());
        lines
    };
    assert_eq!(without_speed(run), without_speed(through), "{name}");
}

#[test]
fn runs_repeat_and_resume_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let (through, again) = (path("through"), path("again"));
    train(&through, ARGS);
    train(&again, ARGS);
    let expected = patterns(&through);
    assert_eq!(patterns(&again), expected, "the same seed must give the same bytes");
    let other = path("other");
    train(&other, ARGS.into_iter().chain(["--set", "seed=2"]));
    assert_ne!(patterns(&other), expected, "another seed must give other patterns");

    for (name, epochs, signal, code) in [
        ("killed at the start", 0, "-KILL", None),
        ("killed in the second epoch", 1, "-KILL", None),
        ("interrupted", 1, "-INT", Some(130)),
    ] {
        let run = path(name);
        assert_eq!(stop_after(&run, &ARGS, epochs, signal), code, "{name}");
        assert!(!run.join("patterns.safetensors").exists(), "{name}: it was not stopped in time");
        if signal == "-INT" {
            assert!(run.join("patterns.png").exists(), "{name}: the patterns were not drawn");
        }
        resumes_like(&run, &through, name);
    }

    // What a kill leaves between the line of an epoch and its checkpoint, and in the middle of a line.
    let run = path("killed between");
    assert_eq!(stop_after(&run, &ARGS, 1, "-INT"), Some(130));
    let one = fs::read_to_string(through.join("metrics.jsonl")).unwrap();
    fs::write(run.join("metrics.jsonl"), format!("{one}{{\"epoch\": 4, \"tra")).unwrap();
    resumes_like(&run, &through, "killed between");
    // The same before the first checkpoint.
    let run = path("killed before the first checkpoint");
    assert_eq!(stop_after(&run, &ARGS, 1, "-KILL"), None);
    let first = one.split_inclusive('\n').next().unwrap();
    fs::write(run.join("metrics.jsonl"), first).unwrap();
    fs::remove_dir_all(run.join("checkpoints")).unwrap();
    resumes_like(&run, &through, "killed before the first checkpoint");

    // A finished run stays as it is.
    train(&through, ARGS.into_iter().chain(["--resume"]));
    assert_eq!(patterns(&through), expected);
    assert_eq!(metrics(&through).len(), 3);
}

/// Heads, values, other dimensions, a scheduled β, and patterns that are reseeded after the first epoch.
#[test]
fn layers_of_every_kind_train_and_resume() {
    const ARGS: [&str; 3] = ["tests/configs/every-option.toml", "--set", "training.batch_size=200"];
    let dir = tempfile::tempdir().unwrap();
    let (through, stopped) = (dir.path().join("through"), dir.path().join("stopped"));
    train(&through, ARGS);
    let lines = metrics(&through);
    let beta = |epoch: usize, layer: usize| -> Vec<f64> {
        serde_json::from_value(lines[epoch]["layers"][layer]["beta"].clone()).unwrap()
    };
    assert_eq!(beta(2, 0).len(), 2);
    assert_ne!(beta(0, 0), beta(2, 0));
    assert_eq!(beta(0, 1), beta(2, 1));
    assert!(beta(0, 2)[0] < beta(1, 2)[0] && (beta(2, 2)[0] - 0.2).abs() < 1e-6);
    let test_mse = |epoch: usize| lines[epoch]["test_mse"].as_f64().unwrap();
    assert!(test_mse(2) < test_mse(0), "{lines:?}");

    assert_eq!(stop_after(&stopped, &ARGS, 1, "-INT"), Some(130));
    resumes_with(&ARGS, &stopped, &through, "interrupted");
}

/// The shares of a batch are summed in the same order, whoever is done first.
#[test]
fn several_devices_repeat_and_resume() {
    let args = [&ARGS[..], &["--set", "devices=[\"flex\", \"flex\"]"]].concat();
    let dir = tempfile::tempdir().unwrap();
    let (through, stopped) = (dir.path().join("through"), dir.path().join("stopped"));
    train(&through, args.iter().copied());
    assert_eq!(stop_after(&stopped, &args, 1, "-INT"), Some(130));
    resumes_with(&args, &stopped, &through, "interrupted");
}

#[test]
fn a_classifier_repeats_and_resumes() {
    const ARGS: [&str; 7] = [
        "configs/classify.toml",
        "--set=data.source=bundled",
        "--set=task.memories=150",
        "--set=task.floor=0.001",
        "--set=task.decay=0.5",
        "--set=training.batch_size=100",
        "--set=training.epochs=3",
    ];
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let (through, stopped) = (path("through"), path("stopped"));
    train(&through, ARGS);
    assert_eq!(stop_after(&stopped, &ARGS, 1, "-INT"), Some(130));
    resumes_with(&ARGS, &stopped, &through, "interrupted");
    for other in ["--set=task.decay=1", "--set=task.floor=0"] {
        train(&path(other), ARGS.into_iter().chain([other]));
        assert_ne!(patterns(&path(other)), patterns(&through), "{other} makes no difference");
    }

    // What one has learned, another begins with.
    let begun = path("begun");
    let from = through.to_str().unwrap();
    train(&begun, ARGS.into_iter().chain(["--init-from", from, "--set=training.epochs=1"]));
    let error =
        |run: &Path, epoch: usize| metrics(run)[epoch]["train_label_error"].as_f64().unwrap();
    assert!(error(&begun, 0) < error(&through, 0) - 0.1);
}

/// Without reseeding, patterns that lose at first never win; with it, they become digits.
#[test]
fn dead_patterns_are_reseeded_and_the_run_resumes() {
    const ARGS: [&str; 3] = ["tests/configs/dying.toml", "--set", "training.reseed_every=1"];
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let used = |run: &Path| metrics(run)[2]["layers"][0]["used_patterns"].as_u64().unwrap();
    train(&path("without"), [ARGS[0]]);
    train(&path("with"), ARGS);
    assert!(used(&path("without")) < 10, "{}", used(&path("without")));
    assert!(used(&path("with")) > 30, "{}", used(&path("with")));

    assert_eq!(stop_after(&path("stopped"), &ARGS, 1, "-INT"), Some(130));
    resumes_with(&ARGS, &path("stopped"), &path("with"), "interrupted");
}

/// Resumes `run` with more arguments, which must be refused with exit code 2; gives the message.
#[track_caller]
fn refused<'a>(run: &'a Path, args: impl IntoIterator<Item = &'a str>) -> String {
    let run_args = ["--resume", "--run", run.to_str().unwrap()];
    let output = train_command(args.into_iter().chain(run_args)).output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.starts_with("error: ") && !message.contains("panicked"), "{message}");
    message
}

#[test]
fn a_run_that_is_not_the_same_is_not_resumed() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let short = ["--set", "training.epochs=1", "--set", "layers.0.repeat=1"];
    let args = || ARGS.into_iter().chain(short);
    train(&run, args());
    let expected = patterns(&run);

    let message = refused(&run, args().chain(["--set", "layers.0.patterns=9"]));
    let other =
        "another config (layers.0.patterns = 64) than asked for now (layers.0.patterns = 9)";
    assert!(message.contains(other), "{message}");

    let checkpoint = run.join("checkpoints/last.safetensors");
    let bytes = fs::read(&checkpoint).unwrap();
    fs::write(&checkpoint, &bytes[..bytes.len() - 7]).unwrap();
    let message = refused(&run, args());
    assert!(message.contains("last.safetensors: its header says"), "{message}");

    fs::remove_file(&checkpoint).unwrap();
    let message = refused(&run, args());
    assert!(message.contains("the run's checkpoint is gone"), "{message}");
    assert_eq!(patterns(&run), expected);
}

#[test]
fn a_run_is_not_resumed_on_other_images() {
    let dir = tempfile::tempdir().unwrap();
    let (run, data) = (dir.path().join("run"), dir.path().join("data"));
    let images = |side: u8| {
        let pixels: Vec<u8> = (0..8 * side * side).map(|i| i.wrapping_mul(37)).collect();
        write_images(&data, side, &pixels);
    };
    images(4);
    let source = format!("data.dir={}", data.display());
    let args = || ARGS.into_iter().chain(["--set", &source]);
    train(&run, args());
    let expected = patterns(&run);
    images(5);
    let message = refused(&run, args());
    assert!(message.contains("the run began with other images"), "{message}");
    assert_eq!(patterns(&run), expected);
}

/// The digits in the program are those of the folder, and known by their SHA-256.
#[test]
fn a_run_goes_on_with_the_same_images_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let (through, stopped) = (dir.path().join("through"), dir.path().join("stopped"));
    let args = [&ARGS[..], &["--set", "data.dir=crates/data/assets"]].concat();
    train(&through, args.iter().copied());
    assert_eq!(stop_after(&stopped, &args, 1, "-INT"), Some(130));
    resumes_like(&stopped, &through, "elsewhere");
}

#[test]
fn two_processes_do_not_train_into_one_folder() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, ARGS);
    let lock = fs::File::create(run.join(".lock")).unwrap();
    lock.lock().unwrap();
    let message = refused(&run, ARGS);
    assert!(message.contains("another process is training into it"), "{message}");
}
