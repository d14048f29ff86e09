//! Runs in groups that differ in the seed only, and what was measured of each.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use hopfield_train::RunState;
use serde_json::Value;

use super::run::Run;
use crate::error::Error;

/// Runs in groups that differ in the seed only, the best group first.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) runs: Vec<Run>,
    /// The settings in which runs differ, but for the seed and for settings that always equal another.
    pub(super) keys: Vec<String>,
    /// The settings that always equal another, each with the other.
    pub(super) same: Vec<(String, String)>,
    pub(super) measures: Vec<Measure>,
    /// The place of the measure that groups are ranked by, if they have one in common.
    rank: Option<usize>,
    pub(super) groups: Vec<Group>,
}

/// Something that is measured of every run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) name: String,
    /// Whether less is better; none: neither is.
    pub(super) less_is_better: Option<bool>,
}

impl Measure {
    /// Whether it is an error on rows that were not trained on.
    pub(super) fn is_error(&self) -> bool {
        is_error(&self.name)
    }
}

fn is_error(measure: &str) -> bool {
    ["validation_", "test_"].iter().any(|rows| measure.starts_with(rows))
}

/// Runs that differ in the seed only.
#[derive(Debug)]
pub(super) struct Group {
    /// The value of each key.
    pub(super) settings: Vec<Value>,
    /// The places of its runs.
    pub(super) runs: Vec<usize>,
    /// What was found of its finished runs, for each measure.
    pub(super) found: Vec<Option<Spread>>,
}

/// The mean of some numbers and, of several, their standard deviation (with n − 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) mean: f64,
    pub(super) deviation: Option<f64>,
}

impl Spread {
    fn of(numbers: &[f64]) -> Option<Self> {
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let squares = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>();
        let deviation = (numbers.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
        (!numbers.is_empty()).then_some(Self { mean, deviation })
    }
}

impl Comparison {
    /// `sort`: the name of the measure to rank by. `each`: every run is a group of its own.
    ///
    /// # Errors
    ///
    /// There is no such measure.
    pub(super) fn new(mut runs: Vec<Run>, sort: Option<&str>, each: bool) -> Result<Self, Error> {
        name(&mut runs);
        let (keys, same) = keys(&runs, each);
        let measures = measures(&runs);
        let rank = rank(&runs, &measures, sort)?;
        let mut groups: Vec<Group> = Vec::new();
        for (place, run) in runs.iter().enumerate() {
            let settings: Vec<Value> = keys.iter().map(|key| run.setting(key).clone()).collect();
            match groups.iter_mut().find(|group| !each && group.settings == settings) {
                Some(group) => group.runs.push(place),
                None => groups.push(Group { settings, runs: vec![place], found: Vec::new() }),
            }
        }
        for group in &mut groups {
            let of = |measure: &Measure| {
                let finished =
                    group.runs.iter().map(|&place| &runs[place]).filter(|run| is_finished(run));
                let numbers: Vec<f64> =
                    finished.filter_map(|run| run.measure(&measure.name)).collect();
                Spread::of(&numbers)
            };
            group.found = measures.iter().map(of).collect();
        }
        let ranked = rank.map(|rank| &measures[rank]);
        let less = ranked.and_then(|measure| measure.less_is_better) != Some(false);
        groups.sort_by(|a, b| {
            let mean = |group: &Group| group.found[rank?].map(|of| of.mean);
            match (mean(a), mean(b)) {
                (Some(a), Some(b)) if less => a.total_cmp(&b),
                (Some(a), Some(b)) => b.total_cmp(&a),
                (a, b) => b.is_some().cmp(&a.is_some()),
            }
        });
        Ok(Self { runs, keys, same, measures, rank, groups })
    }

    /// The measure that groups are ranked by, if they have one in common.
    pub(super) fn ranked_by(&self) -> Option<&Measure> {
        self.rank.map(|rank| &self.measures[rank])
    }

    /// The group with the best mean of a measure, if two or more have one.
    pub(super) fn best(&self, measure: usize) -> Option<usize> {
        let less = self.measures[measure].less_is_better?;
        let means = self.groups.iter().enumerate();
        let means = means.filter_map(|(place, group)| Some((place, group.found[measure]?.mean)));
        let means: Vec<(usize, f64)> = means.collect();
        let better = |a: f64, b: f64| {
            let order = a.total_cmp(&b);
            if less { order } else { order.reverse() }
        };
        let best = means.iter().min_by(|a, b| better(a.1, b.1).then(Ordering::Less));
        best.filter(|_| means.len() > 1).map(|&(place, _)| place)
    }

