//! What the page of a comparison shows.

use hopfield_database::{DatabaseFile, ExportError, Snapshot};
use hopfield_report::{Evolution, comparison, counted, evolution, spread};
use hopfield_train::SavedRun;
use serde_json::{Value, json};

use super::comparison::{Comparison, Measure, errors_of_epochs, is_finished};
use super::run::Run;
use super::table::exact;

/// Epochs of a curve. Of longer trainings, this many are shown, spread evenly.
const MOST_EPOCHS: usize = 100;
/// So many numbers all curves of one measure have at most.
const MOST_POINTS: usize = 40_000;
/// The patterns of so many groups are shown, the best ones, each with so many bytes at most.
const MOST_SHEETS: usize = 12;
const SHEET_BYTES: usize = 300_000;

impl Comparison {
    /// The page. `refresh`: it reloads after so many seconds.
    pub(super) fn page(&self, title: &str, refresh: Option<f64>) -> String {
        let (grids, shown) = self.grids();
        let mut group_of = vec![0; self.runs.len()];
        for (place, group) in self.groups.iter().enumerate() {
            group.runs.iter().for_each(|&run| group_of[run] = place);
        }
        let runs = self.runs.iter().enumerate().map(|(place, run)| {
            let value = |measure: &Measure| run.measure(&measure.name).filter(|_| is_finished(run));
            json!({
                "name": run.name,
                "group": group_of[place],
                "seed": run.seed(),
                "state": run.state.name(),
                "epochs": run.epochs(),
                "values": self.measures.iter().map(value).collect::<Vec<_>>(),
                "grid": shown[place],
            })
        });
        let measures = self.measures.iter().map(|measure| {
            let better = match measure.less_is_better {
                Some(true) => Some("lower"),
                Some(false) => Some("higher"),
                None => None,
            };
            let log = !["likeness", "used"].contains(&&*measure.name);
            json!({ "name": measure.name, "label": label(&measure.name), "better": better, "log": log })
        });
        // The page compares settings: what is no single value is a text.
        let setting = |value: &Value| match value {
            Value::Array(_) | Value::Object(_) => exact(value).into(),
            value => value.clone(),
        };
        let groups = self.groups.iter().map(|group| {
            let settings: Vec<Value> = group.settings.iter().map(setting).collect();
            json!({ "settings": settings, "runs": group.runs })
        });
        let keys = self.keys.iter().map(|key| json!({ "name": key, "label": self.short(key) }));
        let data = json!({
            "refresh": refresh,
            "rank": { "measure": self.ranked_by().map(|measure| &measure.name) },
            "measures": measures.collect::<Vec<_>>(),
            "keys": keys.collect::<Vec<_>>(),
            "groups": groups.collect::<Vec<_>>(),
            "runs": runs.collect::<Vec<_>>(),
            "grids": grids,
            "curves": self.curves(&grids, &shown),
            "sheets": self.sheets(),
        });
        let finished = self.finished();
        let all = counted(self.runs.len(), "run");
        let groups = counted(self.groups.len(), "group");
        let summary = match finished == self.runs.len() {
            true => format!("{all}, {groups}"),
            false => format!("{all}, {groups}; {finished} finished"),
        };
        comparison(title, &summary, &self.notes(), &data)
    }

    /// Lists of epochs, and for each run which of them its curves show.
    fn grids(&self) -> (Vec<Vec<usize>>, Vec<usize>) {
        let each = (MOST_POINTS / self.runs.len().max(1)).clamp(10, MOST_EPOCHS);
        let mut grids: Vec<Vec<usize>> = Vec::new();
        let mut shown = Vec::new();
        for run in &self.runs {
            let grid: Vec<usize> = spread(run.metrics.len(), each).map(|line| line + 1).collect();
            let place = grids.iter().position(|other| *other == grid);
            shown.push(place.unwrap_or_else(|| {
                grids.push(grid);
                grids.len() - 1
            }));
        }
        (grids, shown)
    }

    /// The errors after each epoch that is shown.
    fn curves(&self, grids: &[Vec<usize>], shown: &[usize]) -> Vec<Value> {
        let names = errors_of_epochs(&self.runs, &["validation_", "test_", "train_"]);
        let curve = |name: String| {
            let of = |(run, &grid): (&Run, &usize)| -> Vec<Value> {
                let lines = grids[grid].iter().map(|epoch| &run.metrics[epoch - 1]);
                lines.map(|line| rounded(&line[&name])).collect()
            };
            let runs: Vec<_> = self.runs.iter().zip(shown).map(of).collect();
            let label = format!("{} after each epoch", label(&name));
            json!({ "measure": name, "label": label, "log": true, "runs": runs })
        };
        names.into_iter().map(curve).collect()
    }

    /// The patterns of one run of each of the best groups, as they grew. Groups whose patterns are no images, or can't be read, have none.
    fn sheets(&self) -> Vec<Value> {
        let groups = self.groups.iter().enumerate();
        let sheets = groups.filter_map(|(place, group)| self.sheet(place, *group.runs.first()?));
        sheets.take(MOST_SHEETS).collect()
    }

    fn sheet(&self, group: usize, run: usize) -> Option<Value> {
        let saved = SavedRun::find(&self.runs[run].path).ok()?;
        let mut database = DatabaseFile::open(saved.patterns()).ok()?;
        database.manifest.image_shape?;
        let snapshots = saved.snapshots().ok()?;
        let [done, all] = self.runs[run].epochs();
        let part = done as f64 / all.max(1) as f64;
        let last = snapshots.last().map_or(1, |snapshot| snapshot.step.max(1)) as f64;
        let of = |snapshot: &Snapshot| {
            Ok::<_, ExportError>((1000.0 * part * snapshot.step as f64 / last).round() / 1000.0)
        };
        let grown: Evolution<f64> =
            evolution(&snapshots, &mut database, SHEET_BYTES, part, of).ok()?;
        let grown = serde_json::to_value(&grown).ok()?;
        let [parts, layers] = ["labels", "sheets"].map(|name| grown[name].clone());
        Some(json!({ "group": group, "run": run, "parts": parts, "layers": layers }))
    }
}

/// Four significant digits are enough for a curve.
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
