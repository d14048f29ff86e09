//! What is said of patterns when there are fewer images than patterns, or the images repeat.

use hopfield_tests::{stderr, train_command, write_images};
use tempfile::TempDir;

/// 60 images, of which `distinct` are different ones.
fn images(distinct: u8) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let pixel = |image: u8, place: u8| if place == image % distinct { 255 } else { 0 };
    let of = |image: u8| (0..16).map(move |place| pixel(image, place));
    write_images(&dir.path().join("images"), 4, &(0..60).flat_map(of).collect::<Vec<u8>>());
    dir
}

/// What `train` says of one layer with these settings.
#[track_caller]
fn said(images: &TempDir, layer: &str, more: &[&str]) -> String {
    let (data, run) = (images.path().join("images"), images.path().join("run"));
    let data = format!("--set=data.dir={}", data.display());
    let layer = format!("--set=layers=[{{ {layer} }}]");
    let mut command = train_command(["configs/digits.toml", &data, &layer]);
    command.args(["--set=training.epochs=2", "--set=training.batch_size=60"]).args(more);
    let output = command.arg("--run").arg(&run).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    std::fs::remove_dir_all(&run).unwrap();
    stderr(&output)
}

#[test]
fn as_many_patterns_are_reseeded_as_it_says() {
    let layer = "patterns = 500, separation = { kind = \"top_k\", k = 1 }";
    let said = said(&images(16), layer, &["--set=training.reseed_every=1"]);
    let line = said.lines().find(|line| line.starts_with("reseeded ")).unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    let [_, done, "of", dead, "dead", "patterns", "from", "training", "images"] = words[..] else {
        panic!("{line}")
    };
    assert_eq!(done, "60", "there are only 60 images: {line}");
    assert!((484..500).contains(&dead.parse().unwrap()), "{line}");
}

#[test]
fn copies_are_named_and_count_once() {
    let images = images(5);
    for kind in ["data", "k_means++"] {
        let said = said(&images, &format!("patterns = 20, init = {{ kind = \"{kind}\" }}"), &[]);
        assert!(said.contains("warning: layers.0: only "), "{said}");
        assert!(
            said.contains(" of its 20 patterns differ") && said.contains("5 of 60 are"),
            "{said}"
        );
        // With k-means++ all five, each once.
        let used = said.split_once("used ").unwrap().1.split(' ').next().unwrap();
        let used: usize = used.parse().unwrap();
        assert!(if kind == "data" { (1..=5).contains(&used) } else { used == 5 }, "{said}");
    }
    // The hints work.
    for layer in [
        "patterns = 20, init = { kind = \"normal\" }",
        "patterns = 5, init = { kind = \"k_means++\" }",
    ] {
        assert!(!said(&images, layer, &[]).contains("patterns differ"), "{layer}");
    }
}
