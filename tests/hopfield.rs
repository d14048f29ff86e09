//! The `hopfield` binary as a user runs it: what comes out, what goes in again, and one clear error for every mistake.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

use clap::Parser;
use hopfield_arrays::{ArrayFile, Npz, Safetensors, bytes, npy_header, to_bytes};
use hopfield_tests::{hopfield, json_of, path, refused, repository, write};
use hopfield_train::cli::Program;
use hopfield_train::printer::Printer;
use hopfield_train::{Interrupt, Outcome};
use serde_json::{Value, json};
use tempfile::TempDir;

fn train(args: &[&str]) -> Result<Outcome, String> {
    let Program { args, .. } = Program::parse_from([&["train"], args].concat());
    let job = args.job().map_err(|error| error.to_string())?;
    let trained = job.run(&Printer::new(true, false), &Interrupt::default());
    trained.map_err(|error| error.to_string())
}

/// A run of two epochs, made once for all tests.
static RUN: LazyLock<TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let config = repository("configs/digits.toml");
    let run = dir.path().join("run");
    let set = ["--set", "training.epochs=2", "--set", "output.snapshots=6"];
    let args = [config.to_str().unwrap(), "--run", run.to_str().unwrap()];
    train(&[&args[..], &set].concat()).unwrap();
    dir
});

pub(crate) fn run() -> String {
    RUN.path().join("run").to_str().unwrap().to_owned()
}

#[test]
fn info_says_what_is_in_a_run() {
    let run = run();
    let info = &json_of(&["info", &run])[0];
    assert_eq!(info["image_shape"], json!([28, 28]));
    assert_eq!(info["layers"].as_array().unwrap().len(), 3);
    assert_eq!(info["layers"][1]["patterns"], 64);
    assert_eq!(info["layers"][2]["similarity"], "dot");
    assert_eq!(info["snapshots"], 6);
    let used = info["last_epoch"]["layers"][2]["used_patterns"].as_u64();
    assert_eq!(info["layers"][2]["used_patterns"].as_u64(), used);
    let text = String::from_utf8(hopfield(&["info", &run]).stdout).unwrap();
    assert!(text.contains("a residual stack of 3 layers, images of 28 × 28"), "{text}");
    // A snapshot is a pattern database like any other.
    let first = format!("{run}/evolution/step-00000000.safetensors");
    assert_eq!(json_of(&["info", &first])[0]["layers"][0]["patterns"], 64);
}

#[test]
fn what_is_exported_comes_back_to_the_byte_and_answers_alike() {
    let (run, dir) = (run(), tempfile::tempdir().unwrap());
    let canonical = fs::read(format!("{run}/patterns.safetensors")).unwrap();
    let measured = &json_of(&["eval", &run])[0];
    let metrics = fs::read_to_string(format!("{run}/metrics.jsonl")).unwrap();
    let last: Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
    assert_eq!(measured["mse"], last["test_mse"], "the trainer measured the same");
    for format in ["safetensors", "npz"] {
        let (file, back) = (path(&dir, &format!("a.{format}")), path(&dir, format));
        json_of(&["export", &run, "--format", format, "--out", &file]);
        json_of(&["import", &file, "--run", &back]);
        assert_eq!(fs::read(format!("{back}/patterns.safetensors")).unwrap(), canonical);
        let again = &json_of(&["eval", &back])[0];
        for key in ["mse", "psnr", "ssim", "layers", "labels"] {
            assert_eq!(again[key], measured[key], "{format}: {key}");
        }
    }
    // Into one layer alone, and from bare arrays.
    let (file, back) = (path(&dir, "last.npy"), path(&dir, "last"));
    json_of(&["export", &run, "--format", "npy", "--layer", "2", "--out", &file]);
    let about: Value = serde_json::from_slice(&fs::read(path(&dir, "last.json")).unwrap()).unwrap();
    let beta = about["layers"][0]["beta"][0].to_string();
    json_of(&["import", &file, "--beta", &beta, "--run", &back]);
    let (from, to) = (path(&dir, "one.safetensors"), format!("{back}/patterns.safetensors"));
    json_of(&["export", &run, "--format", "safetensors", "--layer", "2", "--out", &from]);
    let load = |path: &str, name| ArrayFile::open(Path::new(path)).unwrap().load(name).unwrap();
    assert_eq!(load(&from, "layers.0.patterns"), load(&to, "layers.0.patterns"));
    let off = load(&from, "layers.0.log_beta")[0] - load(&to, "layers.0.log_beta")[0];
    assert!(off.abs() < 1e-5, "{off}");
    assert_eq!(json_of(&["info", &back])[0]["provenance"]["imported_from"], "last.npy");
}

