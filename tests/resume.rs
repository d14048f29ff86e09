//! The same seed gives the same bytes, whether a run goes through, is killed, or is interrupted.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::{command, metrics, stderr, train};

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

/// Starts a run, sends `signal` once it has written `epochs` lines of metrics and a little more time has
/// passed, and gives its exit code.
fn stop_after(run: &Path, args: &[&str], epochs: usize, signal: &str) -> Option<i32> {
    let run_args = ["--run", run.to_str().unwrap(), "--quiet"];
    let mut child =
        command(args.iter().copied().chain(run_args)).stdin(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    let lines =
        || fs::read_to_string(run.join("metrics.jsonl")).map_or(0, |text| text.lines().count());
    while lines() < epochs {
        assert!(began.elapsed() < Duration::from_secs(300), "no epoch in 300 s");
        assert!(child.try_wait().unwrap().is_none(), "the run ended too early");
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(30));
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(killed.success(), "the run ended before it could be stopped");
    child.wait().unwrap().code()
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
        // Before its config is written there is nothing to resume, and the folder is free.
        let resume = run.join("config.toml").exists().then_some("--resume");
        train(&run, ARGS.into_iter().chain(resume));
        assert_eq!(patterns(&run), expected, "{name}");
        let epochs: Vec<_> = metrics(&run).iter().map(|line| line["epoch"].clone()).collect();
        assert_eq!(epochs, [1, 2, 3], "{name}");
        let test_mse = |run: &Path| metrics(run)[2]["test_mse"].clone();
        assert_eq!(test_mse(&run), test_mse(&through), "{name}");
    }

    // A finished run stays as it is.
    train(&through, ARGS.into_iter().chain(["--resume"]));
    assert_eq!(patterns(&through), expected);
    assert_eq!(metrics(&through).len(), 3);
}

#[test]
fn a_resume_with_other_settings_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let run_args = ["--run", run.to_str().unwrap(), "--quiet"];
    train(&run, ARGS.into_iter().chain(["--set", "training.epochs=1"]));
    let args = ["--set", "training.epochs=2", "--resume"];
    let output = command(ARGS.into_iter().chain(args).chain(run_args)).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = stderr(&output);
    assert!(
        message.contains("another config (epochs = 1) than asked for now (epochs = 2)"),
        "{message}"
    );
}

#[test]
fn a_damaged_checkpoint_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, ARGS.into_iter().chain(["--set", "training.epochs=1"]));
    let checkpoint = run.join("checkpoints/last.safetensors");
    let bytes = fs::read(&checkpoint).unwrap();
    fs::write(&checkpoint, &bytes[..bytes.len() - 7]).unwrap();
    let args = ["--set", "training.epochs=1", "--resume", "--run", run.to_str().unwrap()];
    let output = command(ARGS.into_iter().chain(args)).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = stderr(&output);
    assert!(message.contains("last.safetensors: not a safetensors file"), "{message}");
}
