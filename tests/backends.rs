//! The same config on every backend: built with `--features ndarray,wgpu` only.

use burn::tensor::{DType, Device, DeviceKind, Tolerance};
use hopfield_layer::{Separation, Similarity};

use crate::reference;
use hopfield_tests::{metrics, stderr, train, train_command};

#[test]
fn backends_agree_after_an_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let test_mse = |device: &str| {
        let run = dir.path().join(device);
        let args = ["configs/digits.toml", "--set", "training.epochs=1", "--device", device];
        train(&run, args);
        metrics(&run)[0]["test_mse"].as_f64().unwrap()
    };
    let flex = test_mse("flex");
    for device in ["ndarray", "wgpu"] {
        let other = test_mse(device);
        eprintln!("test MSE after an epoch: flex {flex}, {device} {other}");
        assert!((other / flex - 1.0).abs() < 0.01, "flex {flex}, {device} {other}");
    }
}

#[test]
fn two_backends_share_a_training() {
    let dir = tempfile::tempdir().unwrap();
    let test_mse = |devices: &str| {
        let run = dir.path().join(devices.len().to_string());
        let args = ["configs/digits.toml", "--set", "training.epochs=1", "--set", devices];
        train(&run, args);
        metrics(&run)[0]["test_mse"].as_f64().unwrap()
    };
    let (one, two) = (test_mse("devices=[]"), test_mse("devices=[\"flex\", \"ndarray\"]"));
    assert!((two / one - 1.0).abs() < 1e-4, "flex {one}, with ndarray {two}");

    let devices = ["--set", "devices=[\"flex\", \"ndarray\"]", "--device", "ndarray"];
    let output =
        train_command(["configs/digits.toml"].into_iter().chain(devices)).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let problem = "--device ndarray: device = ndarray; allowed: the first of `devices`; take one of the two out";
    assert!(stderr(&output).contains(problem), "{}", stderr(&output));
}

#[test]
fn the_layer_equals_the_reference_on_ndarray() {
    #[allow(deprecated)]
    let device = Device::ndarray();
    for case in reference::cases() {
        case.check(&device, DType::F32, Tolerance::rel_abs(1e-5, 1e-5));
    }
}

/// Every similarity, every separation that needs more than arithmetic, and heads; not every pair: software
/// Vulkan takes seconds for each new kernel.
#[test]
fn the_layer_equals_the_reference_on_wgpu() {
    let device = Device::wgpu(DeviceKind::DefaultDevice);
    let subset = reference::cases().into_iter().filter(|case| {
        match (case.heads, case.similarity, case.separation) {
            (1, Similarity::Dot, Separation::Softmax1 | Separation::Polynomial(_)) => false,
            (1, Similarity::Dot, _) => true,
            (1, Similarity::CentredDot, _) => false,
            (1, _, separation) => separation == Separation::Softmax,
            (_, similarity, separation) => {
                (similarity, separation) == (Similarity::CentredDot, Separation::Softmax)
            }
        }
    });
    let subset: Vec<_> = subset.collect();
    assert_eq!(subset.len(), 8);
    for case in subset {
        case.check(&device, DType::F32, Tolerance::rel_abs(1e-4, 1e-5));
    }
}