#[test]
fn every_format_is_written_once_unless_forced() {
    let (run, dir) = (run(), tempfile::tempdir().unwrap());
    let out = dir.path().to_str().unwrap();
    for (format, files) in [
        ("npz", 1),
        ("npy", 4),
        ("csv", 3),
        ("parquet", 1),
        ("png", 1),
        ("apng", 1),
        ("safetensors", 1),
    ] {
        // The text beside npy and csv is the same file, and is there already for csv.
        let args = ["export", &run, "--format", format, "--out", out, "--force"];
        let written = json_of(&args)[0]["files"].as_array().unwrap().clone();
        assert_eq!(written.len(), files, "{format}: {written:?}");
        for file in &written {
            assert!(fs::metadata(file.as_str().unwrap()).unwrap().len() > 0);
        }
        let before = fs::read(written[0].as_str().unwrap()).unwrap();
        let message = refused(&["export", &run, "--format", format, "--out", out]);
        assert!(message.contains("is there already; give --force"), "{message}");
        assert_eq!(fs::read(written[0].as_str().unwrap()).unwrap(), before);
    }
    let message = refused(&["export", &run, "--format", "safetensors", "--force"]);
    assert!(message.contains("is the pattern database itself"), "{message}");
    let message = refused(&["export", &run, "--format", "png", "--layer", "3"]);
    assert!(message.contains("--layer 3; allowed: a layer of the stack, 0 to 2"), "{message}");
    let text = path(&dir, "x.json");
    let message = refused(&["export", &run, "--format", "npy", "--layer", "0", "--out", &text]);
    assert!(message.contains("x.json would be written twice"), "{message}");
    let several = path(&dir, "several.npy");
    let message = refused(&["export", &run, "--format", "npy", "--out", &several]);
    assert!(message.contains("give a folder, or one layer with --layer K"), "{message}");
    let folder = path(&dir, "several");
    json_of(&["export", &run, "--format", "npy", "--out", &folder]);
    assert!(Path::new(&folder).join("patterns.layer-2.npy").exists());
    assert!(refused(&["export", &run, "--format", "xls"]).contains("allowed: safetensors, npz"));

    // The table says what the arrays say.
    let text = fs::read_to_string(dir.path().join("patterns.layer-1.csv")).unwrap();
    let mut database = ArrayFile::open(&Path::new(&run).join("patterns.safetensors")).unwrap();
    let patterns = database.load("layers.1.patterns").unwrap();
    let matches = database.load("layers.1.best_matches").unwrap();
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("index,mean_weight,best_matches,x0,x1,"));
    for (index, line) in lines.enumerate() {
        let cells: Vec<f32> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        assert_eq!((cells[0], cells[2]), (index as f32, matches[index]));
        assert_eq!(cells[3..], patterns[index * 784..(index + 1) * 784]);
    }
}

