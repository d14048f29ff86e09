//! Sweep files.

use std::path::Path;

use super::*;

fn parse(source: &str) -> Result<Sweep, Vec<String>> {
    let problems = |found: Vec<Problem>| found.iter().map(ToString::to_string).collect();
    Sweep::parse(Path::new("s.toml"), source, &[]).map_err(problems)
}

fn names(source: &str) -> Vec<String> {
    parse(source).unwrap().runs.into_iter().map(|run| run.name).collect()
}

const DIGITS: &str = "example = \"digits\"\n";

#[test]
fn every_position_meets_every_other_and_every_seed() {
    let axes = "seeds = [1, 5]\n[[axes]]\nlayers.0.beta = [0.1, 1.0]\n[[axes]]\n\
                layers.1.patterns = { from = 16, to = 64, count = 3, scale = \"log\" }\n";
    let sweep = parse(&format!("{DIGITS}{axes}")).unwrap();
    assert_eq!(sweep.base, ["--example", "digits"]);
    assert_eq!(sweep.runs.len(), 2 * 3 * 2);
    let names: Vec<&str> = sweep.runs.iter().map(|run| &*run.name).collect();
    assert_eq!(
        names[..3],
        [
            "beta=0.1,patterns=16,seed=1",
            "beta=0.1,patterns=16,seed=5",
            "beta=0.1,patterns=32,seed=1"
        ]
    );
    let last = &sweep.runs[11];
    assert_eq!(last.set, ["layers.0.beta=1.0", "layers.1.patterns=64", "seed=5"]);
    assert_eq!((last.config.seed, last.config.layers[2].patterns), (5, 64));
}

#[test]
fn keys_of_one_axis_are_moved_together() {
    let axes = "[settings]\ntraining = { epochs = 3 }\n[[axes]]\nlayers.0.patterns = [8, 16]\nlayers.1.patterns = [10, 20]\n";
    let sweep = parse(&format!("{DIGITS}{axes}")).unwrap();
    let patterns: Vec<_> = sweep
        .runs
        .iter()
        .map(|run| &run.config.layers)
        .map(|layers| (layers[0].patterns, layers[2].patterns))
        .collect();
    assert_eq!(patterns, [(8, 10), (16, 20)]);
    assert_eq!(sweep.runs[0].name, "layers.0.patterns=8,layers.1.patterns=10");
    assert!(sweep.runs.iter().all(|run| run.config.training.epochs == 3 && run.config.seed == 1));
}

#[test]
fn random_ranges_are_drawn_as_often_as_the_budget_says() {
    let random = |budget| {
        names(&format!(
            "{DIGITS}budget = {budget}\n[[axes]]\ntraining.learning_rate = {{ from = 0.01, to = 1.0, scale = \"log\", random = true }}\n\
             [[axes]]\nlayers.0.patterns = [8, 16]\n[[axes]]\ntraining.batch_size = {{ from = 50, to = 200, random = true }}\n"
        ))
    };
    let (three, five) = (random(3), random(5));
    assert_eq!((three.len(), five.len()), (6, 10));
    // More draws are added to those that there are.
    assert!(three.iter().all(|name| five.contains(name)), "{three:?} {five:?}");
    // What is drawn twice is one run.
    let few = names(&format!(
        "{DIGITS}budget = 20\n[[axes]]\nlayers.0.patterns = {{ from = 1, to = 3, random = true }}\n"
    ));
    assert_eq!(few.len(), 3, "{few:?}");
}

#[test]
fn names_are_for_file_systems_and_differ() {
    let axes = "[[axes]]\ndata.train = [\"a b/c.npy\", \"a b?c.npy\"]\n[[axes]]\nlayers.0.separation = [\"sparsemax\", { kind = \"top_k\", k = 3 }]\n";
    let names = names(&format!("{DIGITS}{axes}"));
    assert!(names[0].starts_with("train=a_b_c.npy,separation=sparsemax-"), "{names:?}");
    assert!(names[1].starts_with("train=a_b_c.npy,separation=k_3_kind_top_k-"), "{names:?}");
    let mut distinct = names.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 4);
    assert_eq!(
        self::names(&format!("{DIGITS}[[axes]]\nlayers.0.beta = [1, 1.0, 1]\n")),
        ["beta=1"]
    );
    let long = format!("{DIGITS}[[axes]]\ndata.train = [\"{}\"]\n", "x".repeat(300));
    assert_eq!(self::names(&long)[0].len(), names::LONGEST + 9);
}

