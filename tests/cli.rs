//! What a user types, and what must come of it: the run folder, and one clear error for every mistake.

use std::fs;
use std::path::Path;

use hopfield_tests::{metrics, repository, stderr, train, train_command};

const QUICK: [&str; 5] =
    ["configs/digits.toml", "--set", "training.epochs=1", "--set", "training.batch_size=500"];

#[test]
fn a_run_folder_holds_everything() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let args = QUICK.into_iter().chain(["--json", "--run", run.to_str().unwrap()]);
    let output = train_command(args).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    for file in [
        "config.toml",
        "versions.json",
        "metrics.jsonl",
        "checkpoints/last.safetensors",
        "checkpoints/best.safetensors",
        "patterns.safetensors",
        "patterns.png",
        "reconstructions.png",
    ] {
        assert!(fs::metadata(run.join(file)).unwrap().len() > 0, "{file}");
    }

    // The metrics as promised, and the same on standard output before the result.
    let epoch = &metrics(&run)[0];
    assert_eq!(epoch["epoch"], 1);
    for number in ["train_mse", "test_mse", "images_per_sec"] {
        assert!(epoch[number].as_f64().unwrap() > 0.0);
    }
    assert_eq!(epoch["layers"].as_array().unwrap().len(), 3);
    for number in ["perplexity", "metastable_size", "used_patterns"] {
        assert!(epoch["layers"][0][number].as_f64().unwrap() > 0.0);
    }
    assert!(epoch["layers"][0]["beta"][0].as_f64().unwrap() > 0.0);
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(&lines[0], epoch);
    assert_eq!(lines[1]["test_mse"], epoch["test_mse"]);

    // Others read the pattern database.
    let bytes = fs::read(run.join("patterns.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.tensor("layers.2.patterns").unwrap().shape(), [72, 784]);
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let about = &header.metadata().as_ref().unwrap()["hopfield"];
    let about: serde_json::Value = serde_json::from_str(about).unwrap();
    assert_eq!(about["image_shape"], serde_json::json!([28, 28]));
    assert_eq!(about["layers"][0]["similarity"], "euclidean");
    assert_eq!(about["provenance"]["seed"], 1);
    assert_eq!(about["provenance"]["config_sha256"].as_str().unwrap().len(), 64);

    // The resolved config repeats the run, to the byte.
    let again = dir.path().join("again");
    train(&again, [run.join("config.toml").to_str().unwrap()]);
    assert_eq!(fs::read(again.join("patterns.safetensors")).unwrap(), bytes);

    // Nothing is overwritten.
    let before = fs::read(run.join("metrics.jsonl")).unwrap();
    let message =
        refused(&QUICK.into_iter().chain(["--run", run.to_str().unwrap()]).collect::<Vec<_>>());
    assert!(message.contains("there is a run already; continue it with --resume"), "{message}");
    assert_eq!(fs::read(run.join("metrics.jsonl")).unwrap(), before);
}

/// Chosen by validation images, measured once on the test images.
#[test]
fn validation_images_take_the_place_of_the_test_images() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let quick =
        ["configs/digits.toml", "--set", "training.epochs=2", "--set", "data.validation=1000"];
    let run_args = ["--json", "--quiet", "--run", run.to_str().unwrap()];
    let output = train_command(quick.into_iter().chain(run_args)).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = metrics(&run);
    let validation: Vec<f64> =
        lines.iter().map(|line| line["validation_mse"].as_f64().unwrap()).collect();
    assert!(lines.iter().all(|line| line.get("test_mse").is_none()));
    let stdout = String::from_utf8(output.stdout).unwrap();
    let summary: serde_json::Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    let best = validation.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(summary["best_validation_mse"], best);
    let test_mse = summary["test_mse"].as_f64().unwrap();
    assert!(test_mse != validation[1] && (test_mse / validation[1] - 1.0).abs() < 0.2);
}

/// A quick classifier: few memories, images as they are.
const CLASSIFIER: [&str; 8] = [
    "configs/classify.toml",
    "--set=data.source=bundled",
    "--set=data.validation=2000",
    "--set=task.memories=100",
    "--set=task.temperature=400",
    "--set=training.batch_size=50",
    "--set=training.epochs=3",
    "--set=training.shift=0",
];

