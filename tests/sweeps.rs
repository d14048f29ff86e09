//! `hopfield sweep`: many runs from one file.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use hopfield_tests::{hopfield, hopfield_command, repository, stderr};
use serde_json::Value;
use tempfile::TempDir;

/// Six short runs.
pub(crate) const SWEEP: &str = "example = \"readable\"\nseeds = [1, 2]\n[settings]\ntraining.epochs = 2\ntraining.batch_size = 1000\n\
                     output.snapshots = 2\n[[axes]]\nlayers.0.patterns = [4, 8, 16]\n";

pub(crate) fn sweep_file(dir: &TempDir, text: &str) -> PathBuf {
    let file = dir.path().join("s.toml");
    fs::write(&file, text).unwrap();
    file
}

/// `hopfield` with these arguments, in this folder.
pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = hopfield_command(args.iter().copied());
    command.current_dir(dir);
    command
}

/// The runs below a folder, each with its patterns and the time when they were written.
fn patterns(runs: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let runs = fs::read_dir(runs).unwrap().map(|entry| entry.unwrap());
    let of = |entry: fs::DirEntry| {
        let file = entry.path().join("patterns.safetensors");
        let written = fs::metadata(&file).unwrap().modified().unwrap();
        (entry.file_name().into_string().unwrap(), (fs::read(&file).unwrap(), written))
    };
    runs.map(of).collect()
}

fn bytes(runs: &Path) -> BTreeMap<String, Vec<u8>> {
    patterns(runs).into_iter().map(|(name, (bytes, _))| (name, bytes)).collect()
}

#[test]
fn a_sweep_goes_on_and_repeats_nothing_and_commands_do_the_same() {
    let dir = tempfile::tempdir().unwrap();
    sweep_file(&dir, SWEEP);
    let swept = command(dir.path(), &["sweep", "s.toml"]).output().unwrap();
    assert!(swept.status.success(), "{}", stderr(&swept));
    let runs = dir.path().join("runs/s");
    let first = patterns(&runs);
    assert_eq!(first.len(), 6);
    let text = String::from_utf8(swept.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("patterns  runs  test mse"), "{text}");
    assert!(lines[1].starts_with("16        2     ") && lines[1].contains(" *"), "{text}");
    assert!(lines[3].starts_with("4         2     "), "{text}");
    assert!(lines[4].starts_with("Ranked by test mse: the best is chosen on the rows"), "{text}");

    // One run is gone, one was killed before its end.
    let (gone, killed) = (runs.join("patterns=4,seed=1"), runs.join("patterns=8,seed=2"));
    fs::remove_dir_all(&gone).unwrap();
    for file in ["patterns.safetensors", "results.json"] {
        fs::remove_file(killed.join(file)).unwrap();
    }
    let again = command(dir.path(), &["sweep", "s.toml", "--jobs", "1"]).output().unwrap();
    assert!(again.status.success(), "{}", stderr(&again));
    let second = patterns(&runs);
    for (name, (bytes, written)) in &first {
        let repeated = ["patterns=4,seed=1", "patterns=8,seed=2"].contains(&&**name);
        assert_eq!(second[name].0, *bytes, "{name}");
        assert_eq!(second[name].1 != *written, repeated, "{name}");
    }

    // Each command as a line of a shell, in another folder; every run twice.
    let other = dir.path().join("other runs");
    let other_runs = other.to_str().unwrap();
    let printed =
        command(dir.path(), &["sweep", "s.toml", "--print-commands", "--runs", other_runs]);
    let printed = { printed }.output().unwrap();
    let commands = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(commands.lines().count(), 6);
    let mut shells = Vec::new();
    for line in commands.lines().chain(commands.lines()) {
        shells.push(Command::new("sh").args(["-c", line]).current_dir("/").spawn().unwrap());
    }
    for mut shell in shells {
        assert!(shell.wait().unwrap().success());
    }
    assert_eq!(bytes(&other), first.into_iter().map(|(name, (bytes, _))| (name, bytes)).collect());
}

#[test]
fn every_shipped_sweep_is_valid_and_opens_with_its_command() {
    for entry in fs::read_dir(repository("configs/sweeps")).unwrap() {
        let path = entry.unwrap().path();
        let file = format!("configs/sweeps/{}", path.file_name().unwrap().to_str().unwrap());
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(&format!("#   hopfield sweep {file}\n")), "{file}");
        let printed = hopfield(&["sweep", &file, "--print-commands"]);
        assert!(printed.status.success(), "{}", stderr(&printed));
        assert!(String::from_utf8(printed.stdout).unwrap().lines().count() >= 3, "{file}");
    }
}

