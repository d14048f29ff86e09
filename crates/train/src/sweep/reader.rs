//! Reads a sweep file, and reports everything that is wrong with it.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::axis::{Axis, Random, Setting};
use super::range::Range;
use crate::config::{Document, Place, Problem, join};
use crate::shipped::{SHIPPED, Shipped};

/// What is in a sweep file.
pub(super) struct File {
    pub(super) base: Option<Base>,
    pub(super) seeds: Vec<Setting>,
    pub(super) settings: Vec<Setting>,
    pub(super) axes: Vec<Axis>,
    pub(super) random: Vec<Random>,
    budget: Option<usize>,
}

impl File {
    /// How often random keys are drawn; once if there are none.
    pub(super) fn draws(&self) -> usize {
        self.budget.unwrap_or(1)
    }

    /// The number of runs.
    pub(super) fn count(&self) -> usize {
        let all = self.axes.iter().map(Vec::len).chain([self.draws(), self.seeds.len().max(1)]);
        all.fold(1, usize::saturating_mul)
    }

    /// The keys that runs differ in.
    pub(super) fn swept(&self) -> Vec<String> {
        let of_axes = self.axes.iter().filter_map(|axis| axis.first()).flatten();
        let of_axes = of_axes.map(|setting| &setting.key);
        let keys = of_axes.chain(self.random.iter().map(|random| &random.key));
        keys.chain(self.seeds.first().map(|seed| &seed.key)).cloned().collect()
    }
}

/// The base config.
pub(super) enum Base {
    Example(&'static Shipped),
    File(PathBuf, Place),
}

/// The values of a key of an axis.
enum Values {
    Listed(Vec<Setting>),
    Random(Random),
}

const KEYS: &str = "allowed here: config, example, seeds, budget, settings, axes";
const BASE: &str = "the path of a config, seen from this file";
const VALUES: &str = "a list of values, { from = …, to = …, count = … } or { from = …, to = …, random = true }, each with scale = \"log\" \
                      if wanted";

pub(super) struct Reader {
    document: Document,
    pub(super) problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn new(document: Document) -> Self {
        Self { document, problems: Vec::new() }
    }

    /// Everything in the file, as far as it is valid.
    pub(super) fn file(&mut self) -> File {
        let root = self.document.root.as_object().cloned().unwrap_or_default();
        for key in root.keys() {
            if !["config", "example", "seeds", "budget", "settings", "axes"].contains(&&**key) {
                self.problem::<()>(key, format!("unknown key {key}; {KEYS}"));
            }
        }
        let base = self.base(&root);
        let budget = root.get("budget").and_then(|value| {
            let count = value.as_u64().filter(|count| (1..=100_000).contains(count));
            count.or_else(|| self.reject("budget", "a whole number from 1 to 100000"))
        });
        let seeds = self.seeds(root.get("seeds"));
        let settings = match root.get("settings") {
            Some(Value::Object(table)) => self.leaves("settings", table),
            Some(_) => self.reject("settings", "a table").unwrap_or_default(),
            None => Vec::new(),
        };
        let settings = settings.into_iter().filter_map(|(full, key, value)| {
            self.check(&full, &value).then(|| self.setting(&full, key, value))
        });
        let settings = settings.collect();
        let (axes, random) = self.axes(root.get("axes"), root.contains_key("seeds"));
        match (random.first(), root.contains_key("budget")) {
            (Some(Random { key, at, .. }), false) => self.problems.push(Problem::new(
                at.clone(),
                key,
                format!("{key} is drawn at random; add budget = N at the top, the number of draws"),
            )),
            (None, true) => {
                self.problem::<()>(
                    "budget",
                    "budget is the number of draws of random ranges, but there are none; remove it"
                        .into(),
                );
            }
            _ => {}
        }
        let budget = budget.map(|budget| budget as usize);
        File { base, seeds, settings, axes, random, budget }
    }

