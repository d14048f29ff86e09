//! What a run looks like: in the terminal, in a film, and in numbers.

use std::fs;

use hopfield_arrays::{ArrayFile, bytes, npy_header};
use hopfield_data::{Bundled, Source};
use hopfield_tests::{hopfield, hopfield_command, json_of, path, refused, write};

use crate::hopfield::run;

#[test]
fn a_film_is_small_animated_and_says_epoch_and_error() {
    let (run, dir) = (run(), tempfile::tempdir().unwrap());
    let written = &json_of(&["film", &run])[0];
    let film = fs::read(format!("{run}/film.png")).unwrap();
    assert_eq!(written["bytes"], film.len());
    assert!(film.len() <= 2_000_000);
    let size = |film: &[u8]| {
        let info = png::Decoder::new(std::io::Cursor::new(film)).read_info().unwrap();
        let info = info.info();
        (info.width, info.height, info.animation_control().unwrap().num_frames)
    };
    // Sheets of 8 × 8, 8 × 8 and 9 × 8 tiles with gaps, under a line of text.
    let sheet = 8 * 29 + 1;
    let (width, height, frames) = size(&film);
    assert!(width >= 3 * sheet && height == sheet + 32 && frames >= 4, "{:?}", size(&film));
    let one = path(&dir, "one.png");
    json_of(&["film", &run, "--layer", "2", "--in-order", "--out", &one]);
    assert!(size(&fs::read(&one).unwrap()).0 < 3 * sheet * 2);
    assert!(refused(&["film", &run, "--out", &one]).contains("give --force"));
    assert!(refused(&["film", &run, "--layer", "7"]).contains("--layer 7; allowed"));
    // A file alone has no snapshots.
    let message = refused(&["film", &format!("{run}/patterns.safetensors")]);
    assert!(message.contains("train with output.snapshots = 32"), "{message}");
}

#[test]
fn a_snapshot_of_another_run_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let imported = |count: usize| {
        let file = [npy_header(&[count, 784]), bytes(&vec![0.5; count * 784]).to_vec()].concat();
        let file = write(&dir, &format!("{count}.npy"), &file);
        let run = path(&dir, &count.to_string());
        json_of(&["import", &file, "--beta", "1", "--run", &run]);
        run
    };
    let (run, other) = (imported(5), imported(3));
    fs::create_dir(format!("{run}/evolution")).unwrap();
    let snapshot = format!("{run}/evolution/step-00000000.safetensors");
    fs::copy(format!("{other}/patterns.safetensors"), &snapshot).unwrap();
    let message = refused(&["film", &run]);
    assert!(message.contains(&snapshot) && message.contains("belongs to another run"), "{message}");
}

#[test]
fn a_pipe_gets_plain_characters() {
    let run = run();
    let drawn = hopfield(&["show", &run]);
    assert!(drawn.status.success());
    let text = String::from_utf8(drawn.stdout).unwrap();
    assert!(text.lines().count() > 30, "{text}");
    assert!(text.lines().all(|line| line.len() <= 80 && line.is_ascii()), "{text}");
    assert!(!text.contains('\x1b'));
    assert!(text.contains('#') && text.contains('.'), "{text}");
    let quiet = hopfield(&["show", &run, "--quiet"]);
    assert!(quiet.status.success() && quiet.stdout.is_empty());
    let plain = hopfield_command(["show", &run]).env("NO_COLOR", "1").output().unwrap();
    assert_eq!(String::from_utf8(plain.stdout).unwrap(), text);
}

#[test]
fn what_is_shown_can_be_kept_as_a_picture() {
    let (run, dir) = (run(), tempfile::tempdir().unwrap());
    let out = path(&dir, "sheet.png");
    let shown = &json_of(&["show", &run, "--layer", "all", "--out", &out])[0];
    assert_eq!(shown["layers"], serde_json::json!([0, 1, 2]));
    assert_eq!(shown["left_out"], 0);
    let pixels = |path: &str| {
        let mut reader = png::Decoder::new(std::io::Cursor::new(fs::read(path).unwrap()));
        reader.set_transformations(png::Transformations::IDENTITY);
        let mut reader = reader.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    };
    let (arranged, stored) = (pixels(&out), pixels(&format!("{run}/patterns.png")));
    assert_ne!(arranged, stored);
    let sorted = |mut pixels: Vec<u8>| {
        pixels.sort_unstable();
        pixels
    };
    assert_eq!(sorted(arranged), sorted(stored.clone()), "the same tiles in another order");
    let in_order = path(&dir, "in-order.png");
    json_of(&["show", &run, "--layer", "all", "--in-order", "--out", &in_order]);
    assert_eq!(pixels(&in_order), stored);
    assert!(
        refused(&["show", &run, "--layer", "3"]).contains("allowed: a layer of the stack, 0 to 2")
    );
    assert!(refused(&["show", &run, "--layer", "x"]).contains("allowed: a number, or all"));
}

#[test]
fn more_patterns_than_are_arranged_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let numbers: Vec<f32> = (0..1030 * 4).map(|i| (i as f32 * 0.7).sin()).collect();
    let file = [npy_header(&[1030, 4]), bytes(&numbers).to_vec()].concat();
    let (file, run) = (write(&dir, "patterns.npy", &file), path(&dir, "run"));
    json_of(&["import", &file, "--beta", "1", "--image-shape", "2x2", "--run", &run]);
    let shown = hopfield(&["show", &run]);
    assert!(shown.status.success());
    let note = String::from_utf8(shown.stderr).unwrap();
    assert!(note.contains("note: 6 patterns are left out"), "{note}");
    assert!(note.contains("--in-order shows all"), "{note}");
    assert!(hopfield(&["show", &run, "--in-order"]).stderr.is_empty());
}

/// The numbers of the trainer, of `info` and of `eval` are those of the definition.
#[test]
fn likeness_is_the_largest_correlation_with_a_training_image() {
    let run = run();
    let file = format!("{run}/patterns.safetensors");
    let mut file = ArrayFile::open(file.as_ref()).unwrap();
    let patterns = file.load("layers.2.patterns").unwrap();
    let unit = |row: &[f32]| -> Vec<f64> {
        let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / row.len() as f64;
        let row: Vec<f64> = row.iter().map(|&x| f64::from(x) - mean).collect();
        let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        row.iter().map(|x| x / length).collect()
    };
    let images = Bundled.load().unwrap().train.all_rows().unwrap();
    let images: Vec<_> = images.chunks_exact(784).map(unit).collect();
    let largest: Vec<f64> = patterns
        .chunks_exact(784)
        .map(|pattern| {
            let pattern = unit(pattern);
            let dot = |image: &Vec<f64>| image.iter().zip(&pattern).map(|(a, b)| a * b).sum();
            images.iter().map(dot).fold(f64::MIN, f64::max)
        })
        .collect();
    let mean = largest.iter().sum::<f64>() / largest.len() as f64;
    let metrics = hopfield_tests::metrics(run.as_ref());
    let trained = &metrics[metrics.len() - 1];
    let (info, eval) = (&json_of(&["info", &run])[0], &json_of(&["eval", &run])[0]);
    for found in [trained, info, eval] {
        let found = found["layers"][2]["likeness"]["mean"].as_f64().unwrap();
        assert!((found - mean).abs() < 1e-5, "{found}, {mean}");
    }
    let bound = trained["simplex_bound"].as_f64().unwrap();
    assert!(bound > 0.005 && bound < trained["test_mse"].as_f64().unwrap(), "{bound}");
    assert_eq!(trained["simplex_bound"], eval["simplex_bound"]);
}
