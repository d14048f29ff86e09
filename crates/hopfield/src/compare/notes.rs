//! What a reader has to know before comparing.

use std::collections::BTreeMap;

use super::comparison::{Comparison, is_finished};
use super::run::Run;

impl Comparison {
    /// What has to be said: what runs are ranked by, whether their data and programs are the same, and which have not ended.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let finished = self.runs.iter().filter(|run| is_finished(run)).count();
        if finished < self.runs.len() {
            notes.push(format!(
                "{} of {} runs have not ended; means are those of finished runs.",
                self.runs.len() - finished,
                self.runs.len()
            ));
        }
        if let Some(measure) = self.ranked_by()
            && self.groups.len() > 1
        {
            let by = measure.name.replace('_', " ");
            notes.push(match measure.name.starts_with("test_") {
                true => format!(
                    "Ranked by {by}: the best is chosen on the rows that it is measured on, so its own error looks lower than it is. \
                     Runs with data.validation are ranked on rows of their own."
                ),
                false => format!("Ranked by {by}."),
            });
        }
        let of_data =
            self.counted(|run| Some(run.provenance.as_ref()?.data_sha256[..8].to_owned()));
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
                notes.push(format!("Not shown, as always the same as {key}: {same}."));
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

fn listed(counts: &BTreeMap<String, usize>) -> String {
    let each = counts
        .iter()
        .map(|(what, &count)| format!("{what} ({})", hopfield_report::counted(count, "run")));
    each.collect::<Vec<_>>().join(", ")
}
