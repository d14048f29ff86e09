//! `hopfield experiment` as a user runs it.

use std::fs;
use std::process::Output;

use hopfield_tests::hopfield;
use serde_json::Value;
use tempfile::TempDir;

/// Runs `hopfield experiment`.
fn experiment(args: &[&str]) -> Output {
    hopfield(&[&["experiment"], args].concat())
}

/// Runs an experiment, which must succeed; gives its rows, and the folder that it wrote.
#[track_caller]
fn rows(args: &[&str]) -> (Vec<Value>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let out = ["--json", "--quiet", "--out", folder.path().to_str().unwrap()];
    let output = experiment(&[args, &out].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), folder)
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("no {key} in {row}"))
}

#[test]
fn every_experiment_writes_a_table_and_pictures() {
    let small = ["--sizes=3,20", "--sets=2", "--queries=5"];
    let networks = "--networks=pseudo_inverse,rectified:30,euclidean:8:entmax_1.5";
    for (name, more, damages) in [
        ("load", &["--flip=0.1"][..], 1),
        ("compare", &["--mask=random:0.5", "--steps=20"], 1),
        ("noise", &["--levels=0.1,0.5,2"], 3),
        ("noise", &["--flips=0.1,0.3"], 2),
        ("mask", &["--masks=left,top", "--updates=asynchronous", "--hidden=unknown,ink"], 4),
    ] {
        let (rows, folder) = rows(&[&[name, networks][..], &small, more].concat());
        assert_eq!(rows.len(), 3 * 2 * damages, "{name}");
        for row in &rows {
            let share = |key: &str| (0.0..=1.0).contains(&number(row, key));
            assert!(
                share("top_1") && share("exact") && share("mse") && share("bit_error_rate"),
                "{row}"
            );
            assert!(number(row, "exact") <= number(row, "top_1"), "{row}");
            assert_eq!(row["queries"], 2 * row["patterns"].as_u64().unwrap().min(5));
        }
        let csv = fs::read_to_string(folder.path().join("results.csv")).unwrap();
        assert_eq!(csv.lines().count(), 1 + rows.len());
        let json = fs::read_to_string(folder.path().join("results.json")).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Value>>(&json).unwrap(), rows);
        assert!(folder.path().join("curves.svg").exists());
        for picture in ["pseudo_inverse.png", "rectified-30.png", "euclidean-8-entmax_1.5.png"] {
            let picture = fs::read(folder.path().join(picture)).unwrap();
            let reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
            assert!(reader.info().width > 12 * 28);
        }
    }
}

#[test]
fn fixed_points_writes_a_table_and_a_histogram() {
    let networks = "--networks=polynomial:2,exponential:1";
    let (rows, folder) = rows(&[
        "fixed-points",
        "--data=random",
        "--dim=50",
        "--sizes=10,20",
        "--starts=20",
        "--updates=asynchronous",
        networks,
    ]);
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row["starts"] == 20 && number(row, "endless") == 0.0));
    let histogram = fs::read_to_string(folder.path().join("overlaps.csv")).unwrap();
    assert_eq!(histogram.lines().count(), 1 + 4 * 20);
    assert!(fs::read_to_string(folder.path().join("overlaps.svg")).unwrap().starts_with("<svg"));
}

