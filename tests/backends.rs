//! The same config on every backend: built with `--features ndarray,wgpu` only.

use crate::common::{metrics, train};

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