    fn base(&mut self, root: &Map<String, Value>) -> Option<Base> {
        match (root.get("config"), root.get("example")) {
            (Some(_), Some(_)) => self
                .problem("example", "config and example are two base configs; remove one".into()),
            (Some(Value::String(path)), None) if !path.is_empty() => {
                Some(Base::File(path.into(), self.place("config")))
            }
            (Some(_), None) => self.reject("config", BASE),
            (None, Some(name)) => {
                let names: Vec<_> = SHIPPED.iter().map(|config| config.name).collect();
                let allowed = names.join(", ");
                let found = SHIPPED.iter().find(|config| Some(config.name) == name.as_str());
                found.map(Base::Example).or_else(|| self.reject("example", &allowed))
            }
            (None, None) => {
                let message = format!(
                    "there is no base config; add config = \"…\", {BASE}, or example = \"digits\""
                );
                self.problems.push(Problem::new(None, "", message));
                None
            }
        }
    }

    fn seeds(&mut self, seeds: Option<&Value>) -> Vec<Setting> {
        let Some(seeds) = seeds else { return Vec::new() };
        let items = seeds.as_array().cloned().unwrap_or_default();
        let is_seed = |seed: &Value| seed.as_i64().is_some_and(|seed| seed >= 0);
        let twice = (1..items.len()).any(|at| items[..at].contains(&items[at]));
        if items.is_empty() || twice || !items.iter().all(is_seed) {
            return self
                .reject("seeds", "a list of different whole numbers, such as [1, 2, 3]")
                .unwrap_or_default();
        }
        let seed = |(index, value): (usize, &Value)| {
            self.setting(&join("seeds", &index.to_string()), "seed".into(), value.clone())
        };
        items.iter().enumerate().map(seed).collect()
    }

    fn axes(&mut self, axes: Option<&Value>, has_seeds: bool) -> (Vec<Axis>, Vec<Random>) {
        let tables = match axes {
            None => return Default::default(),
            Some(Value::Array(tables)) if tables.iter().all(Value::is_object) => tables.clone(),
            Some(_) => {
                self.reject::<()>("axes", "tables, each beginning with [[axes]]");
                return Default::default();
            }
        };
        let (mut axes, mut random): (Vec<Axis>, Vec<Random>) = Default::default();
        let mut seen: Vec<String> = Vec::new();
        for (index, table) in tables.iter().enumerate() {
            let path = join("axes", &index.to_string());
            let Some(table) = table.as_object() else { continue };
            let leaves = self.leaves(&path, table);
            if leaves.is_empty() {
                self.problem::<()>(
                    &path,
                    "this axis has no key; add one, such as layers.0.beta = [0.1, 1.0]".into(),
                );
            }
            let mut listed: Vec<Vec<Setting>> = Vec::new();
            let drawn = random.len();
            for (full, key, value) in leaves {
                if seen.contains(&key) {
                    self.problem::<()>(&full, format!("{key} is in two axes; keep one"));
                } else if key == "seed" && has_seeds {
                    self.problem::<()>(
                        &full,
                        "seed is an axis, and there are seeds; keep one".into(),
                    );
                }
                seen.push(key.clone());
                if !self.check(&full, &value) {
                    continue;
                }
                match self.values(&full, key, &value) {
                    Some(Values::Listed(values)) => listed.push(values),
                    Some(Values::Random(of)) => random.push(of),
                    None => {}
                }
            }
            let Some(count) = listed.first().map(Vec::len) else { continue };
            if random.len() > drawn {
                let message = "keys of one axis are moved together, but some of these are drawn at random; give those an axis of their own";
                self.problem::<()>(&path, message.into());
                continue;
            }
            if let Some(other) = listed.iter().find(|values| values.len() != count) {
                let [first, second] = [&listed[0][0].key, &other[0].key];
                let message = format!(
                    "{first} has {count} values and {second} {}; keys of one axis are moved together, so they need as many; give \
                     one an axis of its own with [[axes]], or as many values",
                    other.len()
                );
                self.problem::<()>(&path, message);
                continue;
            }
            axes.push(
                (0..count)
                    .map(|at| listed.iter().map(|values| values[at].clone()).collect())
                    .collect(),
            );
        }
        (axes, random)
    }