#[test]
fn values_that_their_config_refuses_are_told_with_line_and_key() {
    let axes = "[[axes]]\nlayers.0.beta = [0.1,\n  -1.0]\n[[axes]]\ntraining.epoch = [3]\n[[axes]]\nlayers.7.patterns = [3]\n";
    let problems = parse(&format!("{DIGITS}{axes}")).unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[0].starts_with("s.toml:4: layers.0.beta = -1.0; allowed: "), "{problems:?}");
    assert_eq!(problems[1], "s.toml:6: unknown key training.epoch = 3; did you mean `epochs`?");
    assert_eq!(problems[2], "s.toml:8: `layers` has 2 items, counted from 0, but no `7`");
}

#[test]
fn everything_wrong_with_a_file_is_told_at_once() {
    let source = "seed = 3\nexample = \"digit\"\nseeds = [1, 1]\nbudget = 0\n[[axes]]\nlayers.0.beta = 3\n[[axes]]\n\
                  layers.0.patterns = [1, 2]\nlayers.1.patterns = [1, 2, 3]\n[[axes]]\n\
                  training.learning_rate = { from = 0.0, to = 1.0, count = 3, scale = \"log\" }\n[[axes]]\nlayers.0.beta = [1]\n";
    let expected = [
        "s.toml:1: unknown key seed; allowed here: config, example, seeds, budget, settings, axes",
        "s.toml:2: example = \"digit\"; allowed: digits, accurate, gallery, readable, digits-denoise, deep, best-64, best-256, classify",
        "s.toml:3: seeds = [1, 1]; allowed: a list of different whole numbers, such as [1, 2, 3]",
        "s.toml:4: budget is the number of draws of random ranges, but there are none; remove it",
        "s.toml:4: budget = 0; allowed: a whole number from 1 to 100000",
        "s.toml:6: layers.0.beta = 3; allowed: a list of values, { from = …, to = …, count = … } or { from = …, to = …, random = true }, \
         each with scale = \"log\" if wanted",
        "s.toml:7: layers.0.patterns has 2 values and layers.1.patterns 3; keys of one axis are moved together, so they need as many; \
         give one an axis of its own with [[axes]], or as many values",
        "s.toml:11: training.learning_rate = { from = 0.0, to = 1.0, count = 3, scale = \"log\" }; allowed: 0 < from < to",
        "s.toml:13: layers.0.beta is in two axes; keep one",
    ];
    let mut problems = parse(source).unwrap_err();
    problems.sort_by_key(|problem| {
        problem.split(':').nth(1).and_then(|line| line.parse::<usize>().ok())
    });
    let mut expected: Vec<String> = expected.map(str::to_owned).into();
    // Two are on one line.
    expected[3..5].sort();
    problems[3..5].sort();
    assert_eq!(problems, expected);

    // A date, and numbers that f64 or a run can't hold; a value that the config refuses; one for all that is an axis.
    let source = "[settings]\nlayers.1.beta = nan\nlayers.0.patterns = 3\n[[axes]]\nlayers.0.beta = [1979-05-27]\n[[axes]]\n\
                  layers.0.patterns = [-1]\n[[axes]]\nlayers.2.beta = { from = -1e308, to = 1e308, count = 3 }\n[[axes]]\n\
                  training.epochs = [1, 2]\ntraining.batch_size = { from = 1, to = 9, random = true }\n";
    let problems = parse(&format!("{DIGITS}{source}")).unwrap_err();
    let lines: Vec<&str> =
        problems.iter().map(|problem| problem.split(" = ").next().unwrap()).collect();
    assert_eq!(
        lines[..3],
        [
            "s.toml:3: settings.layers.1.beta",
            "s.toml:4: layers.0.patterns differs from run to run, so layers.0.patterns can't be set for all; remove one",
            "s.toml:6: layers.0.beta"
        ],
        "{problems:?}"
    );
    assert!(problems[3].starts_with("s.toml:8: layers.0.patterns = -1; allowed: "), "{problems:?}");
    assert!(problems[4].ends_with("allowed: from < to"), "{problems:?}");
    assert!(
        problems.iter().any(|problem| problem.contains("some of these are drawn at random")),
        "{problems:?}"
    );

    let one = |source: &str| parse(source).unwrap_err().join("\n");
    assert!(one("seeds = [1]\n").starts_with("there is no base config; add config = "));
    let random = "[[axes]]\ntraining.batch_size = { from = 1, to = 9, random = true }\n";
    assert_eq!(
        one(&format!("{DIGITS}{random}")),
        "s.toml:3: training.batch_size is drawn at random; add budget = N at the top, the number of draws"
    );
    assert!(one("config = \"nowhere.toml\"\n").starts_with("s.toml:1: nowhere.toml: "));
    let many = "training.batch_size = { from = 1, to = 10000, count = 10000 }";
    let more = "training.epochs = { from = 1, to = 10000, count = 10000 }";
    assert_eq!(
        one(&format!("{DIGITS}[[axes]]\n{many}\n[[axes]]\n{more}\n")),
        "the axes make 100000000 runs; allowed: at most 100000"
    );
}