#[test]
fn a_training_writes_what_its_config_asks_for_and_begins_where_another_ended() {
    let (run, dir) = (run(), tempfile::tempdir().unwrap());
    let (first, second) = (path(&dir, "first"), path(&dir, "second"));
    let config = repository("configs/digits.toml");
    let quick = [config.to_str().unwrap(), "--set", "training.epochs=1", "--init-from", &run];
    let export = ["--set", "output.export=[\"npz\", \"apng\"]", "--run", &first];
    train(&[&quick[..], &export].concat()).unwrap();
    assert!(Path::new(&first).join("patterns.npz").exists());
    assert!(Path::new(&first).join("evolution.apng").exists());
    let start = |run: &str| {
        let mut file = ArrayFile::open(&Path::new(run).join("evolution/step-00000000.safetensors"));
        let file = file.as_mut().unwrap();
        ["layers.0.patterns", "layers.2.log_beta"].map(|name| file.load(name).unwrap())
    };
    let mut end = ArrayFile::open(&Path::new(&run).join("patterns.safetensors")).unwrap();
    let end = ["layers.0.patterns", "layers.2.log_beta"].map(|name| end.load(name).unwrap());
    assert_eq!(start(&first), end);
    // The resolved config says so, and its hash is in the provenance.
    let written = fs::read_to_string(Path::new(&first).join("config.toml")).unwrap();
    assert!(written.contains("init_from = "), "{written}");
    let provenance = &json_of(&["info", &first])[0]["provenance"];
    assert_eq!(provenance["init_sha256"].as_str().unwrap().len(), 64);

    let other = ["--set", "layers.0.repeat=1", "--run", &second];
    let message = train(&[&quick[..], &other].concat()).unwrap_err();
    assert!(message.contains("it has 3 layers; by the config there are 2"), "{message}");
    let other = ["--set", "layers.0.patterns=9", "--run", &second];
    let message = train(&[&quick[..], &other].concat()).unwrap_err();
    let expected = "its layer 0 has 64 patterns of dimension 784; by the config it has 9 patterns of dimension 784";
    assert!(message.contains(expected), "{message}");
    assert!(!Path::new(&second).exists());
}

#[test]
fn measures_depend_on_the_damage() {
    let run = run();
    let mse =
        |args: &[&str]| json_of(&[&["eval", &run], args].concat())[0]["mse"].as_f64().unwrap();
    let plain = &json_of(&["eval", &run])[0];
    assert!(mse(&["--noise", "0.5"]) > plain["mse"].as_f64().unwrap());
    assert!(mse(&["--mask", "bottom"]) > plain["mse"].as_f64().unwrap());
    let labels = plain["labels"].as_array().unwrap();
    assert_eq!(labels.len(), 10);
    let images = |label: &Value| label["images"].as_u64().unwrap();
    assert_eq!(labels.iter().map(images).sum::<u64>(), 2000);
    // The mean over the labels is the mean over the images.
    let weigh = |label: &Value| images(label) as f64 * label["mse"].as_f64().unwrap() / 2000.0;
    let mean = labels.iter().map(weigh).sum::<f64>();
    assert!((mean / plain["mse"].as_f64().unwrap() - 1.0).abs() < 1e-4);
    // Better than always guessing the most frequent label.
    assert!(plain["layers"][2]["label_accuracy"].as_f64().unwrap() > 0.2);
    let message = refused(&["eval", &run, "--data", "/no/such/folder"]);
    assert!(message.contains("/no/such/folder: No such file"), "{message}");
    assert!(refused(&["eval", &run, "--device", "tpu"]).contains("--device tpu; allowed: cuda"));
}

/// The damage of an eval is that of the training, also after the way through a file.
#[test]
fn the_seed_travels_with_the_patterns() {
    let dir = tempfile::tempdir().unwrap();
    let (run, back) = (path(&dir, "run"), path(&dir, "back"));
    let config = repository("configs/digits-denoise.toml");
    let quick = ["--set", "training.epochs=1", "--set", "seed=7", "--set", "output.snapshots=0"];
    train(&[&[config.to_str().unwrap(), "--run", &run][..], &quick].concat()).unwrap();
    json_of(&["import", &format!("{run}/patterns.safetensors"), "--run", &back]);
    let mse = |args: &[&str]| json_of(args)[0]["mse"].clone();
    assert_eq!(mse(&["eval", &run]), mse(&["eval", &back, "--noise", "0.5"]));
    assert_ne!(mse(&["eval", &run]), mse(&["eval", &back]));
    let message = refused(&["export", &run, "--format", "apng"]);
    assert!(message.contains("there are no snapshots of the training in it"), "{message}");
}

