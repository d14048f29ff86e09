//! A TOML document that knows where each of its values stands, and `--set` on top of it.

use std::collections::BTreeMap;
use std::iter::successors;

use hopfield_report::counted;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem};

/// The values of a config, and where and how they are written. Keys are full paths, such as `layers.0.beta`.
pub(crate) struct Document {
    pub(crate) root: Value,
    written: BTreeMap<String, Written>,
}

struct Written {
    at: Place,
    text: String,
}

/// `layers` and `0` are `layers.0`.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn parent(path: &str) -> Option<&str> {
    (!path.is_empty()).then(|| path.rsplit_once('.').map_or("", |(parent, _)| parent))
}

impl Document {
    /// The document in `source`, the content of `file`.
    pub(crate) fn parse(file: &str, source: &str) -> Result<Self, Vec<Problem>> {
        let (table, errors) = DeTable::parse_recoverable(source);
        let place = |offset: usize| {
            let line = source[..offset.min(source.len())].matches('\n').count() + 1;
            Place::Line(file.to_owned(), line)
        };
        let problem = |error: &toml::de::Error| {
            let at = place(error.span().map_or(0, |span| span.start));
            Problem::new(at, "", format!("TOML syntax: {}", error.message()))
        };
        if !errors.is_empty() {
            return Err(errors.iter().map(problem).collect());
        }
        let root = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
        let mut document = Self { root: Value::Null, written: BTreeMap::new() };
        document.root = document.read("", &root, source, &place);
        Ok(document)
    }

    /// A value, of which it is noted where it stands.
    fn read(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        source: &str,
        place: &dyn Fn(usize) -> Place,
    ) -> Value {
        let span = value.span();
        let at = place(span.start);
        let text = source.get(span).unwrap_or_default().to_owned();
        self.written.insert(key.to_owned(), Written { at, text });
        // A date, or a number that no type holds, is no setting's value: it becomes null, which nothing allows.
        match value.get_ref() {
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Boolean(flag) => Value::from(*flag),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok().into()
            }
            DeValue::Float(number) => number.as_str().parse::<f64>().ok().into(),
            DeValue::Datetime(_) => Value::Null,
            DeValue::Array(items) => {
                let items = items.iter().enumerate();
                let item =
                    |(index, item)| self.read(&join(key, &format!("{index}")), item, source, place);
                Value::Array(items.map(item).collect())
            }
            DeValue::Table(entries) => {
                let mut table = Map::new();
                for (name, value) in entries {
                    let full = join(key, name.get_ref());
                    let value = self.read(&full, value, source, place);
                    // A table starts where its header does; a value is found by its key.
                    let at = place(name.span().start);
                    self.written.entry(full).and_modify(|written| written.at = at);
                    table.insert(name.get_ref().to_string(), value);
                }
                table.into()
            }
        }
    }

    /// `key` if it is written, or else the table in which it would be.
    pub(super) fn nearest<'a>(&self, key: &'a str) -> &'a str {
        let mut paths = successors(Some(key), |path| parent(path));
        paths.find(|path| self.written.contains_key(*path)).unwrap_or("")
    }

    /// Where `key` stands, or the table in which it would be.
    pub(crate) fn place(&self, key: &str) -> Option<&Place> {
        self.written.get(self.nearest(key)).map(|written| &written.at)
    }

    /// The value of `key` as written, on one line and not too long.
    pub(crate) fn text(&self, key: &str) -> String {
        let text = self.written.get(self.nearest(key)).map_or("", |written| &written.text);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }

    /// Applies the assignment `key.path=value`, which was written at `at`. A value that is not TOML is taken as a text; an empty one
    /// removes the key.
    pub(super) fn set(&mut self, assignment: &str, at: &Place) -> Result<(), Problem> {
        self.assign(assignment, at).map_err(|message| Problem::new(at.clone(), "", message))
    }

    fn assign(&mut self, assignment: &str, at: &Place) -> Result<(), String> {
        let parts = assignment.split_once('=');
        let (path, text) = parts.ok_or("needed is key=value, such as training.epochs=5")?;
        let (path, text) = (path.trim(), text.trim());
        if text.is_empty() {
            let none = || format!("`{path}` can't be taken out: the config has no such key");
            return self.unset(path).ok_or_else(none);
        }
        self.forget(path);
        let written = |text: &str| Written { at: at.clone(), text: text.to_owned() };
        let value = match DeValue::parse(text) {
            Ok(value) => self.read(path, &value, text, &|_| at.clone()),
            Err(_) => {
                self.written.insert(path.to_owned(), written(text));
                Value::String(text.to_owned())
            }
        };
        let mut target = &mut self.root;
        let mut walked = String::new();
        for key in path.split('.') {
            if key.is_empty() {
                return Err(format!("`{path}` is not a key"));
            }
            let here =
                if walked.is_empty() { "the config".to_owned() } else { format!("`{walked}`") };
            target = match target {
                Value::Object(entries) => entries.entry(key).or_insert(Map::new().into()),
                Value::Array(items) => {
                    let count = counted(items.len(), "item");
                    let item = key.parse().ok().and_then(|index: usize| items.get_mut(index));
                    item.ok_or_else(|| {
                        format!("{here} has {count}, counted from 0, but no `{key}`")
                    })?
                }
                value => return Err(format!("{here} has no keys; it is {value}")),
            };
            walked = join(&walked, key);
            self.written.entry(walked.clone()).or_insert_with(|| written(""));
        }
        *target = value;
        Ok(())
    }

    /// Removes a key, if it is there.
    fn unset(&mut self, path: &str) -> Option<()> {
        let pointer = format!("/{path}").replace('.', "/");
        let (table, key) = pointer.rsplit_once('/')?;
        self.root.pointer_mut(table)?.as_object_mut()?.remove(key)?;
        self.forget(path);
        Some(())
    }

    /// Forgets where `path` and everything in it stood.
    fn forget(&mut self, path: &str) {
        let inside = join(path, "");
        self.written.retain(|key, _| key != path && !key.starts_with(&inside));
    }
}