#[test]
fn capacity_and_generalisation_write_tables_and_figures() {
    let args = [
        "capacity",
        "--networks=classical,dot:1",
        "--dims=10,20,30",
        "--seeds=2",
        "--most=500",
        "--flip=0.05",
    ];
    let (found, folder) = rows(&args);
    assert!(found.iter().all(|row| number(row, "lowest") <= number(row, "highest")));
    let growth = fs::read_to_string(folder.path().join("growth.csv")).unwrap();
    assert!(growth.starts_with("network,grows_as,exponent,low,high,theory,dims\nclassical,d^a,"));
    assert!(fs::read_to_string(folder.path().join("capacity.svg")).unwrap().starts_with("<svg"));

    let args =
        ["generalisation", "--networks=euclidean:1", "--sizes=2,20", "--starts=10", "--steps=50"];
    let (found, folder) = rows(&args);
    assert_eq!(found.len(), 2);
    for row in found {
        let kinds = ["training", "mixtures", "new", "unreached"].map(|kind| number(&row, kind));
        assert!((kinds.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{row}");
    }
    assert!(folder.path().join("euclidean-1.png").exists());
}

/// Small classifiers of the bundled digits; the runs are kept, and not trained again.
#[test]
fn prototypes_trains_and_compares_classifiers() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let args = [
        "prototypes",
        "--json",
        "--quiet",
        "--degrees=3:500,20:400",
        "--images=8",
        "--force",
        "--out",
        out,
    ];
    let small =
        ["data.source=bundled", "task.memories=60", "training.epochs=4", "training.batch_size=100"];
    let small = small.map(|setting| format!("--set={setting}"));
    let small: Vec<&str> = small.iter().map(String::as_str).collect();
    let run = || {
        let output = experiment(&[&args[..], &small].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let results = fs::read_to_string(folder.path().join("results.json")).unwrap();
        serde_json::from_str::<Vec<Value>>(&results).unwrap()
    };
    let rows = run();
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert!(number(row, "test_error") < 0.6 && number(row, "distance") > 0.1, "{row}");
        assert!((1.0..60.0).contains(&number(row, "deciding")), "{row}");
        assert!(number(row, "deceived") > 0.5, "{row}");
    }
    // Of the lower degree, more memories decide together.
    assert!(number(&rows[0], "deciding") > number(&rows[1], "deciding"));
    let transfer = fs::read_to_string(folder.path().join("transfer.csv")).unwrap();
    assert_eq!(transfer.lines().count(), 1 + 4);
    assert!(transfer.contains("\n3,3,1\n") && transfer.contains("\n20,20,1\n"), "{transfer}");
    for name in
        ["degree-3.png", "degree-20.png", "degree-3/patterns.png", "degree-20/metrics.jsonl"]
    {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    // The measured speed would be another.
    let metrics = || fs::read_to_string(folder.path().join("degree-3/metrics.jsonl")).unwrap();
    let trained = metrics();
    assert_eq!(run(), rows);
    assert_eq!(metrics(), trained);
}

#[test]
fn beta_varies_one_number() {
    let args = ["beta", "--similarity=cosine", "--betas=0.5,8", "--sizes=10", "--sets=1"];
    let (rows, _folder) = rows(&args);
    let betas: Vec<_> =
        rows.iter().map(|row| (row["network"].clone(), row["beta"].clone())).collect();
    assert_eq!(betas, [("cosine:0.5".into(), 0.5.into()), ("cosine:8".into(), 8.0.into())]);
}

/// The same seed draws the same; another draws others.
#[test]
fn an_experiment_repeats() {
    let run = |seed: &str| {
        let args =
            ["noise", "--networks=dot:1", "--levels=1", "--sizes=50", "--sets=2", "--seed", seed];
        let (rows, _folder) = rows(&args);
        number(&rows[0], "mse")
    };
    assert_eq!(run("1"), run("1"));
    assert_ne!(run("1"), run("2"));
}

#[test]
fn mistakes_are_clear_errors() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    fs::write(folder.path().join("results.csv"), "mine").unwrap();
    for (args, expected) in [
        (&["load", "--sizes=20000"][..], "`sizes` is 20000; allowed: up to 10000"),
        (&["compare", "--networks=hebb"], "allowed: classical, pseudo_inverse"),
        (&["compare", "--networks=dot:0"], "allowed: dot:BETA with a β above 0"),
        (&["mask", "--hidden=nothing"], "allowed: unknown, paper, ink"),
        (&["noise", "--levels=0.1", "--flips=0.1"], "cannot be used with"),
        (&["load", "--noise=1", "--flip=0.1"], "cannot be used with"),
        (&["beta", "--similarity=l2"], "allowed: dot"),
        (&["fixed-points", "--starts=0"], "allowed: a whole number from 1"),
        (&["prototypes", "--degrees=20"], "allowed: a degree and a temperature, such as 20:540"),
        (
            &["prototypes", "--degrees=1:540"],
            "task.degree = 1; allowed: a whole number from 2 to 100",
        ),
        (&["prototypes", "--degrees=20:540,20:600"], "--degrees has 20 twice"),
        (&["generalisation", "--starts=3000"], "`starts` is 3000; allowed: 2 to 2000"),
        (
            &["capacity", "--most=1000000", "--dims=1000"],
            "`most` is 1000000; allowed: up to 500000 for 1000 units",
        ),
        (&["compare", "--data=nowhere"], "nowhere"),
        (
            &["fixed-points", "--data=random", "--dim=1000", "--sizes=2", "--starts=1000000"],
            "`starts` is 1000000; allowed: up to 500000",
        ),
        (
            &["compare", "--data=random", "--dim=2", "--sizes=200000", "--queries=100000"],
            "`queries` is 100000; allowed: up to 2500",
        ),
        (&["compare", "--ink=2"], "allowed: a number from 0 to 1"),
        (&["compare", "--out", out], "--force"),
        (&["compare", "--dim=100"], "--dim with --data bundled; allowed: only with --data random"),
        (
            &["compare", "--data=random", "--ink=0"],
            "--ink with --data random; allowed: only with images",
        ),
        (&["mask", "--data=random", "--masks=left"], "allowed: top, bottom, or random:F"),
        (
            &["load", "--data=random", "--dim=1000000", "--sizes=1000000"],
            "allowed: up to 500 for 1000000 units",
        ),
        (
            &["load", "--data=random", "--dim=50000", "--sizes=2"],
            "it has a weight for every pair of units",
        ),
        (
            &["compare", "--networks=dot:8:top_k:0"],
            "`separation.k` is 0; allowed: a whole number, 1 or more",
        ),
        (
            &["compare", "--networks=dot:1e37:polynomial:3", "--sizes=20", "--sets=1"],
            "allowed: networks whose answers do not overflow f32",
        ),
        (
            &["fixed-points", "--networks=dot:1e37:polynomial:3", "--sizes=20", "--starts=5"],
            "allowed: networks whose answers do not overflow f32",
        ),
    ] {
        let output = experiment(args);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert!(message.contains(expected) && !message.contains("panicked"), "{args:?}: {message}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("results.csv")).unwrap(), "mine");
    let quick = ["noise", "--networks=dot:1", "--sizes=3", "--sets=1", "--out", out, "--force"];
    assert!(experiment(&quick).status.success());
    assert!(fs::read_to_string(folder.path().join("results.csv")).unwrap().starts_with("network,"));
    let asked = fs::read_to_string(folder.path().join("experiment.json")).unwrap();
    let asked: Value = serde_json::from_str(&asked).unwrap();
    assert_eq!(asked["experiment"], "noise");
    assert!(asked["command"].as_array().unwrap().contains(&"--networks=dot:1".into()));
    assert_eq!(asked["data_sha256"].as_str().unwrap().len(), 64);

    // What was there and is no experiment's stays; a curve of the one before goes.
    fs::write(folder.path().join("mine.txt"), "mine").unwrap();
    assert!(folder.path().join("curves.svg").exists());
    assert!(experiment(&[&quick[..], &["--levels=1"]].concat()).status.success());
    assert!(!folder.path().join("curves.svg").exists());
    assert_eq!(fs::read_to_string(folder.path().join("mine.txt")).unwrap(), "mine");
}
