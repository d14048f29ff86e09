//! `hopfield retrieve`: one layer whose patterns stay in their file.

use std::path::Path;

use hopfield_arrays::{ArrayFile, Safetensors, bytes, npy_header, to_bytes};
use hopfield_tests::{json_of, path, refused, train, write};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

use crate::hopfield::npz;

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

/// An npy file of this type and order.
fn typed(descr: &str, fortran_order: &str, [rows, d]: [usize; 2], numbers: &[u8]) -> Vec<u8> {
    let text = format!(
        "{{'descr': '{descr}', 'fortran_order': {fortran_order}, 'shape': ({rows}, {d})}}\n"
    );
    let length = (text.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), numbers].concat()
}

#[test]
fn databases_and_queries_of_any_type_and_order_answer_alike() {
    const D: usize = 6;
    let dir = tempfile::tempdir().unwrap();
    // Whole numbers, which every type holds, little enough for the sums to be exact.
    let numbers: Vec<u8> = (0..50 * D).map(|i| ((i * 37 + i * i * 11) % 7) as u8).collect();
    let floats: Vec<f32> = numbers.iter().map(|&n| n.into()).collect();
    let transposed = |rows: usize, numbers: &[u8]| -> Vec<u8> {
        (0..rows * D).map(|i| numbers[i % rows * D + i / rows]).collect()
    };
    let doubles = |numbers: &[u8]| {
        numbers.iter().flat_map(|&n| f64::from(n).to_be_bytes()).collect::<Vec<_>>()
    };
    let files = |rows: usize| -> Vec<(&str, Vec<u8>)> {
        let (bytes, shape) = (&numbers[..rows * D], [rows, D]);
        let columns = transposed(rows, bytes);
        let half = TensorView::new(Dtype::U8, shape.to_vec(), bytes).unwrap();
        vec![
            ("plain.npy", [npy_header(&shape), self::bytes(&floats[..rows * D])].concat()),
            ("u8.npy", typed("|u1", "False", shape, bytes)),
            ("fortran.npy", typed("|i1", "True", shape, &columns)),
            ("big.npy", typed(">f8", "False", shape, &doubles(bytes))),
            ("both.npy", typed(">f8", "True", shape, &doubles(&columns))),
            ("zip.npz", npz(&shape, &floats[..rows * D])),
            ("u8.safetensors", safetensors::serialize([("a", half)], None).unwrap()),
        ]
    };
    let write = |kind: &str, (name, content): (&str, Vec<u8>)| {
        write(&dir, &format!("{kind}-{name}"), &content)
    };
    let databases: Vec<_> = files(50).into_iter().map(|file| write("database", file)).collect();
    let queries: Vec<_> = files(3).into_iter().map(|file| write("queries", file)).collect();
    let answers = |database: &str, queries: &str| {
        let out = path(&dir, "answers.npy");
        let found =
            json_of(&["retrieve", database, queries, "--beta", "1", "--out", &out, "--force"]);
        (found, std::fs::read(out).unwrap())
    };
    let expected = answers(&databases[0], &queries[0]);
    assert_eq!(expected.0.len(), 3);
    for (database, queries) in databases.iter().zip(&queries) {
        assert_eq!(answers(database, queries), expected, "{database}");
        let run = path(&dir, "run");
        let args = ["import", database, "--beta", "1", "--image-shape", "2x3", "--run", &run];
        json_of(&[&args[..], &["--force"]].concat());
        let run = format!("{run}/patterns.safetensors");
        let mut imported = ArrayFile::open(Path::new(&run)).unwrap();
        assert_eq!(imported.load("layers.0.patterns").unwrap(), floats, "{database}");
    }
}

#[test]
fn a_layer_of_a_run_is_taken_if_it_is_plain() {
    let dir = tempfile::tempdir().unwrap();
    let queries = npy(&dir, "queries.npy", 2, &rows(2 * 784));
    let trained = dir.path().join("trained");
    train(&trained, ["configs/accurate.toml", "--set", "training.epochs=1"]);
    let database = trained.join("patterns.safetensors").display().to_string();
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
    let flat = write(&dir, "flat.npy", &[npy_header(&[4]), bytes(&rows(4))].concat());
    let message = with(&database, &flat, &[]);
    assert!(
        message.contains("needed is an array of real numbers with a row per pattern"),
        "{message}"
    );
    assert!(message.contains("there are: array [4] (float32)"), "{message}");
    let complex = write(&dir, "complex.npy", &typed("<c8", "False", [1, 4], &[0; 32]));
    assert!(with(&database, &complex, &[]).contains("there are: array [1, 4] (<c8)"));
    let message = with(&database, &complex, &["--query-tensor", "array"]);
    assert!(message.contains("array `array`: has type <c8; needed are real numbers"), "{message}");
    let large: Vec<u8> =
        [0.0, 1e300, 0.0, 0.0].iter().flat_map(|v: &f64| v.to_be_bytes()).collect();
    let large = write(&dir, "large.npy", &typed(">f8", "False", [1, 4], &large));
    for message in [with(&database, &large, &[]), with(&large, &queries, &[])] {
        assert!(message.contains("large.npy: array `array`: entry [0, 1] is 1e300"), "{message}");
        assert!(message.contains("too large for f32; allowed: up to ±3.4028e38"), "{message}");
    }
    assert!(with(&database, &queries, &["--tensor", "h"]).contains("there is no array `h`"));
    let nothing = npy(&dir, "nothing.npy", 1, &[f32::NAN; 4]);
    let message = with(&nothing, &queries, &[]);
    assert!(message.contains("query 0 of") && message.contains("not all finite"), "{message}");
    // An infinity that has no weight makes no answer either.
    let infinite =
        npy(&dir, "infinite.npy", 2, &[1.0, 2.0, 0.0, 0.0, f32::NEG_INFINITY, 0.0, 0.0, 0.0]);
    let positive = npy(&dir, "positive.npy", 1, &[1.0, 0.0, 0.0, 0.0]);
    assert!(with(&infinite, &positive, &[]).contains("not all finite"));
    assert!(with(&database, &nothing, &[]).contains("entry [0, 0] is NaN; needed are finite"));
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
