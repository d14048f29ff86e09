//! `hopfield experiment` against the figures of independent programs, and as a user runs it.

use std::collections::BTreeMap;
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

/// Rows by network, damage and number of patterns.
fn by_case(rows: &[Value]) -> BTreeMap<(String, String, u64), &Value> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let key = |row: &Value| {
        (text(row, "network"), text(row, "damage"), row["patterns"].as_u64().unwrap())
    };
    rows.iter().map(|row| (key(row), row)).collect()
}

/// NumPy on other 10,000 digits of MNIST; the deviations are those between sets of patterns, over the sets there are here.
#[test]
fn digits_without_their_lower_half_are_found_as_often_as_elsewhere() {
    let (rows, _folder) = rows(&[
        "mask",
        "--networks=classical,notebook,exponential:1,dot:8,cosine:1000,centred_dot:8",
        "--sizes=1,2,3,10,100,1000",
        "--ink=0",
        "--sets=30",
    ]);
    let cases = by_case(&rows);
    let check = |network: &str, damage: &str, patterns, key: &str, expected: f64, within: f64| {
        let found = number(cases[&(network.into(), format!("bottom {damage}"), patterns)], key);
        assert!(
            (found - expected).abs() <= within,
            "{network}, {damage}, {patterns} patterns, {key}: {found}, not {expected} ± {within}"
        );
    };
    for (patterns, top_1, within) in
        [(1, 1.0, 0.0), (2, 1.0, 0.01), (3, 0.392, 0.06), (100, 0.018, 0.02)]
    {
        check("classical", "unknown", patterns, "top_1", top_1, within);
    }
    check("classical", "unknown", 10, "exact", 0.0, 0.001);
    for (patterns, exact) in [(1, 1.0), (2, 0.993), (3, 0.885), (10, 0.011)] {
        // "Hidden" is ink there, and every answer is turned round.
        check("notebook", "ink", patterns, "exact", 0.0, 0.0);
        check("notebook", "ink", patterns, "exact_up_to_sign", exact, 0.1);
    }
    for (patterns, exact, within) in [(10, 0.91, 0.04), (100, 0.684, 0.04), (1000, 0.435, 0.06)] {
        check("exponential:1", "paper", patterns, "exact", exact, within);
        check("exponential:1", "unknown", patterns, "exact", 1.0, 0.02);
    }
    for (patterns, dot, cosine, centred) in
        [(10, 0.939, 0.997, 1.0), (100, 0.629, 0.992, 0.998), (1000, 0.282, 0.964, 0.993)]
    {
        check("dot:8", "unknown", patterns, "top_1", dot, 0.07);
        check("cosine:1000", "unknown", patterns, "top_1", cosine, 0.015);
        check("centred_dot:8", "unknown", patterns, "top_1", centred, 0.01);
    }
    // Grey paper is 0, which says nothing to a dot product: once is enough.
    assert!(!cases.contains_key(&("dot:8".into(), "bottom paper".into(), 10)));
}

#[test]
fn the_best_beta_is_neither_the_smallest_nor_the_largest() {
    let (rows, folder) =
        rows(&["beta", "--betas=0.05,0.1,0.5,2,16", "--sizes=10,100,1000", "--sets=10"]);
    for patterns in [10, 100, 1000] {
        let of = rows.iter().filter(|row| row["patterns"] == patterns);
        let errors: Vec<f64> = of.clone().map(|row| number(row, "mse")).collect();
        let best = errors.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(errors.len(), 5);
        assert!(errors[0] > 1.2 * best && errors[4] > 1.2 * best, "{errors:?}");
        let entropies: Vec<f64> = of.map(|row| number(row, "entropy")).collect();
        assert!(entropies.is_sorted_by(|a, b| a > b), "{entropies:?}");
        assert!(entropies[0] < f64::from(patterns).ln());
    }
    let svg = fs::read_to_string(folder.path().join("curves.svg")).unwrap();
    assert!(svg.contains("1000 patterns") && svg.matches("<polyline").count() >= 3);
}

