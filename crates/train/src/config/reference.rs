//! The config reference, `docs/config.md`, made from the keys that the reader asks for.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use super::node;
use super::read;
use super::section::{Key, Notes, Section};

const HEAD: &str = "# The training config

Every key of a `train` config, with its default and what is allowed. Made from the program that reads it; the tests compare.
Any key can be set from the command line, too: `--set training.epochs=5`, `--set layers.0.patterns=100`; an empty value takes it out:
`--set training.gradient_limit=`.
";

/// A key, and the assignments without which it is not read.
struct Found {
    key: Key,
    with: Vec<String>,
}

/// All keys: read once, then once more for every value that decides which keys there are.
fn keys() -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut decided = BTreeSet::new();
    let mut left = VecDeque::from([Vec::<String>::new()]);
    while let Some(assignments) = left.pop_front() {
        let mut root = node::parse("", "[[layers]]\n").unwrap();
        for assignment in &assignments {
            node::set(&mut root, assignment, String::new()).unwrap();
        }
        let notes = Notes::default();
        read::config(&mut Section::root(&root, &notes));
        let mut position = 0;
        for key in notes.into_keys() {
            for value in &key.decides {
                if decided.insert((key.path.clone(), value.clone())) {
                    let mut more: Vec<String> = assignments.clone();
                    more.push(format!("{}={value}", key.path));
                    left.push_back(more);
                }
            }
            // New keys stand after the one that was read before them.
            match found.iter().position(|known| known.key == key) {
                Some(known) => position = known + 1,
                None => {
                    found.insert(position, Found { key, with: assignments.clone() });
                    position += 1;
                }
            }
        }
    }
    found
}

fn reference() -> String {
    let mut text = HEAD.to_owned();
    let mut table = "";
    let mut keys = keys();
    const TABLES: [&str; 6] = ["", "data", "task", "layers", "training", "output"];
    keys.sort_by_key(|found| {
        let table = found.key.path.split_once('.').map_or("", |(table, _)| table);
        TABLES.iter().position(|known| *known == table)
    });
    for Found { key, with } in &keys {
        let path = key.path.replacen("layers.0.", "layers.", 1);
        let (name, inside) = path.split_once('.').unwrap_or(("", &path));
        let heading = match name {
            "" => "Top level",
            "data" => "`[data]`",
            "task" => "`[task]`",
            "layers" => "`[[layers]]`, one or more, from the input on",
            "training" => "`[training]`",
            "output" => "`[output]`",
            other => panic!("no heading for {other}"),
        };
        if heading != table {
            write!(text, "\n## {heading}\n\n| key | default | allowed | |\n|---|---|---|---|\n")
                .unwrap();
            table = heading;
        }
        // A table's own keys need no saying that it is there.
        let conditions = with.iter().filter(|assignment| !assignment.ends_with("={}"));
        let conditions: Vec<String> = conditions
            .map(|assignment| {
                let (path, value) = assignment.split_once('=').unwrap();
                let prefix = path.rsplit_once('.').map_or("", |(prefix, _)| prefix);
                let near = key.path.rsplit_once('.').map_or("", |(prefix, _)| prefix) == prefix;
                let path = path.replacen("layers.0.", "", 1);
                let name = if near { path.rsplit('.').next().unwrap() } else { &path };
                format!("`{name} = {value}`")
            })
            .collect();
        let meaning = match conditions.is_empty() {
            true => key.meaning.to_owned(),
            false => format!("With {}: {}", conditions.join(" and "), key.meaning),
        };
        let default =
            key.default.as_deref().map_or("needed".into(), |default| format!("`{default}`"));
        let default = match (inside, default.as_str()) {
            ("device", _) => "the first there is",
            (_, "`none`") => "none",
            (_, other) => other,
        };
        writeln!(text, "| `{inside}` | {default} | {} | {meaning} |", key.allowed).unwrap();
    }
    text
}

/// Set `UPDATE_REFERENCE=1` to write it.
#[test]
fn the_config_reference_is_what_the_program_reads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md");
    let reference = reference();
    if env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write(&path, &reference).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    assert!(
        written == reference,
        "docs/config.md is out of date; write it anew with UPDATE_REFERENCE=1 cargo test"
    );
}
