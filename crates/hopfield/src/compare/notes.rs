//! What a reader must know before comparing.

use std::collections::BTreeMap;

use hopfield_report::counted;

use super::comparison::Comparison;
use super::run::Run;

impl Comparison {
    /// What has to be said: what runs are ranked by, whether their data and programs are the same, and which have not ended.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let left = self.runs.len() - self.finished();
        if left > 0 {
            let all = counted(self.runs.len(), "run");
            notes.push(format!(
                "{left} of {all} not finished: not begun, still training, interrupted or failed. Means cover finished runs only."
            ));
        }
        if self.groups.len() > 1 && self.finished() > 0 {
            let by = self.ranked_by().map(|measure| measure.name.replace('_', " "));
            notes.push(match by {
                None => "Not ranked: the runs have no error in common.".to_owned(),
                Some(by) if by.starts_with("test ") => format!(
                    "Ranked by {by}: the best is chosen on the rows that it is measured on, so its own error looks lower than it is. \
                     Runs with data.validation are ranked on rows of their own."
                ),
                Some(by) => format!("Ranked by {by}."),
            });
        }
        let unlike: Vec<&str> =
            self.keys.iter().map(|key| &**key).filter(|key| is_of_the_question(key)).collect();
        if !unlike.is_empty() {
            notes.push(format!(
                "Runs differ in {}, so their errors measure different things.",
                unlike.join(", ")
            ));
        }
        let of_data = self.counted(|run| {
            let sha256 = &run.provenance.as_ref()?.data_sha256;
            Some(sha256.get(..8).unwrap_or(sha256).to_owned())
        });
        if of_data.len() > 1 {
            notes.push(format!(
                "Runs have different data, so their errors can't be compared; SHA-256 of the rows: {}.",
                listed(&of_data)
            ));
        }
        for program in ["hopfield-train", "burn", "target"] {
            let version = |run: &Run| run.provenance.as_ref()?.versions.get(program).cloned();
            let of_version = self.counted(version);
            if of_version.len() > 1 {
                notes.push(format!(
                    "Runs were made with different {program}: {}.",
                    listed(&of_version)
                ));
            }
        }
        for key in &self.keys {
            let same = self.same.iter().filter(|(_, of)| of == key).map(|(other, _)| &**other);
            let same = same.collect::<Vec<_>>().join(", ");
            if !same.is_empty() {
                notes.push(format!("Always equal to {key}, so not shown: {same}."));
            }
        }
        notes
    }

    /// How many runs have each of these properties.
    fn counted(&self, property: impl Fn(&Run) -> Option<String>) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for found in self.runs.iter().filter_map(property) {
            *counts.entry(found).or_default() += 1;
        }
        counts
    }
}

/// Whether a setting decides what is asked of a network, on which rows, and not how it answers.
fn is_of_the_question(key: &str) -> bool {
    let task = ["kind", "noise", "std", "fraction", "mask", "labels"];
    key.starts_with("data.") || key.strip_prefix("task.").is_some_and(|key| task.contains(&key))
}

fn listed(counts: &BTreeMap<String, usize>) -> String {
    let each = counts.iter().map(|(what, &count)| format!("{what} ({})", counted(count, "run")));
    each.collect::<Vec<_>>().join(", ")
}