/// N = 100 neurons and 2,000 memories: pairwise and third powers lose them, fifth powers find one from anywhere.
#[test]
fn steep_energies_have_no_minima_but_the_patterns() {
    let (rows, folder) = rows(&[
        "fixed-points",
        "--data=random",
        "--dim=100",
        "--sizes=2000",
        "--starts=100",
        "--networks=polynomial:2,polynomial:3,polynomial:4,polynomial:5",
    ]);
    let at = |row: &Value| number(row, "at_pattern") + number(row, "at_negative");
    assert_eq!(
        rows.iter().map(|row| number(row, "fixed")).collect::<Vec<_>>(),
        [0.0, 0.0, 1.0, 1.0]
    );
    assert!(at(&rows[0]) == 0.0 && at(&rows[1]) == 0.0);
    assert!(at(&rows[2]) > 0.6 && number(&rows[2], "at_negative") > 0.2);
    assert_eq!(number(&rows[3], "at_pattern"), 1.0);
    let histogram = fs::read_to_string(folder.path().join("overlaps.csv")).unwrap();
    assert_eq!(histogram.lines().count(), 1 + 4 * 20);
    assert!(fs::read_to_string(folder.path().join("overlaps.svg")).unwrap().starts_with("<svg"));
}

#[test]
fn every_experiment_writes_a_table_and_pictures() {
    let small = ["--sizes=3,20", "--sets=2", "--queries=5"];
    let networks = "--networks=pseudo_inverse,rectified:30,euclidean:8:entmax_1.5";
    for (name, more, damages) in [
        ("capacity", &["--flip=0.1"][..], 1),
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

/// `exp(α d)` patterns are stored, α = ½ I(1 − 2ρ), if a fraction ρ of a query is wrong (Demircigil et al. 2017): at most so
/// many, as d grows. At the bound itself, most are.
#[test]
fn exponential_networks_hold_what_the_theory_says() {
    for (dim, wrong, bound, restored) in [
        ("20", "0", "1025", 0.97),
        ("20", "0.1", "40", 0.93),
        ("30", "0.1", "250", 0.97),
        ("30", "0.2", "19", 0.9),
    ] {
        let (rows, _folder) = rows(&[
            "capacity",
            "--data=random",
            "--networks=exponential:1",
            "--sets=10",
            "--dim",
            dim,
            "--flip",
            wrong,
            "--sizes",
            bound,
        ]);
        assert!(number(&rows[0], "exact") > restored, "{}", rows[0]);
    }
}

/// All at once, the units of a steep network may go round in circles; one after the other, they can't.
#[test]
fn asynchronous_updates_end() {
    let ended = |updates: &str| {
        let args = ["fixed-points", "--data=random", "--dim=60", "--sizes=500", "--starts=100"];
        let (rows, _folder) = rows(&[&args[..], &["--networks=exponential:1", updates]].concat());
        number(&rows[0], "at_pattern")
    };
    assert!(ended("--updates=synchronous") < 0.97);
    assert_eq!(ended("--updates=asynchronous"), 1.0);
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
        (
            &["capacity", "--sizes=20000"][..],
            "20000 patterns are to be stored, but there are 10000 images",
        ),
        (&["compare", "--networks=hebb"], "allowed: classical, pseudo_inverse"),
        (&["compare", "--networks=dot:0"], "allowed: dot:BETA with a β above 0"),
        (&["mask", "--hidden=nothing"], "allowed: unknown, paper, ink"),
        (&["noise", "--levels=0.1", "--flips=0.1"], "cannot be used with"),
        (&["capacity", "--noise=1", "--flip=0.1"], "cannot be used with"),
        (&["beta", "--similarity=l2"], "allowed: dot"),
        (&["fixed-points", "--starts=0"], "allowed: a whole number from 1"),
        (&["compare", "--data=nowhere"], "nowhere"),
        (
            &["fixed-points", "--data=random", "--dim=1000", "--sizes=2", "--starts=1000000"],
            "--starts 1000000 of 1000 units; allowed: up to 500000",
        ),
        (
            &["compare", "--data=random", "--dim=2", "--sizes=200000", "--queries=100000"],
            "allowed: --queries up to 2500",
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
            &["capacity", "--data=random", "--dim=1000000", "--sizes=1000000"],
            "allowed: 500000000 numbers",
        ),
        (
            &["capacity", "--data=random", "--dim=50000", "--sizes=2"],
            "classical has a weight for every pair of 50000 units",
        ),
        (
            &["compare", "--networks=dot:8:top_k:0"],
            "`separation.k` is 0; allowed: a whole number, 1 or more",
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
