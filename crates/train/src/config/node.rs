//! A TOML document as a tree in which every value knows where it stands, and `--set` on top of it.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem};

/// A value, as written, and its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) text: String,
    pub(super) at: Place,
}

pub(super) type Entries = BTreeMap<String, Node>;

#[derive(Debug, Clone)]
pub(super) enum Value {
    Bool(bool),
    Whole(i64),
    Real(f64),
    Text(String),
    List(Vec<Node>),
    Table(Entries),
    /// A date, or a number that no type holds.
    Other,
}

impl Node {
    /// A value that is written nowhere, such as a default of a table that stands at `at`.
    pub(super) fn of(json: &serde_json::Value, at: &Place) -> Self {
        use serde_json::Value as Json;
        let value = match json {
            Json::Bool(flag) => Value::Bool(*flag),
            Json::String(text) => Value::Text(text.clone()),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Whole(whole),
                None => number.as_f64().map_or(Value::Other, Value::Real),
            },
            Json::Array(items) => {
                Value::List(items.iter().map(|item| Node::of(item, at)).collect())
            }
            Json::Object(entries) => {
                let entry = |(key, value): (&String, &Json)| (key.clone(), Node::of(value, at));
                Value::Table(entries.iter().map(entry).collect())
            }
            Json::Null => Value::Other,
        };
        Node { value, text: json.to_string(), at: at.clone() }
    }

    /// The value at a path such as `layers.0.beta`.
    pub(super) fn get(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, step| match &node.value {
            Value::Table(entries) => entries.get(step),
            Value::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The value without its place.
    pub(super) fn to_toml(&self) -> toml::Value {
        match &self.value {
            Value::Bool(flag) => (*flag).into(),
            Value::Whole(number) => (*number).into(),
            Value::Real(number) => (*number).into(),
            Value::Text(text) => text.clone().into(),
            Value::List(items) => items.iter().map(Node::to_toml).collect::<Vec<_>>().into(),
            Value::Table(entries) => {
                let entry = |(key, node): (&String, &Node)| (key.clone(), node.to_toml());
                entries.iter().map(entry).collect::<toml::Table>().into()
            }
            Value::Other => self.text.clone().into(),
        }
    }

    /// The value as written, on one line and not too long.
    pub(super) fn shown(&self) -> String {
        let line: String = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

/// The document in `source`, the content of `file`.
pub(super) fn parse(file: &str, source: &str) -> Result<Node, Vec<Problem>> {
    let (table, errors) = DeTable::parse_recoverable(source);
    let line = |offset: usize| source[..offset].matches('\n').count() + 1;
    if errors.is_empty() {
        let place = |offset| Place::Line(file.to_owned(), line(offset));
        let root = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
        return Ok(node(&root, source, &place));
    }
    let problem = |error: &toml::de::Error| {
        let offset = error.span().map_or(0, |span| span.start.min(source.len()));
        Problem {
            at: Some(Place::Line(file.to_owned(), line(offset))),
            key: String::new(),
            message: format!("TOML syntax: {}", error.message()),
        }
    };
    Err(errors.iter().map(problem).collect())
}

fn node(value: &Spanned<DeValue<'_>>, source: &str, place: &dyn Fn(usize) -> Place) -> Node {
    let span = value.span();
    Node {
        at: place(span.start),
        text: source.get(span).unwrap_or_default().to_owned(),
        value: match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Integer(number) => {
                let number = i64::from_str_radix(number.as_str(), number.radix());
                number.map_or(Value::Other, Value::Whole)
            }
            DeValue::Float(number) => number.as_str().parse().map_or(Value::Other, Value::Real),
            DeValue::Array(items) => {
                Value::List(items.iter().map(|item| node(item, source, place)).collect())
            }
            DeValue::Table(table) => {
                let entry = |(key, value): (&Spanned<_>, &_)| {
                    let mut child = node(value, source, place);
                    // A table starts where its header does; a value is found by its key.
                    child.at = place(key.span().start);
                    (ToString::to_string(key.get_ref()), child)
                };
                Value::Table(table.iter().map(entry).collect())
            }
            DeValue::Datetime(_) => Value::Other,
        },
    }
}

/// Takes out the key at `path`, if it is there.
fn unset(root: &mut Node, path: &str) -> Option<()> {
    let mut steps: Vec<&str> = path.split('.').collect();
    let key = steps.pop()?;
    let parent = steps.into_iter().try_fold(root, |node, step| match &mut node.value {
        Value::Table(entries) => entries.get_mut(step),
        Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })?;
    match &mut parent.value {
        Value::Table(entries) => entries.remove(key).map(|_| ()),
        _ => None,
    }
}

/// Applies the assignment `key.path=value`, typed as `typed`, to the document. A value that is not TOML
/// is taken as a text; none at all takes the key out.
pub(super) fn set(root: &mut Node, assignment: &str, typed: String) -> Result<(), Problem> {
    let at = Place::CommandLine(typed);
    let problem = |message: String| Problem { at: Some(at.clone()), key: String::new(), message };
    let Some((path, text)) = assignment.split_once('=') else {
        return Err(problem("needed is key=value, such as training.epochs=5".into()));
    };
    let (path, text) = (path.trim(), text.trim());
    if text.is_empty() {
        let none = || problem(format!("`{path}` can't be taken out: the config has no such key"));
        return unset(root, path).ok_or_else(none);
    }
    let value = match DeValue::parse(text) {
        Ok(value) => node(&value, text, &|_| at.clone()).value,
        Err(_) => Value::Text(text.to_owned()),
    };
    let mut target = root;
    let mut walked = String::new();
    for key in path.split('.') {
        if key.is_empty() {
            return Err(problem(format!("`{path}` is not a key")));
        }
        let here = if walked.is_empty() { "the config".to_owned() } else { format!("`{walked}`") };
        target = match &mut target.value {
            Value::Table(entries) => entries.entry(key.to_owned()).or_insert_with(|| Node {
                value: Value::Table(Entries::new()),
                text: String::new(),
                at: at.clone(),
            }),
            Value::List(items) => {
                let count = items.len();
                let item = key.parse().ok().and_then(|index: usize| items.get_mut(index));
                item.ok_or_else(|| {
                    problem(format!("{here} has {count} entries, counted from 0, but no `{key}`"))
                })?
            }
            _ => return Err(problem(format!("{here} has no keys; it is {}", target.text))),
        };
        walked = if walked.is_empty() { key.to_owned() } else { format!("{walked}.{key}") };
    }
    *target = Node { value, text: text.to_owned(), at };
    Ok(())
}
