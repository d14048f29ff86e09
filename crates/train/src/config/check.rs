//! Checks a document against a schema, reports everything that is wrong with it, and fills in the defaults.

use serde_json::Value as Json;
use toml::Table;

use super::node::{Entries, Node, Value};
use super::problem::Problem;
use super::schema::tag;
use super::wording::{allowed, keys, options, quoted};

/// The problems found so far.
#[derive(Default)]
pub(super) struct Checker {
    pub(super) problems: Vec<Problem>,
}

impl Checker {
    /// Checks the value of `key` (a full path; empty for the whole document). Returns it with all defaults, as far as it is valid.
    pub(super) fn check(&mut self, schema: &Json, key: &str, node: &Node) -> Option<toml::Value> {
        if let Some(alternatives) = schema.get("anyOf").and_then(Json::as_array) {
            return self.any_of(alternatives, schema, key, node);
        }
        if schema.get("not").is_some() {
            return self.reject(key, node, &allowed(schema));
        }
        if is_table(schema) {
            return self.table(schema, key, node);
        }
        match &node.value {
            Value::List(items) if is_table(&schema["items"]) && holds_size(schema, items.len()) => {
                let item = |(index, item): (usize, &Node)| {
                    let item = self.check(&schema["items"], &join(key, &index.to_string()), item);
                    item.unwrap_or_else(|| Table::new().into())
                };
                Some(items.iter().enumerate().map(item).collect::<Vec<_>>().into())
            }
            value if accepts(schema, value) => Some(node.to_toml()),
            _ => self.reject(key, node, &allowed(schema)),
        }
    }

    /// Notes that the value of `key` is not allowed.
    pub(super) fn reject<T>(&mut self, key: &str, node: &Node, allowed: &str) -> Option<T> {
        self.problem(key, node, format!("{key} = {}; allowed: {allowed}", node.shown()))
    }

    /// Notes a problem with `key`, where `node` stands.
    pub(super) fn problem<T>(&mut self, key: &str, node: &Node, message: String) -> Option<T> {
        self.problems.push(Problem { at: Some(node.at.clone()), key: key.to_owned(), message });
        None
    }

    fn table(&mut self, schema: &Json, key: &str, node: &Node) -> Option<toml::Value> {
        let Value::Table(entries) = &node.value else { return self.reject(key, node, "a table") };
        let schema = self.resolve(schema, key, node)?;
        let properties = schema["properties"].as_object()?;
        for (name, entry) in entries {
            if properties.get(name).is_none_or(|property| *property == false) {
                self.unknown(&schema, &join(key, name), name, entry);
            }
        }
        let mut table = Table::new();
        for (name, property) in properties.iter().filter(|(_, property)| **property != false) {
            let full = join(key, name);
            let default = property.get("default").or(property.get("const"));
            let value = match (entries.get(name), default) {
                (Some(entry), _) => self.check(property, &full, entry),
                (None, Some(default)) => self.check(property, &full, &Node::of(default, &node.at)),
                (None, None) if requires(&schema, name) => {
                    let message = format!("`{full}` is missing; needed: {}", allowed(property));
                    self.problem(&full, node, message)
                }
                (None, None) => None,
            };
            table.extend(value.map(|value| (name.clone(), value)));
        }
        Some(table.into())
    }

    /// The keys of a table that has several kinds, or whose keys depend on others.
    fn resolve(&mut self, schema: &Json, key: &str, node: &Node) -> Option<Json> {
        let mut schema = schema.clone();
        loop {
            let object = schema.as_object_mut()?;
            if let Some(condition) = object.remove("if") {
                let [then, otherwise] = ["then", "else"].map(|branch| object.remove(branch));
                let branch = if holds(&condition, node) { then } else { otherwise };
                merge(&mut schema, branch.unwrap_or_else(|| serde_json::json!({})));
            } else if let Some(Json::Array(kinds)) = object.remove("oneOf") {
                let tag = tag(kinds.first()?)?;
                let name = |kind: &Json| kind["properties"][tag]["const"].clone();
                let kind = match node.get(tag) {
                    None => kinds.first()?,
                    Some(given) => match kinds.iter().find(|kind| is(&name(kind), &given.value)) {
                        Some(kind) => kind,
                        None => {
                            let names: Vec<_> = kinds.iter().map(name).collect();
                            let names: Vec<_> = names.iter().filter_map(Json::as_str).collect();
                            return self.reject(&join(key, tag), given, &quoted(&names, " or "));
                        }
                    },
                };
                merge(&mut schema, kind.clone());
            } else {
                return Some(schema);
            }
        }
    }

