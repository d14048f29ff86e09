//! `hopfield recall`: which files it takes images from, and how it reads them.

use std::fs;

use hopfield_data::{ImageShape, Ink};
use hopfield_tests::{hopfield, json_of, path, refused, repository, stderr, write};
use png::ColorType;

use crate::hopfield::{JPEG, run};

/// A picture of 28 × 28 pixels.
fn png(color: ColorType, data: &[u8]) -> Vec<u8> {
    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, 28, 28);
    encoder.set_color(color);
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    picture
}

#[test]
fn images_are_recalled_from_pictures_and_idx_files() {
    let (run, dir) = (run(), tempfile::tempdir().unwrap());
    let idx = "crates/data/assets/t10k-images-idx3-ubyte.gz";
    let out = path(&dir, "recall.png");
    let recalled = json_of(&["recall", &run, idx, "--only", "3..5", "--top-k", "2", "--out", &out]);
    assert_eq!(recalled.len(), 2);
    let one = &recalled[1];
    assert_eq!(one["image"], format!("{idx}:4"));
    assert_eq!(one["retrieved"].as_array().unwrap().len(), 784);
    let weights: Vec<f64> = (0..2).map(|k| one["matches"][k]["weight"].as_f64().unwrap()).collect();
    assert!(weights[0] >= weights[1] && weights[1] > 0.0);
    let energy = |name: &str| one["energy"][name].as_f64().unwrap();
    assert!(energy("fixed_point") <= energy("answer") && energy("answer") <= energy("state"));
    assert!(one["steps"].as_u64().unwrap() >= 1);
    assert!(fs::read(&out).unwrap().starts_with(b"\x89PNG"));
    assert!(refused(&["recall", &run, idx, "--out", &out]).contains("give --force"));

    // The same image as a picture, black on white. (In a batch of another size, sums may round differently.)
    let alone = &json_of(&["recall", &run, idx, "--only", "4", "--out", &out, "--force"])[0];
    let digits =
        hopfield_data::images(&repository(idx), ImageShape::new(&[28, 28]).unwrap(), Ink::White)
            .unwrap();
    let inverted: Vec<u8> = digits[4 * 784..5 * 784].iter().map(|grey| 255 - grey).collect();
    let picture = write(&dir, "four.png", &png(ColorType::Grayscale, &inverted));
    let args = ["recall", &run, &picture, "--invert", "--out", &out, "--force"];
    assert_eq!(json_of(&args)[0]["retrieved"], alone["retrieved"]);

    // Damage is what the network sees; the error is to the image as it was.
    let masked = &json_of(&[&args[..], &["--mask", "bottom", "--layer", "0"]].concat())[0];
    assert!(masked["state"].as_array().unwrap()[392..].iter().all(|pixel| pixel == 0.0));
    assert!(masked["mse"].as_f64() > one["mse"].as_f64());
    let noisy = |seed| json_of(&[&args[..], &["--noise", "0.5", "--seed", seed]].concat());
    assert_eq!(noisy("1"), noisy("1"));
    assert_ne!(noisy("1"), noisy("2"));

    assert!(refused(&["recall", &run, idx, "--only", "5..9999"]).contains("0..2000"));
    assert!(refused(&["recall", &run, idx, "--layer", "3"]).contains("0 to 2"));
    let both = refused(&["recall", &run, idx, "--mask", "left", "--noise", "1"]);
    assert!(both.contains("cannot be used with"), "{both}");
    let sheet = format!("{run}/patterns.png");
    let message = refused(&["recall", &run, &sheet]);
    assert!(message.contains("pixels; needed are 28 × 28"), "{message}");
}

#[test]
fn ink_on_transparent_paper_is_recalled_as_ink() {
    let (run, dir) = (run(), tempfile::tempdir().unwrap());
    let idx = "crates/data/assets/t10k-images-idx3-ubyte.gz";
    let digits =
        hopfield_data::images(&repository(idx), ImageShape::new(&[28, 28]).unwrap(), Ink::White)
            .unwrap();
    let out = path(&dir, "recall.png");
    let args = ["recall", &run, idx, "--only", "4", "--out", &out];
    let expected = &json_of(&args)[0];
    for grey in [0, 255] {
        let pixels: Vec<u8> =
            digits[4 * 784..5 * 784].iter().flat_map(|&ink| [grey, ink]).collect();
        let picture = write(&dir, "ink.png", &png(ColorType::GrayscaleAlpha, &pixels));
        for invert in [&[][..], &["--invert"]] {
            let args = [&["recall", &run, &picture, "--out", &out, "--force"], invert].concat();
            let recalled = &json_of(&args)[0];
            assert_eq!(recalled["state"], expected["state"]);
            assert_eq!(recalled["matches"], expected["matches"]);
        }
    }
    let help = String::from_utf8(hopfield(&["recall", "--help"]).stdout).unwrap();
    assert!(help.contains("Transparent pixels are paper: black, or white with --invert"), "{help}");

    let blank = write(&dir, "blank.png", &png(ColorType::Grayscale, &[0; 784]));
    let output = hopfield(&["recall", &run, &blank, "--out", &out, "--force"]);
    assert!(stderr(&output).contains("blank.png is empty: all its pixels are alike"));
    assert!(output.status.success());

    let photo = write(&dir, "photo.png", JPEG);
    let message = refused(&["recall", &run, &photo]);
    assert!(message.contains("photo.png: not a readable JPEG: "), "{message}");
}