#[test]
fn a_classifier_learns_and_is_measured() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let args = ["--json", "--quiet", "--run", run.to_str().unwrap()];
    let output = train_command(CLASSIFIER.into_iter().chain(args)).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = metrics(&run);
    let errors: Vec<f64> =
        lines.iter().map(|line| line["validation_label_error"].as_f64().unwrap()).collect();
    assert!(errors[2] < 0.2 && errors[2] < errors[0], "{errors:?}");
    assert!(lines[2]["train_label_error"].as_f64().unwrap() < 0.2);
    let stdout = String::from_utf8(output.stdout).unwrap();
    let summary: serde_json::Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    let best = errors.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(summary["best_validation_label_error"], best);
    assert!(summary["test_label_error"].as_f64().unwrap() < 0.25);
    assert!(run.join("patterns.png").exists() && !run.join("reconstructions.png").exists());

    // The resolved config repeats the run, to the byte.
    let again = dir.path().join("again");
    train(&again, [run.join("config.toml").to_str().unwrap()]);
    let bytes = |run: &std::path::Path| fs::read(run.join("patterns.safetensors")).unwrap();
    assert_eq!(bytes(&again), bytes(&run));
}

#[test]
fn a_classifier_that_cannot_learn_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let refused = |more: &[&str], code| {
        let args = CLASSIFIER.into_iter().chain(more.iter().copied());
        let output = train_command(args.chain(["--run", run.to_str().unwrap()])).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{more:?}: {}", stderr(&output));
        stderr(&output)
    };
    let message = refused(&["--set=task.labels=5"], 2);
    assert!(
        message.contains(
            "task.labels = 5, but there is an image with the label 9; allowed: 10 or more"
        ),
        "{message}"
    );
    assert!(!run.exists());
    let message = refused(&["--set=task.temperature=20"], 1);
    assert!(
        message
            .contains("task.temperature = 20 saturates the label units: no image has a gradient"),
        "{message}"
    );
}

#[test]
fn a_collapsed_layer_is_warned_of() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let args = [
        "configs/digits.toml",
        "--set",
        "layers=[{ patterns = 20, beta = 0.001, init = { std = 0.001 } }]",
        "--set",
        "training.epochs=1",
        "--set",
        "training.learning_rate=1e-6",
        "--run",
        run.to_str().unwrap(),
    ];
    let output = train_command(args).output().unwrap();
    let message = stderr(&output);
    assert!(output.status.success(), "{message}");
    let expected =
        "warning: layers.0 has collapsed: it answers every image alike, all patterns weigh alike; ";
    assert!(message.contains(expected), "{message}");
}

/// Runs `train`, which must refuse with exit code 2 and say why in one clear error; gives the message.
#[track_caller]
fn refused(args: &[&str]) -> String {
    let output = train_command(args.iter().copied()).output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.starts_with("error: "), "{message}");
    assert!(!message.contains("panicked") && !message.contains("RUST_BACKTRACE"), "{message}");
    assert!(output.stdout.is_empty());
    message
}

#[test]
fn every_mistake_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let config = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let utf_16 = dir.path().join("utf-16.toml");
    fs::write(&utf_16, b"\xff\xfe[\0t\0r\0").unwrap();
    let run = dir.path().join("run");
    let refused = |args: &[&str]| {
        let message = refused(&[args, &["--run", run.to_str().unwrap()]].concat());
        assert!(!run.exists(), "nothing may be left behind: {message}");
        message
    };
    for (args, expected) in [
        (&["no-such.toml"][..], "no-such.toml: No such file"),
        (&["configs"], "configs: it is a folder; needed is a config, which is a text in UTF-8"),
        (
            &[utf_16.to_str().unwrap()],
            "utf-16.toml: it is a text in UTF-16; needed is a config, which is a text in UTF-8",
        ),
        (&[&config("syntax.toml", "[training\nepochs = 1\n")], "syntax.toml:1: TOML syntax: "),
        (
            &[&config("key.toml", "[[layers]]\npatterns = 8\n[training]\nepoch = 1\n")],
            "key.toml:4: unknown key training.epoch = 1; did you mean `epochs`?",
        ),
        (
            &["configs/digits.toml", "--set", "training.batch_size=0"],
            "training.batch_size = 0; allowed: a whole number from 1",
        ),
        (
            &["configs/digits.toml", "--set", "layers.0.patterns=-3"],
            "layers.0.patterns = -3; allowed: a whole number from 1",
        ),
        (
            &["configs/digits.toml", "--set", "data.validation=10000"],
            "data.validation = 10000; allowed: a whole number below the number of training images, 10000",
        ),
        (
            &["configs/digits.toml", "--set", "layers.0.values.dim=5"],
            "layer 0 takes dimension 784, but answers in 5; a residual stack adds the two",
        ),
        (
            &["configs/digits.toml", "--set", "layers=[{ patterns = 8, values = { dim = 5 } }]"],
            "the last layer answers in dimension 5, but images have 784 pixels; give it values of the images' dimension",
        ),
        (
            &["tests/configs/every-option.toml", "--set", "training.reseed_every=1"],
            "layer 1: the training images, from which training.reseed_every takes patterns, have dimension 784; needed is 100",
        ),
        (
            &["configs/digits.toml", "--set", "data.dir=/no/such/folder"],
            "/no/such/folder: No such file",
        ),
        (
            &["configs/digits.toml", "--device", "tpu"],
            "--device tpu: device = tpu; allowed: cuda, ",
        ),
        (
            &["configs/digits.toml", "--device", "rocm"],
            "(`rocm` was not compiled in; build with --features rocm)",
        ),
        (
            &["configs/digits.toml", "--resume"],
            "there is no run to resume; start it without --resume",
        ),
        (
            &[&config("data.toml", "[[layers]]\npatterns = 20000\ninit = { kind = \"data\" }\n")],
            "layer 0: 20000 patterns are drawn from distinct examples, but there are only 10000",
        ),
    ] {
        let message = refused(args);
        assert!(message.contains(expected), "{message}");
    }
    // Mistakes in what is typed are clap's; its exit code is 2 as well.
    assert!(
        refused(&["configs/digits.toml", "--epochs", "3"])
            .contains("unexpected argument '--epochs'")
    );
}