    /// One of several forms: the first that fits, or the problems of the one that is meant.
    fn any_of(
        &mut self,
        forms: &[Json],
        all: &Json,
        key: &str,
        node: &Node,
    ) -> Option<toml::Value> {
        for form in forms {
            let mut trial = Checker::default();
            let value = trial.check(form, key, node);
            if trial.problems.is_empty() {
                return value;
            }
        }
        let tables: Vec<_> = forms.iter().filter(|form| is_table(form)).collect();
        match (&node.value, &tables[..]) {
            // A text in place of a table is its `kind`.
            (Value::Text(_), [form]) if form.get("oneOf").is_some() => {
                let entries = Entries::from([("kind".to_owned(), node.clone())]);
                self.check(form, key, &Node { value: Value::Table(entries), ..node.clone() })
            }
            (Value::Table(_), [form]) => self.check(form, key, node),
            (Value::Table(entries), [_, ..]) => {
                let known = |form: &Json| {
                    entries.keys().filter(|key| form["properties"].get(key).is_some()).count()
                };
                let most = tables.iter().map(|form| known(form)).max()?;
                let meant = *tables.iter().find(|form| known(form) == most)?;
                let mixed = entries
                    .keys()
                    .all(|key| tables.iter().any(|form| form["properties"].get(key).is_some()));
                if mixed && most < entries.len() {
                    return self.reject(key, node, &allowed(all));
                }
                self.check(meant, key, node)
            }
            _ => self.reject(key, node, &allowed(all)),
        }
    }

    fn unknown(&mut self, schema: &Json, key: &str, name: &str, node: &Node) {
        let known = keys(schema);
        let distance = |known: &&&str| strsim::damerau_levenshtein(name, known);
        let hint = match known.iter().min_by_key(distance) {
            Some(near) if distance(&near) <= 2.max(name.len() / 3) => {
                format!("did you mean `{near}`?")
            }
            _ => format!("allowed here: {}", known.join(", ")),
        };
        let value = match &node.value {
            Value::Table(_) | Value::List(_) => String::new(),
            _ => format!(" = {}", node.shown()),
        };
        self.problem::<()>(key, node, format!("unknown key {key}{value}; {hint}"));
    }
}

/// `layers` and `0` are `layers.0`.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Lays `more` over `schema`, key by key.
pub(super) fn merge(schema: &mut Json, more: Json) {
    match (schema, more) {
        (Json::Object(schema), Json::Object(more)) => {
            for (key, value) in more {
                merge(schema.entry(key).or_insert(Json::Null), value);
            }
        }
        (schema, more) => *schema = more,
    }
}

fn is_table(schema: &Json) -> bool {
    schema.get("properties").is_some()
        || schema.get("oneOf").is_some_and(|kinds| kinds[0].get("properties").is_some())
}

/// Whether a table must have this key.
pub(super) fn requires(schema: &Json, key: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|name| name == key))
}

/// Whether the `if` of a schema holds: keys that are there and have these values.
fn holds(condition: &Json, node: &Node) -> bool {
    if let Some(only) = condition.get("const") {
        return is(only, &node.value);
    }
    let mut properties = condition["properties"].as_object().into_iter().flatten();
    properties.all(|(key, condition)| node.get(key).is_some_and(|node| holds(condition, node)))
}

fn is(expected: &Json, value: &Value) -> bool {
    match value {
        Value::Text(text) => expected == text,
        Value::Bool(flag) => expected == flag,
        _ => false,
    }
}

/// Whether a value that is no table is allowed.
fn accepts(schema: &Json, value: &Value) -> bool {
    if schema.get("const").is_some_and(|only| !is(only, value)) {
        return false;
    }
    match (schema["type"].as_str(), value) {
        (_, Value::Text(text)) if options(schema).is_some_and(|names| names.contains(&&**text)) => {
            true
        }
        (Some("string"), Value::Text(text)) => {
            options(schema).is_none() && holds_size_of(schema, "minLength", "maxLength", text.len())
        }
        (Some("boolean"), Value::Bool(_)) => true,
        (Some("integer"), Value::Whole(number)) => in_range(schema, *number as f64),
        (Some("number"), Value::Whole(number)) => in_range(schema, *number as f64),
        (Some("number"), Value::Real(number)) => in_range(schema, *number),
        (Some("array"), Value::List(items)) => {
            let accepted = items.iter().all(|item| accepts(&schema["items"], &item.value));
            accepted && holds_size(schema, items.len())
        }
        _ => false,
    }
}

fn holds_size(schema: &Json, size: usize) -> bool {
    holds_size_of(schema, "minItems", "maxItems", size)
}

fn holds_size_of(schema: &Json, least: &str, most: &str, size: usize) -> bool {
    let bound = |key, default| schema.get(key).and_then(Json::as_u64).unwrap_or(default);
    (bound(least, 0)..=bound(most, u64::MAX)).contains(&(size as u64))
}

fn in_range(schema: &Json, number: f64) -> bool {
    let is =
        |key, test: &dyn Fn(f64) -> bool| schema.get(key).and_then(Json::as_f64).is_none_or(test);
    number.is_finite()
        && is("minimum", &|bound| number >= bound)
        && is("maximum", &|bound| number <= bound)
        && is("exclusiveMaximum", &|bound| number < bound)
        // A number that f32 rounds to 0 is not above 0.
        && is("exclusiveMinimum", &|bound| f64::from(number as f32) > bound)
}