    /// The values of a key of an axis.
    fn values(&mut self, full: &str, key: String, value: &Value) -> Option<Values> {
        match value {
            Value::Array(items) if !items.is_empty() => {
                let item = |(index, value): (usize, &Value)| {
                    self.setting(&join(full, &index.to_string()), key.clone(), value.clone())
                };
                Some(Values::Listed(items.iter().enumerate().map(item).collect()))
            }
            Value::Object(table) => self.range(full, key, table),
            _ => self.reject(full, VALUES),
        }
    }

    fn range(&mut self, full: &str, key: String, table: &Map<String, Value>) -> Option<Values> {
        for name in table.keys() {
            if !["from", "to", "count", "scale", "random"].contains(&&**name) {
                return self.problem(&join(full, name), format!("unknown key {name} of a range; allowed here: from, to, count, scale, random"));
            }
        }
        let logarithmic = match table.get("scale").map(Value::as_str) {
            None | Some(Some("linear")) => false,
            Some(Some("log")) => true,
            Some(_) => return self.reject(&join(full, "scale"), "\"linear\" or \"log\""),
        };
        let number = |name: &str| table.get(name).and_then(Value::as_f64);
        let (Some(from), Some(to)) = (number("from"), number("to")) else {
            return self.reject(full, VALUES);
        };
        if from >= to || logarithmic && from <= 0.0 || !(to - from).is_finite() {
            let allowed = if logarithmic { "0 < from < to" } else { "from < to" };
            return self.reject(full, allowed);
        }
        let whole = table["from"].is_i64() && table["to"].is_i64();
        let range = Range { from, to, logarithmic, whole };
        let at = self.place(full);
        match (table.get("count"), table.get("random")) {
            (None, Some(Value::Bool(true))) => Some(Values::Random(Random { key, range, at })),
            (Some(count), None | Some(Value::Bool(false))) => {
                let Some(count) = count.as_u64().filter(|count| (2..=10_000).contains(count))
                else {
                    return self.reject(&join(full, "count"), "a whole number from 2 to 10000");
                };
                let values = range.divided(count as usize).into_iter();
                let value = |value| Setting { key: key.clone(), value, at: at.clone() };
                Some(Values::Listed(values.map(value).collect()))
            }
            _ => self.reject(full, VALUES),
        }
    }

    /// The settings in a table: their paths in this file, their keys, and their values. An inline table is a value; others have keys.
    fn leaves(&self, path: &str, table: &Map<String, Value>) -> Vec<(String, String, Value)> {
        let leaf = |(name, value): (&String, &Value)| {
            let full = join(path, name);
            match value {
                Value::Object(table) if !self.document.text(&full).starts_with('{') => self
                    .leaves(&full, table)
                    .into_iter()
                    .map(|(full, key, value)| (full, join(name, &key), value))
                    .collect(),
                _ => vec![(full, name.clone(), value.clone())],
            }
        };
        table.iter().flat_map(leaf).collect()
    }

    /// Whether a config can have this value: a date, and a number that is not finite, are null.
    fn check(&mut self, full: &str, value: &Value) -> bool {
        fn has_null(value: &Value) -> bool {
            match value {
                Value::Null => true,
                Value::Array(items) => items.iter().any(has_null),
                Value::Object(table) => table.values().any(has_null),
                _ => false,
            }
        }
        if has_null(value) {
            self.reject::<()>(
                full,
                "finite numbers, texts, true, false, and lists and tables of these",
            );
        }
        !has_null(value)
    }

    fn setting(&self, full: &str, key: String, value: Value) -> Setting {
        Setting { key, value, at: self.place(full) }
    }

    fn place(&self, key: &str) -> Place {
        self.document.place(key).cloned().expect("the document itself has a place")
    }

    fn reject<T>(&mut self, key: &str, allowed: &str) -> Option<T> {
        let text = self.document.text(key);
        let name = key
            .strip_prefix("axes.")
            .and_then(|key| key.split_once('.'))
            .map_or(key, |(_, key)| key);
        self.problem(key, format!("{name} = {text}; allowed: {allowed}"))
    }

    fn problem<T>(&mut self, key: &str, message: String) -> Option<T> {
        self.problems.push(Problem::new(self.place(key), key, message));
        None
    }
}
