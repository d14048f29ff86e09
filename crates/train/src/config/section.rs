//! Reading a table of the config: each call names a key, what it means, its default and what is allowed. A
//! problem is noted and the reading goes on, so that the user sees all of them at once. The keys are noted
//! too: they are the config reference.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use super::Problem;
use super::node::{Entries, Node, Place, Value};

/// What a reading has noted so far.
#[derive(Default)]
pub(crate) struct Notes {
    problems: RefCell<Vec<Problem>>,
    keys: RefCell<Vec<Key>>,
}

/// A key that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    /// Its full path, such as `layers.0.beta.start`.
    pub(crate) path: String,
    pub(crate) allowed: String,
    /// As in TOML; none if there is no default.
    pub(crate) default: Option<String>,
    pub(crate) meaning: &'static str,
    /// The values, as in TOML, that decide which other keys there are.
    pub(crate) decides: Vec<String>,
}

impl Notes {
    pub(crate) fn problem(&self, at: Option<Place>, message: String) {
        self.problems.borrow_mut().push(Problem { at, message });
    }

    pub(crate) fn problem_count(&self) -> usize {
        self.problems.borrow().len()
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    #[cfg(test)]
    pub(crate) fn into_keys(self) -> Vec<Key> {
        self.keys.into_inner()
    }
}

/// The real numbers that a key allows.
#[derive(Clone, Copy)]
pub(crate) enum Allowed {
    Any,
    Positive,
    ZeroOrMore,
    /// [0, 1)
    BelowOne,
    /// [0, 1]
    Fraction,
}

impl Allowed {
    pub(crate) fn holds(self, number: f64) -> bool {
        // Everything is computed in f32.
        (number as f32).is_finite()
            && match self {
                Allowed::Any => true,
                Allowed::Positive => number as f32 > 0.0,
                Allowed::ZeroOrMore => number >= 0.0,
                Allowed::BelowOne => (0.0..1.0).contains(&number),
                Allowed::Fraction => (0.0..=1.0).contains(&number),
            }
    }

    fn text(self) -> &'static str {
        match self {
            Allowed::Any => "a number within ±3.4e38",
            Allowed::Positive => "a number above 0, at most 3.4e38",
            Allowed::ZeroOrMore => "a number from 0 to 3.4e38",
            Allowed::BelowOne => "a number from 0 to below 1",
            Allowed::Fraction => "a number from 0 to 1",
        }
    }
}

/// One table of the config.
pub(crate) struct Section<'a> {
    path: String,
    at: Option<Place>,
    entries: Option<&'a Entries>,
    /// The table's `kind`, written in place of the table.
    kind: Option<&'a Node>,
    known: Vec<&'static str>,
    /// A name that was not understood decides which other keys are allowed.
    unclear: bool,
    notes: &'a Notes,
}

impl<'a> Section<'a> {
    /// The whole document.
    pub(crate) fn root(root: &'a Node, notes: &'a Notes) -> Self {
        Self::table(String::new(), Some(root), notes)
    }

    fn table(path: String, node: Option<&'a Node>, notes: &'a Notes) -> Self {
        let entries = node.and_then(|node| match &node.value {
            Value::Table(entries) => Some(entries),
            _ => {
                let message = format!("{path} = {}; allowed: a table", shown(&node.text));
                notes.problem(Some(node.at.clone()), message);
                None
            }
        });
        Self {
            path,
            at: node.map(|node| node.at.clone()),
            entries,
            kind: None,
            known: Vec::new(),
            unclear: false,
            notes,
        }
    }

    /// Notes a key for the reference.
    pub(crate) fn describe(
        &self,
        key: &str,
        meaning: &'static str,
        default: Option<String>,
        allowed: &str,
    ) {
        self.note(key, meaning, default, allowed, Vec::new());
    }

    fn note(
        &self,
        key: &str,
        meaning: &'static str,
        default: Option<String>,
        allowed: &str,
        decides: Vec<String>,
    ) {
        let (path, allowed) = (self.full(key), allowed.to_owned());
        self.notes.keys.borrow_mut().push(Key { path, allowed, default, meaning, decides });
    }