#[test]
fn two_processes_share_a_sweep() {
    let dir = tempfile::tempdir().unwrap();
    sweep_file(&dir, SWEEP);
    let start = || {
        command(dir.path(), &["sweep", "s.toml", "--jobs", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let outputs = [start(), start()].map(|child| child.wait_with_output().unwrap());
    let mut trained: Vec<String> = Vec::new();
    for output in &outputs {
        assert!(output.status.success(), "{}", stderr(output));
        let lines = stderr(output);
        let lines = lines.lines().filter(|line| line.contains(": test mse "));
        trained.extend(lines.map(|line| line.split(':').next().unwrap().to_owned()));
    }
    // Each run was trained by one of them.
    trained.sort();
    assert_eq!(trained, patterns(&dir.path().join("runs/s")).into_keys().collect::<Vec<_>>());
}

/// A run that another process trains is waited for, and left alone by `train --if-needed`.
#[test]
fn a_locked_run_is_left_to_the_process_that_trains_it() {
    let dir = tempfile::tempdir().unwrap();
    sweep_file(&dir, &SWEEP.replace("[4, 8, 16]", "[4]").replace("[1, 2]", "[1]"));
    let run = dir.path().join("runs/s/patterns=4,seed=1");
    let printed = command(dir.path(), &["sweep", "s.toml", "--print-commands"]).output().unwrap();
    let line = String::from_utf8(printed.stdout).unwrap().replace(" --quiet", "");
    let shell = || Command::new("sh").args(["-c", line.trim()]).output().unwrap();
    assert!(shell().status.success());
    assert!(stderr(&shell()).contains("the run has ended already"));

    for file in ["patterns.safetensors", "results.json"] {
        fs::remove_file(run.join(file)).unwrap();
    }
    let lock = fs::File::options().write(true).open(run.join(".lock")).unwrap();
    lock.lock().unwrap();
    assert!(stderr(&shell()).contains("another process is training it"));
    let mut sweep = command(dir.path(), &["sweep", "s.toml"]);
    let mut sweep = sweep.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(sweep.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut lines = lines.skip_while(|line| line != "waiting for 1 run that other processes train");
    assert!(lines.next().is_some());
    drop(lock);
    assert!(lines.next().unwrap().starts_with("patterns=4,seed=1: test mse "));
    assert!(sweep.wait().unwrap().success() && run.join("results.json").exists());
}

/// Ctrl-C that reaches the sweep alone; then everything is killed.
#[cfg(unix)]
#[test]
fn an_interrupted_and_a_killed_sweep_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let long = SWEEP.replace("epochs = 2", "epochs = 15").replace("[4, 8, 16]", "[16]");
    sweep_file(&dir, &long);
    let runs = dir.path().join("runs/s");
    let begun = |epochs: usize| {
        let metrics = runs.join("patterns=16,seed=1/metrics.jsonl");
        while fs::read_to_string(&metrics).is_ok_and(|text| text.lines().count() < epochs)
            || !metrics.exists()
        {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    };
    let start = || {
        let mut sweep = command(dir.path(), &["sweep", "s.toml", "--jobs", "1"]);
        sweep.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let signal = |name: &str, process: u32| {
        let sent = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
        assert!(sent.success());
    };
    let sweep = start();
    begun(2);
    signal("-INT", sweep.id());
    let output = sweep.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("interrupted, with 2 of 2 runs left; the same command goes on")
    );
    assert!(!runs.join("patterns=16,seed=1/results.json").exists());

    let mut sweep = start();
    begun(4);
    signal("-9", sweep.id());
    let _ = sweep.wait();
    // The process of the run outlives the sweep, but not this.
    let trains = fs::read_to_string(runs.join("patterns=16,seed=1/.lock")).unwrap();
    let _ = Command::new("kill").args(["-9", &trains]).status();
    let last = start().wait_with_output().unwrap();
    assert!(last.status.success(), "{}", stderr(&last));
    let args = ["sweep", "s.toml", "--runs", "whole", "--quiet"];
    assert!(command(dir.path(), &args).status().unwrap().success());
    assert_eq!(bytes(&runs), bytes(&dir.path().join("whole")));
}

#[test]
fn a_run_that_fails_stops_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let text = "example = \"accurate\"\n[settings]\ntraining.epochs = 1\ntraining.gradient_limit = \"\"\n[[axes]]\n\
                training.learning_rate = [1e9, 0.1]\n";
    sweep_file(&dir, text);
    let swept = command(dir.path(), &["sweep", "s.toml", "--json"]).output().unwrap();
    assert_eq!(swept.status.code(), Some(2));
    let told = stderr(&swept);
    assert!(
        told.contains("learning_rate=1000000000.0 failed: training diverged in epoch 1"),
        "{told}"
    );
    assert!(told.ends_with("error: 1 of 2 runs failed: learning_rate=1000000000.0\n"), "{told}");
    let ends: Vec<Value> = String::from_utf8(swept.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(ends.iter().map(|end| &end["ended"]).collect::<Vec<_>>(), ["failed", "finished"]);

    // The sweep file has changed since.
    sweep_file(&dir, &text.replace("1e9, 0.1", "0.1").replace("epochs = 1", "epochs = 2"));
    let swept = command(dir.path(), &["sweep", "s.toml"]).output().unwrap();
    let told = stderr(&swept);
    assert!(told.contains("the run has another config (training.epochs = 1) than asked for now (training.epochs = 2)"), "{told}");
    assert!(told.contains("start a new run with --runs DIR"), "{told}");

    // A finished run is one of its data, too.
    sweep_file(&dir, &text.replace("1e9, 0.1", "0.1"));
    let told = refused_in(&dir, &["sweep", "s.toml", "--set", "data.source=mnist"]);
    assert!(told.contains("another config (data.source = \"bundled\")"), "{told}");
    let told = refused_in(&dir, &["sweep", "s.toml", "--runs", "runs/s/learning_rate=0.1"]);
    assert!(
        told.contains("it is the folder of a run; choose another folder for the sweep"),
        "{told}"
    );
    let told = refused_in(&dir, &["sweep", "s.toml", "--set", "training.learning_rate=2"]);
    assert!(told.contains("training.learning_rate differs from run to run"), "{told}");
}

/// The error of a command in a folder.
pub(crate) fn refused_in(dir: &TempDir, args: &[&str]) -> String {
    let output = command(dir.path(), args).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    stderr(&output)
}
