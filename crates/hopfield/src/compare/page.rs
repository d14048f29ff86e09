//! What the page of a comparison shows.

use std::collections::BTreeMap;

use hopfield_database::{DatabaseFile, ExportError};
use hopfield_report::{Evolution, comparison, counted, evolution};
use hopfield_train::SavedRun;
use serde_json::{Value, json};

use super::comparison::{Comparison, Measure, is_finished};
use super::run::Run;
use crate::error::Error;

/// Epochs of a curve. Of longer trainings, this many are shown, spread evenly.
const MOST_EPOCHS: usize = 100;
/// So many numbers all curves of one measure have at most.
const MOST_POINTS: usize = 40_000;
/// The patterns of so many groups are shown, the best ones, each with so many bytes at most.
const MOST_SHEETS: usize = 12;
const SHEET_BYTES: usize = 300_000;

impl Comparison {
    /// The page. `refresh`: it loads itself anew after so many seconds.
    ///
    /// # Errors
    ///
    /// Patterns can't be read.
    pub(super) fn page(&self, title: &str, refresh: Option<f64>) -> Result<String, Error> {
        let each = (MOST_POINTS / self.runs.len().max(1)).clamp(10, MOST_EPOCHS);
        let mut grids: Vec<Vec<usize>> = Vec::new();
        let mut shown: Vec<usize> = Vec::new();
        for run in &self.runs {
            let grid = spread(run.metrics.len(), each);
            let place = grids.iter().position(|other| *other == grid);
            shown.push(place.unwrap_or_else(|| {
                grids.push(grid);
                grids.len() - 1
            }));
        }
        let mut group_of = BTreeMap::new();
        for (place, group) in self.groups.iter().enumerate() {
            group.runs.iter().for_each(|&run| {
                group_of.insert(run, place);
            });
        }
        let runs = self.runs.iter().enumerate().map(|(place, run)| {
            let value = |measure: &Measure| run.measure(&measure.name).filter(|_| is_finished(run));
            json!({
                "name": run.name,
                "group": group_of[&place],
                "seed": run.seed(),
                "state": run.state.name(),
                "epochs": run.epochs(),
                "values": self.measures.iter().map(value).collect::<Vec<_>>(),
                "grid": shown[place],
            })
        });
        let curves = self.curves().into_iter().map(|name| {
            let of = |(run, &grid): (&Run, &usize)| -> Vec<Value> {
                let lines = grids[grid].iter().map(|epoch| &run.metrics[epoch - 1]);
                lines.map(|line| rounded(&line[&name])).collect()
            };
            let lines: Vec<_> = self.runs.iter().zip(&shown).map(of).collect();
            json!({ "measure": name, "label": format!("{} after each epoch", label(&name)), "log": true, "runs": lines })
        });
        let curves: Vec<Value> = curves.collect();
        let measures = self.measures.iter().map(|measure| {
            let better = match measure.less_is_better {
                Some(true) => Some("lower"),
                Some(false) => Some("higher"),
                None => None,
            };
            let log = !["likeness", "used"].contains(&&*measure.name);
            json!({ "name": measure.name, "label": label(&measure.name), "better": better, "log": log })
        });
        let groups = self
            .groups
            .iter()
            .map(|group| json!({ "settings": group.settings, "runs": group.runs }));
        let keys = self.keys.iter().map(|key| json!({ "name": key, "label": self.short(key) }));
        let data = json!({
            "refresh": refresh,
            "rank": { "measure": self.ranked_by().map(|measure| &measure.name) },
            "measures": measures.collect::<Vec<_>>(),
            "keys": keys.collect::<Vec<_>>(),
            "groups": groups.collect::<Vec<_>>(),
            "runs": runs.collect::<Vec<_>>(),
            "grids": grids,
            "curves": curves,
            "sheets": self.sheets()?,
        });
        let finished = self.runs.iter().filter(|run| is_finished(run)).count();
        let all = counted(self.runs.len(), "run");
        let groups = counted(self.groups.len(), "group");
        let summary = match finished == self.runs.len() {
            true => format!("{all}, {groups}"),
            false => format!("{all}, {groups}; {finished} have ended"),
        };
        Ok(comparison(title, &summary, &self.notes(), &data))
    }

    /// The names of the errors that runs have after each epoch: on validation or test rows, then on training rows.
    fn curves(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for prefix in ["validation_", "test_", "train_"] {
            for line in self.runs.iter().filter_map(|run| run.metrics.last()) {
                let found = line.as_object().into_iter().flat_map(|line| line.keys());
                for name in found.filter(|name| name.starts_with(prefix)) {
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                }
            }
        }
        names
    }

    /// The patterns of one run of each of the best groups, as they grew.
    fn sheets(&self) -> Result<Vec<Value>, Error> {
        let mut sheets = Vec::new();
        for (place, group) in self.groups.iter().enumerate() {
            if sheets.len() == MOST_SHEETS {
                break;
            }
            let Some(&run) = group.runs.first() else { continue };
            // A run that has just begun has no patterns yet.
            let Ok(saved) = SavedRun::find(&self.runs[run].path) else { continue };
            let mut database = DatabaseFile::open(saved.patterns())?;
            if database.manifest.image_shape.is_none() {
                continue;
            }
            let snapshots = saved.snapshots()?;
            let [done, all] = self.runs[run].epochs();
            let part = done as f64 / all.max(1) as f64;
            let last = snapshots.last().map_or(1, |snapshot| snapshot.step.max(1)) as f64;
            let of = |snapshot: &hopfield_database::Snapshot| {
                Ok::<_, ExportError>((1000.0 * part * snapshot.step as f64 / last).round() / 1000.0)
            };
            let grown: Evolution<f64> =
                evolution(&snapshots, &mut database, SHEET_BYTES, part, of)?;
            let grown = serde_json::to_value(&grown)?;
            let [parts, layers] = ["labels", "sheets"].map(|name| grown[name].clone());
            sheets.push(json!({ "group": place, "run": run, "parts": parts, "layers": layers }));
        }
        Ok(sheets)
    }
}

/// At most `most` of the numbers from 1 to `count`, with both ends.
fn spread(count: usize, most: usize) -> Vec<usize> {
    let shown = count.min(most);
    let mut found: Vec<usize> =
        (0..shown).map(|k| 1 + k * (count - 1) / (shown - 1).max(1)).collect();
    found.dedup();
    found
}

/// Four digits that matter are enough for a curve.
fn rounded(number: &Value) -> Value {
    let rounded = number.as_f64().and_then(|number| format!("{number:.3e}").parse::<f64>().ok());
    rounded.into()
}

/// `test_mse` is the test MSE.
fn label(name: &str) -> String {
    name.split('_')
        .map(|word| if word == "mse" { "MSE" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}
