//! `hopfield retrieve`: one layer whose patterns stay in their file.

use std::path::Path;

use hopfield_arrays::{ArrayFile, Safetensors, bytes, npy_header, to_bytes};
use hopfield_tests::{json_of, path, refused, write};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

use crate::hopfield::{npz, run};

fn npy(dir: &TempDir, name: &str, rows: usize, numbers: &[f32]) -> String {
    let header = npy_header(&[rows, numbers.len() / rows]);
    write(dir, name, &[header, bytes(numbers)].concat())
}

fn rows(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 37 + i * i * 11) % 101) as f32 / 50.0 - 1.0).collect()
}

#[test]
fn answers_are_those_by_hand() {
    const D: usize = 7;
    let dir = tempfile::tempdir().unwrap();
    let (patterns, queries) = (rows(600 * D), rows(3 * D));
    let content = bytes(&patterns);
    let tensor = TensorView::new(Dtype::F32, vec![600, D], &content).unwrap();
    let tensors = safetensors::serialize([("mine", tensor)], None).unwrap();
    let database =
        [npy(&dir, "database.npy", 600, &patterns), write(&dir, "database.safetensors", &tensors)];
    let queries_path = npy(&dir, "queries.npy", 3, &queries);
    let out = path(&dir, "answers.npy");
    for database in database {
        let args = ["retrieve", &database, &queries_path, "--beta", "2", "--top-k", "4"];
        let found = json_of(&[&args[..], &["--out", &out, "--force"]].concat());
        assert_eq!(found.len(), 3);
        let answers = ArrayFile::open(Path::new(&out)).unwrap().load("array").unwrap();
        for (query, (found, answer)) in found.iter().zip(answers.chunks(D)).enumerate() {
            let q = &queries[query * D..(query + 1) * D];
            let product = |h: &[f32]| h.iter().zip(q).map(|(h, q)| f64::from(h * q)).sum::<f64>();
            let scores: Vec<f64> = patterns.chunks(D).map(product).collect();
            let sum: f64 = scores.iter().map(|score| (2.0 * score).exp()).sum();
            let mut order: Vec<usize> = (0..600).collect();
            order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            let matches = found["matches"].as_array().unwrap();
            assert_eq!(matches.len(), 4);
            for (found, pattern) in matches.iter().zip(order) {
                let number = |key: &str| found[key].as_f64().unwrap();
                // Two may be alike but for rounding.
                assert!((scores[number("pattern") as usize] - scores[pattern]).abs() < 1e-5);
                assert!((number("similarity") - scores[pattern]).abs() < 1e-5);
                assert!((number("weight") - (2.0 * scores[pattern]).exp() / sum).abs() < 1e-5);
            }
            for (entry, &found) in answer.iter().enumerate() {
                let weighted = scores.iter().zip(patterns.chunks(D));
                let weighted = weighted.map(|(score, h)| (2.0 * score).exp() * f64::from(h[entry]));
                assert!((f64::from(found) - weighted.sum::<f64>() / sum).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn a_layer_of_a_run_is_taken_if_it_is_plain() {
    let dir = tempfile::tempdir().unwrap();
    let queries = npy(&dir, "queries.npy", 2, &rows(2 * 784));
    let database = format!("{}/patterns.safetensors", run());
    let args = ["retrieve", &database, &queries, "--beta", "1", "--tensor", "layers.1.patterns"];
    let found = json_of(&args);
    assert_eq!(found[1]["matches"].as_array().unwrap().len(), 5);

    let mine = npy(&dir, "mine.npy", 2, &rows(2 * 784));
    let other = path(&dir, "other");
    json_of(&["import", &mine, "--run", &other, "--beta", "1", "--similarity", "cosine"]);
    let database = format!("{other}/patterns.safetensors");
    let args = ["retrieve", &database, &queries, "--beta", "1", "--tensor", "layers.0.patterns"];
    assert!(refused(&args).contains("hopfield recall takes it"));
}

#[test]
fn every_mistake_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let database = npy(&dir, "database.npy", 3, &rows(12));
    let queries = npy(&dir, "queries.npy", 1, &rows(4));
    let with = |database: &str, queries: &str, more: &[&str]| {
        refused(&[&["retrieve", database, queries, "--beta", "1"], more].concat())
    };
    let narrow = npy(&dir, "narrow.npy", 1, &rows(3));
    assert!(with(&database, &narrow, &[]).contains("rows have 3 numbers; needed are 4"));
    let zip = write(&dir, "zip.npz", &npz(&[3, 4], &rows(12)));
    assert!(with(&zip, &queries, &[]).contains("needed is an npy or safetensors file"));
    let flat = write(&dir, "flat.npy", &[npy_header(&[4]), bytes(&rows(4))].concat());
    let message = with(&database, &flat, &[]);
    assert!(message.contains("needed is an array of f32 with a row per pattern"), "{message}");
    assert!(with(&database, &queries, &["--tensor", "h"]).contains("there is no array `h`"));
    let nothing = npy(&dir, "nothing.npy", 1, &[f32::NAN; 4]);
    let message = with(&nothing, &queries, &[]);
    assert!(message.contains("query 0 of") && message.contains("not all finite"), "{message}");
    // An infinity that has no weight makes no answer either.
    let infinite =
        npy(&dir, "infinite.npy", 2, &[1.0, 2.0, 0.0, 0.0, f32::NEG_INFINITY, 0.0, 0.0, 0.0]);
    let positive = npy(&dir, "positive.npy", 1, &[1.0, 0.0, 0.0, 0.0]);
    assert!(with(&infinite, &positive, &[]).contains("not all finite"));
    assert!(with(&database, &nothing, &[]).contains("numbers that are not finite"));
    assert!(with(&database, &queries, &["--out", &queries]).contains("--force"));
    let message = with(&database, &queries, &["--out", &database, "--force"]);
    assert!(message.contains("choose another file"), "{message}");
    let temporary = npy(&dir, "out.npy.tmp", 3, &rows(12));
    let message = with(&temporary, &queries, &["--out", &path(&dir, "out.npy")]);
    assert!(message.contains("choose another file"), "{message}");
    let four = rows(4);
    let two: [(&str, &[usize], &[f32]); 2] = [("a", &[1, 4], &four), ("b", &[1, 4], &four)];
    let two = to_bytes(&Safetensors, &two, None).unwrap();
    let two = write(&dir, "two.safetensors", &two);
    assert!(with(&database, &two, &[]).contains("it has several arrays"));
    assert!(refused(&["retrieve", &database, &queries]).contains("--beta"));
}
