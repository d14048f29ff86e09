//! `hopfield data`: a look at numbers before anything is trained on them.

use std::fs::File;
use std::io::BufReader;

use hopfield_arrays::{bytes, npy_header};
use hopfield_tests::{hopfield, json_of, path, refused, repository, write};
use serde_json::json;

#[test]
fn what_is_in_a_table_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let rows = [
        [1.0, 5.0, 0.5],
        [f32::NAN, 5.0, 2.0],
        [1.0, 5.0, 0.5],
        [-3.0, 5.0, f32::INFINITY],
        [1.0, 5.0, f32::NAN],
    ];
    let npy = [npy_header(&[5, 3]), bytes(rows.as_flattened())].concat();
    let file = write(&dir, "rows.npy", &npy);
    let labels = write(&dir, "labels.csv", b"label\n0\n1\n0\n2\n0\n");
    let found = &json_of(&["data", &file, "--labels", &labels])[0];
    assert_eq!(found["rows"], 5);
    assert_eq!(found["columns"], 3);
    assert_eq!(found["array"], "array [5, 3] (float32)");
    assert_eq!(found["range"], json!([-3.0, 5.0]));
    assert_eq!(found["nan"], json!({ "count": 2, "first": [[1, 0], [4, 2]] }));
    assert_eq!(found["infinite"], json!({ "count": 1, "first": [[3, 2]] }));
    assert_eq!(found["constant_columns"], 1);
    assert_eq!(found["copies"], 1);
    assert_eq!(found["classes"], json!({ "0": 3, "1": 1, "2": 1 }));
    // The twelve finite numbers by hand: their sum is 28, that of their squares 141.5.
    let near = |key: &str, expected: f64| {
        assert!((found[key].as_f64().unwrap() - expected).abs() < 1e-9, "{key}");
    };
    near("mean", 28.0 / 12.0);
    near("deviation", (141.5 / 12.0 - (28.0f64 / 12.0).powi(2)).sqrt());

    let text = String::from_utf8(hopfield(&["data", &file]).stdout).unwrap();
    for line in [
        "5 rows of 3 numbers: array [5, 3] (float32)",
        "NaN: 2 (row 1, column 0; row 4, column 2)",
        "infinite: 1 (row 3, column 2)",
        "1 column with the same number in every row",
        "1 row equal to an earlier one",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn rows_are_drawn_as_pictures() {
    let dir = tempfile::tempdir().unwrap();
    let digits = repository("crates/data/assets/t10k-images-idx3-ubyte.gz").display().to_string();
    let out = path(&dir, "digits.png");
    let found = &json_of(&["data", &digits, "--out", &out])[0];
    assert_eq!((found["rows"].clone(), found["columns"].clone()), (json!(2000), json!(784)));
    assert_eq!(
        (found["type"].clone(), found["range"].clone()),
        (json!("uint8"), json!([0.0, 255.0]))
    );
    let picture = png::Decoder::new(BufReader::new(File::open(&out).unwrap())).read_info().unwrap();
    let side = picture.info().width as usize;
    assert_eq!(side % (10 * 29 + 1), 0, "ten digits and gaps, enlarged");

    let plain = write(&dir, "plain.csv", b"1,2,3,4,5,6\n");
    let problem = refused(&["data", &plain, "--out", &path(&dir, "x.png")]);
    assert!(
        problem.contains("does not say that its rows are pictures; give --image-shape"),
        "{problem}"
    );
    let problem = refused(&["data", &plain, "--out", &path(&dir, "x.png"), "--image-shape", "2x2"]);
    assert!(problem.contains("--image-shape for images of 2 × 2: a row of"), "{problem}");
    json_of(&["data", &plain, "--out", &path(&dir, "x.png"), "--image-shape", "2x3"]);
}

#[test]
fn labels_that_do_not_fit_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let rows = write(&dir, "rows.csv", b"a,b\n1,2\n3,4\n");
    let file = |name: &str, text: &[u8]| write(&dir, name, text);
    let problem = |labels: &str| refused(&["data", &rows, "--labels", labels]);
    let found = problem(&file("three.csv", b"label\n0\n1\n0\n"));
    let expected = "it has 3 rows of 1 number; needed is one number for each of the 2 rows";
    assert!(found.contains(expected), "{found}");
    let found = problem(&file("half.csv", b"label\n0\n0.5\n"));
    assert!(found.contains("row 1 is 0.5; needed is the number of a class"), "{found}");
    let found = problem(&file("large.csv", b"label\n0\n16777218\n"));
    assert!(found.contains("row 1 is 16777218; needed is the number of a class"), "{found}");
    let found = problem(&format!("{rows}#c"));
    assert!(found.contains("there is no array `c` in it; there are: table [2, 2]"), "{found}");
    assert!(refused(&["data", &path(&dir, "none.npy")]).contains("No such file"));
}
