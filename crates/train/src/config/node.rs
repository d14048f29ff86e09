//! A TOML document as a tree in which every value knows where it stands, and `--set` on top of it.

use std::collections::BTreeMap;
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Problem;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// In the file, on this line (from 1).
    Line(String, usize),
    /// On the command line, as typed.
    CommandLine(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(file, line) => write!(f, "{file}:{line}"),
            Place::CommandLine(text) => f.write_str(text),
        }
    }
}

/// A value, as written, and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) text: String,
    pub(crate) at: Place,
}

pub(crate) type Entries = BTreeMap<String, Node>;

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Bool(bool),
    Whole(i64),
    Real(f64),
    Text(String),
    List(Vec<Node>),
    Table(Entries),
    /// A date, or a number that no type holds.
    Other,
}

/// The document in `source`, the content of `file`.
pub(crate) fn parse(file: &str, source: &str) -> Result<Node, Vec<Problem>> {
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
pub(crate) fn set(root: &mut Node, assignment: &str, typed: String) -> Result<(), Problem> {
    let at = Place::CommandLine(typed);
    let problem = |message: String| Problem { at: Some(at.clone()), message };
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