#[test]
fn damaged_idx_files_are_clear_errors() {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ] {
        let name = format!("{name}.gz");
        let source = repository("crates/data/assets").join(&name);
        fs::copy(source, dir.path().join(name)).unwrap();
    }
    let data = format!("data.dir={}", dir.path().display());
    let run = dir.path().join("run");
    let args = ["configs/digits.toml", "--set", &data, "--run", run.to_str().unwrap()];

    let images = dir.path().join("t10k-images-idx3-ubyte.gz");
    let whole = fs::read(&images).unwrap();
    fs::write(&images, &whole[..whole.len() / 2]).unwrap();
    let message = refused(&args);
    assert!(
        message.contains("t10k-images-idx3-ubyte.gz: its gzip data can't be read: "),
        "{message}"
    );

    fs::write(&images, [&whole[..], b"more"].concat()).unwrap();
    let message = refused(&args);
    let expected = "t10k-images-idx3-ubyte.gz: its gzip data can't be read: 4 bytes of something else follow it";
    assert!(message.contains(expected), "{message}");

    // A header that promises 4 billion images, then one that promises one too many.
    for (count, expected) in [(u32::MAX, "[4294967295, 28, 28]"), (3, "[3, 28, 28]")] {
        let mut lie = vec![0, 0, 8, 3];
        for dim in [count, 28, 28] {
            lie.extend(dim.to_be_bytes());
        }
        lie.resize(16 + 784 * 2, 0);
        fs::write(dir.path().join("t10k-images-idx3-ubyte"), lie).unwrap();
        let message = refused(&args);
        let expected = format!("its header says shape {expected} of uint8, but 1568 bytes follow");
        assert!(message.contains(&expected), "{message}");
    }
    assert!(!run.exists());
}

#[test]
fn a_run_folder_that_cannot_be_written_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "mine").unwrap();
    let beneath = file.join("run");
    for run in [beneath.as_path(), Path::new("/proc/hopfield-run")] {
        let message =
            refused(&QUICK.into_iter().chain(["--run", run.to_str().unwrap()]).collect::<Vec<_>>());
        assert!(message.contains(run.to_str().unwrap()), "{message}");
    }
    // A folder with something else in it.
    let message = refused(
        &QUICK.into_iter().chain(["--run", dir.path().to_str().unwrap()]).collect::<Vec<_>>(),
    );
    assert!(message.contains("it exists and is not a run"), "{message}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn quiet_prints_nothing_and_help_teaches() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let args = QUICK.into_iter().chain(["--quiet", "--run", run.to_str().unwrap()]);
    let output = train_command(args).output().unwrap();
    assert!(output.status.success());
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{}", stderr(&output));

    let help = String::from_utf8(train_command(["--help"]).output().unwrap().stdout).unwrap();
    for needed in [
        "--set <KEY=VALUE>",
        "--resume",
        "patterns.safetensors",
        "Exit codes:",
        "softmax(β·I·Hᵀ)·H",
    ] {
        assert!(help.contains(needed), "{help}");
    }
}