#[test]
fn a_report_is_one_page() {
    let (run, dir) = (run(), tempfile::tempdir().unwrap());
    let page = path(&dir, "report.html");
    let written = &json_of(&["report", &run, "--out", &page])[0];
    let html = fs::read_to_string(&page).unwrap();
    assert_eq!(written["bytes"], html.len());
    for needed in
        ["<title>", "id=\"input\"", "\"mean_weights\":[", "kind = &quot;reconstruct&quot;"]
    {
        assert!(html.contains(needed), "{needed}");
    }
    for outside in ["http://", "https://", "src=\"/", "@import"] {
        let found = html.matches(outside).count();
        // The name space of SVG is no address.
        let names = html.matches("http://www.w3.org/2000/svg").count();
        assert_eq!(found, if outside == "http://" { names } else { 0 }, "{outside}");
    }
    assert!(refused(&["report", &run, "--out", &page]).contains("give --force"));
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = String::from_utf8(hopfield(&["completions", shell]).stdout).unwrap();
        assert!(script.contains("recall") && script.contains("top-k"), "{shell}");
    }
}

#[test]
fn manual_pages_describe_every_command() {
    let dir = tempfile::tempdir().unwrap();
    let folder = path(&dir, "man");
    assert!(hopfield(&["man", &folder]).status.success());
    let page = |name| fs::read_to_string(dir.path().join("man").join(name)).unwrap();
    assert!(page("hopfield.1").contains("hopfield\\-train(1)"));
    assert!(page("hopfield-train.1").contains("\\-\\-resume"));
    assert!(fs::read_dir(&folder).unwrap().count() > 15);
    let message = refused(&["man", &path(&dir, "man/hopfield.1")]);
    assert!(message.contains("man/hopfield.1: "), "{message}");
}

#[test]
fn state_dicts_of_pytorch_become_runs() {
    let dir = tempfile::tempdir().unwrap();
    let back = path(&dir, "run");
    let file = "crates/hopfield-layer/tests/reference/hflayers.pt";
    let message = refused(&["import", file, "--run", &back]);
    assert!(message.contains("it does not say β; give it with --beta"), "{message}");
    json_of(&["import", file, "--run", &back, "--beta", "0.8", "--image-shape", "3x4"]);
    let info = &json_of(&["info", &back])[0];
    assert_eq!(info["layers"][0]["patterns"], 9);
    assert_eq!(info["image_shape"], json!([3, 4]));
    let message = refused(&["eval", &back]);
    let expected = "has images of 28 × 28, but ";
    assert!(message.contains(expected) && message.contains("takes images of 3 × 4"), "{message}");
}

/// Imports a file with this content, which must be refused, and must leave nothing behind.
#[track_caller]
fn refused_import(name: &str, content: &[u8], args: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let (file, back) = (write(&dir, name, content), path(&dir, "run"));
    let message = refused(&[&["import", &file, "--run", &back], args].concat());
    assert!(message.contains(name), "{message}");
    assert!(!Path::new(&back).exists(), "something was left behind: {message}");
    message
}

const BARE: [&str; 2] = ["--beta", "1"];
pub(crate) const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";

pub(crate) fn npz(shape: &[usize], numbers: &[f32]) -> Vec<u8> {
    to_bytes(&Npz, &[("mine", shape, numbers)], None).unwrap()
}