    /// How many runs have ended.
    pub(super) fn finished(&self) -> usize {
        self.runs.iter().filter(|run| is_finished(run)).count()
    }

    /// How many runs of a group have ended.
    pub(super) fn finished_of(&self, group: &Group) -> usize {
        group.runs.iter().filter(|&&run| is_finished(&self.runs[run])).count()
    }

    /// The short name of a key: its last part, unless that of another ends alike.
    pub(super) fn short(&self, key: &str) -> String {
        hopfield_train::short_key(key, &self.keys)
    }
}

pub(super) fn is_finished(run: &Run) -> bool {
    run.state == RunState::Finished
}

/// Names runs by their paths, without the folders that all of them are in.
fn name(runs: &mut [Run]) {
    let parents = |run: &Run| run.path.parent().map(std::path::Path::to_path_buf);
    let mut common = runs.first().and_then(parents);
    while let Some(folder) = common.take() {
        if runs.iter().all(|run| run.path.starts_with(&folder)) {
            for run in runs.iter_mut() {
                let rest = run.path.strip_prefix(&folder).unwrap_or(&run.path);
                run.name = rest.display().to_string();
            }
            return;
        }
        common = folder.parent().map(std::path::Path::to_path_buf);
    }
}

/// The settings in which runs differ, and those that always equal one of these. The seed makes groups, unless each run is one, and
/// what is kept of a run changes nothing in it.
fn keys(runs: &[Run], each: bool) -> (Vec<String>, Vec<(String, String)>) {
    let mut keys: Vec<String> = Vec::new();
    let mut same: Vec<(String, String)> = Vec::new();
    let mut seen = BTreeSet::new();
    let all = runs.iter().flat_map(|run| &run.settings).map(|(key, _)| key);
    for key in all.filter(|key| seen.insert(*key)) {
        let mut values = runs.iter().filter(|run| run.can_have(key)).map(|run| run.setting(key));
        let first = values.next();
        let differs = values.any(|value| Some(value) != first);
        if key == "seed" && !each || key.starts_with("output.") || !differs {
            continue;
        }
        let equals =
            |other: &&String| runs.iter().all(|run| run.setting(other) == run.setting(key));
        match keys.iter().find(equals) {
            Some(other) => same.push((key.clone(), other.clone())),
            None => keys.push(key.clone()),
        }
    }
    (keys, same)
}

/// The names of the errors that runs have after each epoch: those that begin with the first of these words, then with the second, …
pub(super) fn errors_of_epochs(runs: &[Run], words: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for word in words {
        for line in runs.iter().filter_map(|run| run.metrics.last()) {
            let found = line.as_object().into_iter().flat_map(|line| line.keys());
            for name in found.filter(|name| name.starts_with(word)) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
    }
    names
}

/// What runs were measured by: errors on validation and test rows, then what there is of every stack.
fn measures(runs: &[Run]) -> Vec<Measure> {
    let mut names = Vec::new();
    for name in errors_of_epochs(runs, &["validation_", "test_"]) {
        // Of runs with validation rows, the test error is known at the end.
        let test = name.replace("validation_", "test_");
        for name in [name, test] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.sort_by_key(|name| !name.starts_with("validation_"));
    let others = ["simplex_bound", "likeness", "used", "seconds"].map(str::to_owned);
    let all = names.into_iter().chain(others);
    let measured = all.filter(|name| {
        runs.iter().filter(|run| is_finished(run)).any(|run| run.measure(name).is_some())
    });
    let measure = |name: String| {
        let less_is_better = match &*name {
            "likeness" => Some(false),
            name if is_error(name) => Some(true),
            _ => None,
        };
        Measure { name, less_is_better }
    };
    measured.map(measure).collect()
}

/// The place of the measure to rank by: the error on validation rows, if all finished runs have it, or else on test rows.
fn rank(runs: &[Run], measures: &[Measure], sort: Option<&str>) -> Result<Option<usize>, Error> {
    if let Some(sort) = sort
        && !measures.is_empty()
    {
        let place = measures.iter().position(|measure| measure.name == sort);
        return place.map(Some).ok_or_else(|| {
            let names: Vec<&str> = measures.iter().map(|measure| &*measure.name).collect();
            format!("--sort {sort}; allowed: {}", names.join(", ")).into()
        });
    }
    let of_all = |measure: &Measure| {
        let mut finished = runs.iter().filter(|run| is_finished(run));
        measure.is_error() && finished.all(|run| run.measure(&measure.name).is_some())
    };
    Ok(measures.iter().position(of_all))
}
