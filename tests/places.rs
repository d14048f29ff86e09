//! A run remembers what it was trained on, not only where that was; and the folder of a run that hardly began is free.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hopfield_tests::{hopfield_command, repository, stderr, train_command, write_images};

const PIXELS: [u8; 8 * 16] = {
    let mut pixels = [0; 8 * 16];
    let mut i = 0;
    while i < pixels.len() {
        pixels[i] = (i as u8).wrapping_mul(37);
        i += 1;
    }
    pixels
};

/// `train` of the same small run, in the folder `at`.
fn training(at: &Path, args: &[&str]) -> Command {
    let config = repository("configs/digits.toml").display().to_string();
    let set = ["--set=layers=[{ patterns = 3 }]", "--set=training.epochs=3", "--quiet"];
    let mut command = train_command([&config, "--run", "run"].into_iter().chain(set));
    command.args(args).current_dir(at);
    command
}

#[track_caller]
fn succeeds(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

/// The message of a command that must be refused.
#[track_caller]
fn refused(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn a_run_goes_on_where_its_images_lie_now() {
    let dir = tempfile::tempdir().unwrap();
    let there = dir.path().join("there");
    fs::create_dir(&there).unwrap();
    write_images(&dir.path().join("here"), 4, &PIXELS);
    succeeds(training(&there, &["--set=data.dir=../here"]));
    fs::rename(dir.path().join("here"), dir.path().join("moved")).unwrap();
    let run = there.join("run");
    let [patterns, config] = ["patterns.safetensors", "config.toml"].map(|name| run.join(name));
    let [expected, of_run] = [&patterns, &config].map(|path| fs::read(path).unwrap());

    let missing = ["--resume", "--set=data.dir=../here"];
    let message = refused(training(&there, &missing));
    assert!(message.starts_with("error: ../here: No such file"), "{message}");
    let seen = format!("hint: that is data.dir of the config, seen from {}", there.display());
    assert!(message.contains(&seen), "{message}");
    assert!(message.contains("add --set data.dir=PLACE, which also resumes a run"), "{message}");

    // The hint, followed: the result is the same, to the byte.
    fs::remove_file(&patterns).unwrap();
    let moved = ["--resume", "--set=data.dir=../moved"];
    succeeds(training(&there, &moved));
    assert_eq!(fs::read(&patterns).unwrap(), expected);
    assert_eq!(fs::read(&config).unwrap(), of_run, "it is still the same run");

    // Other images in their place.
    let other: Vec<u8> = PIXELS.iter().rev().copied().collect();
    write_images(&dir.path().join("other"), 4, &other);
    let other = ["--resume", "--set=data.dir=../other"];
    let message = refused(training(&there, &other));
    assert!(message.contains("the run began with other images than there are now"), "{message}");
    assert_eq!(fs::read(&patterns).unwrap(), expected);

    for command in ["eval", "report"] {
        let of_run = |args: &[&str]| {
            let mut of_run = hopfield_command([command, "run"]);
            of_run.args(args).current_dir(&there);
            of_run
        };
        let message = refused(of_run(&[]));
        assert!(message.starts_with("error: ../here: No such file"), "{message}");
        let hint = "hint: that is data.dir of run/config.toml, seen from ";
        assert!(message.contains(hint) && message.contains("add --data PLACE"), "{message}");
        succeeds(of_run(&["--data", "../moved"]));
        let message = refused(of_run(&["--data", "nowhere"]));
        assert!(!message.contains("config.toml"), "{message}");
    }
}

#[test]
fn patterns_to_begin_with_may_move_as_well() {
    let dir = tempfile::tempdir().unwrap();
    write_images(&dir.path().join("images"), 4, &PIXELS);
    succeeds(training(dir.path(), &["--set=data.dir=images"]));
    fs::rename(dir.path().join("run"), dir.path().join("first")).unwrap();
    let begun = ["--set=data.dir=images", "--init-from", "first"];
    succeeds(training(dir.path(), &begun));
    fs::rename(dir.path().join("first"), dir.path().join("moved")).unwrap();
    let message = refused(training(dir.path(), &[&begun[..], &["--resume"]].concat()));
    assert!(message.contains("hint: that is init_from of the config"), "{message}");
    let moved = ["--set=data.dir=images", "--resume", "--init-from", "moved"];
    succeeds(training(dir.path(), &moved));
}

/// Killed between making its folder and writing its config, or between its config and its first checkpoint.
#[test]
fn a_run_that_hardly_began_is_started_again() {
    let dir = tempfile::tempdir().unwrap();
    write_images(&dir.path().join("images"), 4, &PIXELS);
    let run = dir.path().join("run");
    for resume in [&[][..], &["--resume"]] {
        fs::create_dir(&run).unwrap();
        fs::write(run.join(".lock"), "").unwrap();
        fs::write(run.join("config.toml.tmp"), "seed = ").unwrap();
        succeeds(training(dir.path(), &[&["--set=data.dir=images"][..], resume].concat()));
        assert!(run.join("patterns.safetensors").exists());
        fs::remove_dir_all(&run).unwrap();
    }
    succeeds(training(dir.path(), &["--set=data.dir=images"]));
    for name in ["checkpoints", "evolution"] {
        fs::remove_dir_all(run.join(name)).unwrap();
    }
    for name in ["patterns.safetensors", "metrics.jsonl"] {
        fs::remove_file(run.join(name)).unwrap();
    }
    fs::rename(dir.path().join("images"), dir.path().join("moved")).unwrap();
    succeeds(training(dir.path(), &["--set=data.dir=moved", "--resume"]));
    let config = fs::read_to_string(run.join("config.toml")).unwrap();
    assert!(config.contains("dir = \"moved\""), "it began anew, with these: {config}");

    // Whatever else is in the folder stays.
    let other = dir.path().join("other/run");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join(".lock"), "").unwrap();
    fs::write(other.join("mine"), "").unwrap();
    let message = refused(training(other.parent().unwrap(), &["--resume"]));
    assert!(message.contains("it exists and is not a run"), "{message}");
}