#[test]
fn every_malformed_file_is_a_clear_error() {
    let good = npz(&[3, 4], &[0.5; 12]);
    let check = |name: &str, content: &[u8], args: &[&str], expected: &str| {
        let message = refused_import(name, content, args);
        assert!(message.contains(expected), "{message}");
    };
    check("cut.npz", &good[..good.len() - 20], &BARE, "not a readable zip file (truncated?)");
    let mut flipped = good.clone();
    let position = flipped.windows(4).rposition(|four| four == 0.5f32.to_le_bytes()).unwrap();
    flipped[position] ^= 1;
    check("flipped.npz", &flipped, &BARE, "array `mine`: Invalid checksum");
    check(
        "nan.npz",
        &npz(&[1, 4], &[0.0, 1.0, f32::NAN, 0.0]),
        &BARE,
        "array `mine`: entry [0, 2] is NaN; needed are finite numbers",
    );
    check("flat.npz", &npz(&[4], &[0.0; 4]), &BARE, "needed is an array of shape [N, d]");
    check(
        "empty.npz",
        &npz(&[0, 4], &[]),
        &BARE,
        "`patterns` is 0; allowed: a whole number, 1 or more",
    );
    let ours: [(&str, &[usize], &[f32]); 2] =
        [("layers.0.patterns", &[2, 4], &[0.5; 8]), ("layers.0.log_beta", &[1], &[0.5])];
    let ours = to_bytes(&Npz, &ours, None).unwrap();
    check("ours.npz", &ours, &BARE, "its array `layers.0.log_beta` says β; leave out --beta");
    let shape = ["--beta", "1", "--image-shape", "2x3"];
    check("wide.npz", &npz(&[2, 5], &[0.0; 10]), &shape, "takes dimension 5, but images are 2 × 3");
    check("betas.npz", &good, &["--beta", "1", "--beta", "2"], "--beta is given 2 times");
    check(
        "name.npz",
        &good,
        &["--beta", "1", "--tensor", "H"],
        "no array `H` in it; there are: mine [3, 4] (float32)",
    );

    let npy = [npy_header(&[2, 4]), bytes(&[0.5; 8])].concat();
    let retyped = |descr: &[u8; 3]| {
        let mut npy = npy.clone();
        let at = npy.windows(3).position(|three| three == b"<f4").unwrap();
        npy[at..at + 3].copy_from_slice(descr);
        npy
    };
    check("f8.npy", &retyped(b"<f8"), &BARE, "says shape [2, 4] of float64, which is not the 32");
    check("c8.npy", &retyped(b"<c8"), &BARE, "has type <c8; needed are real numbers: float64,");
    check(
        "cut.npy",
        &npy[..npy.len() - 1],
        &BARE,
        "shape [2, 4] of float32, which is not the 31 bytes that follow",
    );
    check("cut-header.npy", &npy[..40], &BARE, "its npy header can't be read");
    check(
        "text.npy",
        b"hello",
        &BARE,
        "it is a text (\"hello\"); needed is a file of one of these formats: safetensors, npy",
    );
    check("nothing.npz", b"", &BARE, "it is empty; needed is a file of one of these formats");
    check("photo.npy", JPEG, &BARE, "it is a JPEG file; needed is a file of one of these formats");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("photo.jpg", zip::write::SimpleFileOptions::DEFAULT).unwrap();
    zip.write_all(JPEG).unwrap();
    let expected = "it is a zip archive without arrays (photo.jpg); needed are npy files in it";
    check("photos.npz", zip.finish().unwrap().get_ref(), &BARE, expected);

    let plain = to_bytes(&Safetensors, &[("a", &[2, 4], &[0.5; 8])], Some("{}")).unwrap();
    check(
        "none.safetensors",
        &plain,
        &BARE,
        "it was exported by this program and describes itself",
    );
    check("none.safetensors", &plain, &[], "missing field `format`");
    check("cut.safetensors", &plain[..plain.len() - 1], &[], "truncated, or the header is wrong");
    let lie = |text: &str, data: &[u8]| {
        [&(text.len() as u64).to_le_bytes()[..], text.as_bytes(), data].concat()
    };
    let two = r#"{"a":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}"#;
    let swapped = two.replace("[0,32]", "[0,4000000000000]");
    check("lie.safetensors", &lie(&swapped, &[0; 32]), &BARE, "not a safetensors file: ");
    let huge = two.replace("[2,4]", "[1000000000000,4]").replace("[0,32]", "[0,16000000000000]");
    check(
        "huge.safetensors",
        &lie(&huge, &[0; 32]),
        &BARE,
        "says 16000000000000 bytes of tensors, but 32",
    );
    let eighth = two.replace("F32", "F8_E4M3").replace("[2,4]", "[8,4]");
    let expected =
        "array `a`: has type F8_E4M3; needed are real numbers: float64, float32, float16";
    check("f8.safetensors", &lie(&eighth, &[0; 32]), &BARE, expected);
    let half = two.replace("F32", "F16").replace("[2,4]", "[4,4]");
    let infinite = [[0, 0x3c].repeat(15), vec![0, 0x7c]].concat();
    let expected = "array `a`: entry [3, 3] is inf; needed are finite numbers";
    check("f16.safetensors", &lie(&half, &infinite), &BARE, expected);
    let mut long = u64::MAX.to_le_bytes().to_vec();
    long.extend(b"{}");
    check(
        "long.safetensors",
        &long,
        &BARE,
        "its safetensors header should have 18446744073709551615 bytes",
    );
    check("pickle.pt", b"\x80\x02}q\x00.", &BARE, "needed is an array of shape [N, d]");

    // Nothing of what is there is lost, least of all a training.
    let training = self::run();
    let good = {
        let dir = tempfile::tempdir().unwrap();
        let file = write(&dir, "good.npz", &good);
        refused(&["import", &file, "--beta", "1", "--run", &training, "--force"])
    };
    assert!(good.contains("there is a training run; choose another folder"), "{good}");
    let (dir, run) = (tempfile::tempdir().unwrap(), run());
    let bad = write(&dir, "bad.npz", &npz(&[1, 4], &[f32::INFINITY, 0.0, 0.0, 0.0]));
    let back = path(&dir, "run");
    json_of(&["import", &format!("{run}/patterns.safetensors"), "--run", &back]);
    let before = fs::read(format!("{back}/patterns.safetensors")).unwrap();
    assert!(refused(&["import", &bad, "--beta", "1", "--run", &back]).contains("--force"));
    refused(&["import", &bad, "--beta", "1", "--run", &back, "--force"]);
    assert_eq!(fs::read(format!("{back}/patterns.safetensors")).unwrap(), before);
    assert_eq!(fs::read_dir(&back).unwrap().count(), 1);
}