    /// The value of a key, if it is there.
    pub(crate) fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        match self.kind {
            Some(kind) if key == "kind" => Some(kind),
            _ => self.entries?.get(key),
        }
    }

    /// A table in this one; an absent one reads as empty.
    pub(crate) fn section(&mut self, key: &'static str) -> Section<'a> {
        let node = self.node(key);
        Section::table(self.full(key), node, self.notes)
    }

    /// A table in this one, or a text in its place, which then is its `kind`.
    pub(crate) fn section_or_kind(&mut self, key: &'static str) -> Section<'a> {
        match self.node(key) {
            Some(node) if matches!(node.value, Value::Text(_)) => {
                let section = Section::table(self.full(key), None, self.notes);
                Section { at: Some(node.at.clone()), kind: Some(node), ..section }
            }
            _ => self.section(key),
        }
    }

    /// A table in this one that makes a difference by being there.
    pub(crate) fn optional_section(
        &mut self,
        key: &'static str,
        meaning: &'static str,
    ) -> Option<Section<'a>> {
        self.note(key, meaning, Some("none".into()), "a table", vec!["{}".into()]);
        let present = self.node(key).is_some();
        present.then(|| self.section(key))
    }

    /// The tables of an array, such as `[[layers]]`.
    pub(crate) fn sections(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let path = self.full(key);
        match self.node(key).map(|node| (&node.value, node)) {
            Some((Value::List(items), _)) if !items.is_empty() => {
                let item = |(index, item)| {
                    Section::table(format!("{path}.{index}"), Some(item), self.notes)
                };
                items.iter().enumerate().map(item).collect()
            }
            Some((_, node)) => {
                self.reject(
                    key,
                    node,
                    &format!("one or more tables, each beginning with [[{path}]]"),
                );
                Vec::new()
            }
            None => {
                let message = format!(
                    "`{path}` is missing; needed: one or more tables, each beginning with [[{path}]]"
                );
                self.notes.problem(self.at.clone(), message);
                Vec::new()
            }
        }
    }

    /// A whole number.
    pub(crate) fn whole(
        &mut self,
        key: &'static str,
        meaning: &'static str,
        default: Option<u64>,
        range: RangeInclusive<u64>,
    ) -> u64 {
        let allowed = format!("a whole number from {} to {}", range.start(), range.end());
        self.describe(key, meaning, default.map(|number| number.to_string()), &allowed);
        let read = |value: &Value| match value {
            Value::Whole(number) => u64::try_from(*number).ok().filter(|n| range.contains(n)),
            _ => None,
        };
        self.read(key, default, &allowed, read).unwrap_or(*range.start())
    }

    /// A real number.
    pub(crate) fn real(
        &mut self,
        key: &'static str,
        meaning: &'static str,
        default: Option<f64>,
        allowed: Allowed,
    ) -> f64 {
        self.describe(key, meaning, default.map(|number| format!("{number:?}")), allowed.text());
        let read = |value: &Value| number(value).filter(|&number| allowed.holds(number));
        self.read(key, default, allowed.text(), read).unwrap_or(0.5)
    }

    /// A real number, if the key is there.
    pub(crate) fn optional_real(
        &mut self,
        key: &'static str,
        meaning: &'static str,
        allowed: Allowed,
    ) -> Option<f64> {
        self.describe(key, meaning, Some("none".into()), allowed.text());
        self.node(key)?;
        let read = |value: &Value| number(value).filter(|&number| allowed.holds(number));
        // A number that is not allowed is there all the same.
        Some(self.read(key, None, allowed.text(), read).unwrap_or(0.5))
    }

    /// A real number, or one for each of several.
    pub(crate) fn reals(
        &mut self,
        key: &'static str,
        meaning: &'static str,
        default: f64,
        allowed: Allowed,
    ) -> Vec<f64> {
        let text = format!("{}, or a list of them", allowed.text());
        self.describe(key, meaning, Some(format!("{default:?}")), &text);
        let read = |value: &Value| {
            let one = |value: &Value| number(value).filter(|&number| allowed.holds(number));
            match value {
                Value::List(items) if !items.is_empty() => {
                    items.iter().map(|item| one(&item.value)).collect()
                }
                value => one(value).map(|number| vec![number]),
            }
        };
        self.read(key, Some(vec![default]), &text, read).unwrap_or(vec![default])
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, key: &'static str, meaning: &'static str, default: bool) -> bool {
        self.describe(key, meaning, Some(default.to_string()), "true or false");
        let read = |value: &Value| match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        };
        self.read(key, Some(default), "true or false", read).unwrap_or(default)
    }

    /// One of several names.
    pub(crate) fn choice<T: Copy + PartialEq>(
        &mut self,
        key: &'static str,
        meaning: &'static str,
        default: T,
        options: &[(&'static str, T)],
    ) -> Option<T> {
        let names: Vec<_> = options.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let position = options.iter().position(|(_, option)| *option == default);
        let first = position.map(|position| names[position].clone());
        self.note(key, meaning, first, &names.join(" or "), names.clone());
        let read = |value: &Value| match value {
            Value::Text(text) => options.iter().find(|(name, _)| name == text).map(|&(_, t)| t),
            _ => None,
        };
        let choice = self.read(key, Some(default), &names.join(" or "), read);
        self.unclear |= choice.is_none();
        choice
    }

    /// Any of several names, in a list.
    pub(crate) fn names<T: Copy>(
        &mut self,
        key: &'static str,
        meaning: &'static str,
        options: &[(&'static str, T)],
    ) -> Vec<T> {
        let names: Vec<_> = options.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let allowed = format!("a list of any of {}", names.join(", "));
        self.describe(key, meaning, Some("[]".into()), &allowed);
        let read = |value: &Value| match value {
            Value::List(items) => {
                let name = |item: &Node| match &item.value {
                    Value::Text(text) => options.iter().find(|(name, _)| name == text),
                    _ => None,
                };
                items.iter().map(|item| name(item).map(|&(_, option)| option)).collect()
            }
            _ => None,
        };
        self.read(key, Some(Vec::new()), &allowed, read).unwrap_or_default()
    }

    /// A text, if the key is there.
    pub(crate) fn text(&mut self, key: &'static str, meaning: &'static str) -> Option<String> {
        self.describe(key, meaning, Some("none".into()), "a text in quotes");
        let node = self.node(key)?;
        match &node.value {
            Value::Text(text) if !text.is_empty() => Some(text.clone()),
            _ => {
                self.reject(key, node, "a text in quotes");
                None
            }
        }
    }

    fn read<T>(
        &mut self,
        key: &'static str,
        default: Option<T>,
        allowed: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        match self.node(key) {
            Some(node) => {
                let value = read(&node.value);
                if value.is_none() {
                    self.reject(key, node, allowed);
                }
                value
            }
            None => {
                if default.is_none() && (self.entries.is_some() || self.kind.is_some()) {
                    let message = format!("`{}` is missing; needed: {allowed}", self.full(key));
                    self.notes.problem(self.at.clone(), message);
                }
                default
            }
        }
    }

    /// Notes what is wrong with the table as a whole.
    pub(crate) fn problem(&self, message: &str) {
        self.notes.problem(self.at.clone(), format!("{}: {message}", self.path));
    }

    /// Notes that the value of `key` is not allowed.
    pub(crate) fn reject(&self, key: &str, node: &Node, allowed: &str) {
        let message = format!("{} = {}; allowed: {allowed}", self.full(key), shown(&node.text));
        self.notes.problem(Some(node.at.clone()), message);
    }

    /// How many problems have been noted, here and elsewhere.
    pub(crate) fn problem_count(&self) -> usize {
        self.notes.problem_count()
    }

    /// Ends the reading: every key that was not asked for is unknown.
    pub(crate) fn end(self) {
        let Some(entries) = self.entries.filter(|_| !self.unclear) else { return };
        for (key, node) in entries.iter().filter(|(key, _)| !self.known.contains(&key.as_str())) {
            let near = |name: &&&str| strsim::damerau_levenshtein(key, name);
            let nearest = self.known.iter().min_by_key(near);
            let hint = match nearest {
                Some(name) if strsim::damerau_levenshtein(key, name) <= 2.max(key.len() / 3) => {
                    format!("did you mean `{name}`?")
                }
                _ => format!("allowed here: {}", self.known.join(", ")),
            };
            let value = match &node.value {
                Value::Table(_) | Value::List(_) => String::new(),
                _ => format!(" = {}", shown(&node.text)),
            };
            let message = format!("unknown key {}{value}; {hint}", self.full(key));
            self.notes.problem(Some(node.at.clone()), message);
        }
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// A number, whole or real.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Whole(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    }
}

/// A value as written, on one line and not too long.
fn shown(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 60 {
        format!("{}…", line.chars().take(60).collect::<String>())
    } else {
        line
    }
}
