//! Every backend that is compiled in does what `flex` does; the programs, told which device to use.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, TensorData};
use hopfield_database::DatabaseFile;
use hopfield_layer::Precision;
use hopfield_tests::backends::{CHECKS, GRADIENTS, compare, devices};
use hopfield_tests::{metrics, stderr, train, train_command, write_images};

use crate::resume::stop_after;

#[test]
fn layers_and_training_equal_those_of_flex() {
    for (name, device) in devices() {
        for (_, check) in CHECKS {
            check(name, &device);
        }
    }
}

/// Layers of every kind, for images of 6 × 6.
const CONFIG: &str = r#"
[[layers]]
patterns = 12
values = { dim = 18, init = { kind = "uniform", low = 0.0, high = 0.5 } }
heads = 2
similarity = "cosine"
separation = { kind = "top_k", k = 6 }
beta = { start = [5.0, 10.0], trainable = true }
init = { kind = "k_means++" }

[[layers]]
patterns = 10
values = { dim = 36 }
similarity = "layer_norm"
separation = "entmax_1.5"
steps = 2
beta = { spread = 1.0, trainable = false }

[[layers]]
patterns = 16
similarity = "euclidean"
beta = { from = 0.02, to = 0.2, shape = "cosine" }
init = { kind = "data" }
range = [0.0, 1.0]

[task]
kind = "denoise"
noise = "gaussian"
std = 0.2

[training]
balance = 0.5
epochs = 3
batch_size = 20
"#;

/// A folder with images, and the arguments of a training.
fn small(dir: &Path) -> Vec<String> {
    let number = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8;
    write_images(&dir.join("images"), 6, &(0..300 * 36).map(number).collect::<Vec<u8>>());
    std::fs::write(dir.join("small.toml"), CONFIG).unwrap();
    let [config, images] =
        ["small.toml", "images"].map(|name| dir.join(name).display().to_string());
    vec![config, "--set".into(), format!("data.dir={images}")]
}

fn numbers_of(run: &Path) -> TensorData {
    let mut file = DatabaseFile::open(&run.join("patterns.safetensors")).unwrap();
    let database = file.load(&burn::tensor::Device::flex()).unwrap();
    database.stack.layers[2].patterns.val().into_data()
}

#[test]
fn a_training_goes_as_on_flex_and_resumes() {
    let dir = tempfile::tempdir().unwrap();
    let args = small(dir.path());
    let run = |name: &str| -> PathBuf { dir.path().join(name) };
    let args_of =
        |device: &str| -> Vec<String> { [&args[..], &["--device".into(), device.into()]].concat() };
    train(&run("flex"), args_of("flex").iter().map(String::as_str));
    for (name, _) in devices() {
        let args = args_of(name);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        train(&run(name), args.iter().copied());
        compare(name, numbers_of(&run(name)), numbers_of(&run("flex")), GRADIENTS * 10.0);
        let stopped = run(&format!("{name} stopped"));
        assert_eq!(stop_after(&stopped, &args, 1, "-INT"), Some(130), "{name}");
        train(&stopped, args.iter().copied().chain(["--resume"]));
        compare(name, numbers_of(&stopped), numbers_of(&run(name)), GRADIENTS);
        assert_eq!(metrics(&stopped).len(), 3, "{name}");
    }
}

/// The device of a part of each batch may be of another kind.
#[test]
fn two_backends_share_a_training() {
    let dir = tempfile::tempdir().unwrap();
    let args = small(dir.path());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (name, _) = devices().remove(0);
    let both = format!("devices=[\"flex\", \"{name}\"]");
    let run = |folder: &str, devices: &str| {
        let run = dir.path().join(folder);
        train(&run, args.iter().copied().chain(["--set", devices]));
        numbers_of(&run)
    };
    compare(name, run("shared", &both), run("alone", "devices=[]"), GRADIENTS * 10.0);

    let devices = ["--set", &both, "--device", name];
    let output = train_command(args.iter().copied().chain(devices)).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let problem = format!(
        "--device {name}: device = {name}; allowed: the first of `devices`; take one of the two out"
    );
    assert!(stderr(&output).contains(&problem), "{}", stderr(&output));
}

#[test]
fn a_precision_that_a_device_lacks_is_refused() {
    let lacks = |(_, device): &(_, Device)| !Precision::Bf16.works_on(device);
    for (name, _) in devices().into_iter().filter(lacks) {
        let args = ["configs/digits.toml", "--set", "training.precision=bf16", "--device", name];
        let output = train_command(args).output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        let problem = "training.precision = \"bf16\"; allowed on device ";
        assert!(message.contains(&format!("{problem}{name}: \"f32\"")), "{message}");
    }
}

#[test]
fn a_device_with_a_number_that_is_not_there_is_refused() {
    for (name, _) in devices().into_iter().filter(|(name, _)| *name == "wgpu" || *name == "cuda") {
        let output = train_command(["configs/digits.toml", "--device", &format!("{name}:7")])
            .output()
            .unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(&format!("device {name}:7 can't be used here: ")), "{message}");
        assert!(message.contains("hint: ") && !message.contains("panicked"), "{message}");
    }
}