#[test]
fn a_zip_bomb_is_refused_before_it_expands() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::DEFAULT
        .compression_method(zip::CompressionMethod::Deflated)
        .large_file(true);
    zip.start_file("bomb.npy", options).unwrap();
    let rows = 30_000;
    zip.write_all(&npy_header(&[rows, 784])).unwrap();
    for _ in 0..rows {
        zip.write_all(&[0; 784 * 4]).unwrap();
    }
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 200_000, "94 MB in {} bytes", bomb.len());
    let message = refused_import("bomb.npz", &bomb, &BARE);
    assert!(message.contains("as a zip bomb does; allowed: 200 times"), "{message}");
}

#[test]
fn a_run_that_is_none_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().to_str().unwrap();
    for command in ["info", "eval", "report"] {
        let message = refused(&[command, empty]);
        assert!(message.contains("there is no patterns.safetensors in it"), "{message}");
        assert!(refused(&[command, "/no/such/run"]).contains("/no/such/run: No such file"));
    }
    let text = write(&dir, "a.safetensors", b"hello, this is no pattern database");
    for command in ["info", "eval", "report"] {
        let message = refused(&[command, &text]);
        let expected = "it is a text (\"hello, this is no pattern database\"); needed is a pattern database, which is a safetensors \
                        file (`hopfield import` makes one from npy, npz and PyTorch files)";
        assert!(message.contains(expected), "{message}");
    }

    // Arrays without a manifest, and the way out that the message names.
    let bare = to_bytes(&Safetensors, &[("mine", &[2, 4], &[0.5; 8])], None).unwrap();
    let bare = write(&dir, "bare.safetensors", &bare);
    let message = refused(&["info", &bare]);
    let expected = "it holds mine [2, 4] (float32), but no manifest, so it is no pattern database; `hopfield import` makes one";
    assert!(message.contains(expected), "{message}");
    json_of(&["import", &bare, "--beta", "1", "--run", &path(&dir, "imported")]);
}
