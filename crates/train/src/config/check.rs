//! Checks a document against a schema, reports everything that is wrong with it, and fills in the defaults.

use serde_json::{Map, Value, json};

use super::document::{Document, join};
use super::problem::Problem;
use super::schema::tag;
use super::wording::{allowed, keys, options, quoted, requires};

/// The problems of a document found so far.
pub(super) struct Checker<'a> {
    pub(super) document: &'a Document,
    pub(super) problems: Vec<Problem>,
}

impl Checker<'_> {
    /// Checks the value of `key` (a full path; empty for the whole document). Returns it with all defaults, as far as it is valid.
    pub(super) fn check(&mut self, schema: &Value, key: &str, value: &Value) -> Option<Value> {
        if let Some(forms) = schema.get("anyOf").and_then(Value::as_array) {
            return self.any_of(forms, schema, key, value);
        }
        if is_table(schema) {
            return self.table(schema, key, value);
        }
        match value {
            Value::Array(items) if is_table(&schema["items"]) && has_size(schema, items.len()) => {
                let item = |(index, item): (usize, &Value)| {
                    let item = self.check(&schema["items"], &join(key, &index.to_string()), item);
                    item.unwrap_or_else(|| json!({}))
                };
                Some(items.iter().enumerate().map(item).collect::<Vec<_>>().into())
            }
            value if accepts(schema, value) => Some(value.clone()),
            _ => self.reject(key, &allowed(schema)),
        }
    }

    /// Notes that the value of `key` is not allowed.
    pub(super) fn reject<T>(&mut self, key: &str, allowed: &str) -> Option<T> {
        let text = self.document.text(key);
        self.problem(key, format!("{key} = {text}; allowed: {allowed}"))
    }

    /// Notes a problem with `key`.
    pub(super) fn problem<T>(&mut self, key: &str, message: String) -> Option<T> {
        self.problems.push(Problem::new(self.document.place(key).cloned(), key, message));
        None
    }

    fn table(&mut self, schema: &Value, key: &str, value: &Value) -> Option<Value> {
        let Some(entries) = value.as_object() else { return self.reject(key, "a table") };
        let schema = self.resolve(schema, key, value)?;
        let properties = schema["properties"].as_object()?;
        for (name, value) in entries {
            if properties.get(name).is_none_or(|property| *property == false) {
                self.unknown(&schema, &join(key, name), name, value);
            }
        }
        let mut table = Map::new();
        for (name, property) in properties.iter().filter(|(_, property)| **property != false) {
            let full = join(key, name);
            let default = property.get("default").or(property.get("const"));
            let value = match entries.get(name).or(default) {
                Some(value) => self.check(property, &full, value),
                None if requires(&schema, name) => {
                    let allowed = allowed(property);
                    self.problem(&full, format!("`{full}` is missing; needed: {allowed}"))
                }
                None => None,
            };
            table.extend(value.map(|value| (name.clone(), value)));
        }
        Some(table.into())
    }

    /// The keys of a table that has several kinds, or whose keys depend on others.
    fn resolve(&mut self, schema: &Value, key: &str, table: &Value) -> Option<Value> {
        let mut schema = schema.clone();
        loop {
            let object = schema.as_object_mut()?;
            if let Some(condition) = object.remove("if") {
                let [then, otherwise] = ["then", "else"].map(|branch| object.remove(branch));
                merge(&mut schema, if holds(&condition, table) { then? } else { otherwise? });
            } else if let Some(Value::Array(kinds)) = object.remove("oneOf") {
                let tag = tag(kinds.first()?)?;
                let name = |kind: &Value| kind["properties"][tag]["const"].clone();
                let meant = |kind: &&Value| table.get(tag).is_none_or(|given| *given == name(kind));
                let Some(kind) = kinds.iter().find(meant) else {
                    let names: Vec<_> = kinds.iter().map(name).collect();
                    let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
                    return self.reject(&join(key, tag), &quoted(&names, " or "));
                };
                merge(&mut schema, kind.clone());
            } else {
                return Some(schema);
            }
        }
    }

    /// One of several forms: that of the value's type, or of several tables the one that has its keys.
    fn any_of(&mut self, forms: &[Value], all: &Value, key: &str, value: &Value) -> Option<Value> {
        let (tables, others): (Vec<_>, Vec<_>) = forms.iter().partition(|form| is_table(form));
        match (value, &tables[..]) {
            _ if others.iter().any(|form| accepts(form, value)) => Some(value.clone()),
            // A text in place of a table is its `kind`.
            (Value::String(_), [form]) if form.get("oneOf").is_some() => {
                self.check(form, key, &json!({ "kind": value }))
            }
            (Value::Object(entries), [first, ..]) => {
                let has = |form: &Value, key: &str| form["properties"].get(key).is_some();
                let mut known: Vec<_> = entries.keys().collect();
                known.retain(|key| tables.iter().any(|form| has(form, key)));
                let together =
                    |a: &str, b: &str| tables.iter().any(|form| has(form, a) && has(form, b));
                let mut pairs = known.iter().flat_map(|a| known.iter().map(move |b| (a, b)));
                if let Some((a, b)) = pairs.find(|(a, b)| !together(a, b)) {
                    return self.reject(key, &format!("only one of {a} and {b}"));
                }
                let fits = |form: &&&Value| known.iter().all(|key| has(form, key));
                self.check(tables.iter().find(fits).unwrap_or(first), key, value)
            }
            _ => self.reject(key, &allowed(all)),
        }
    }

    fn unknown(&mut self, schema: &Value, key: &str, name: &str, value: &Value) {
        let known = keys(schema);
        let distance = |known: &&&str| strsim::damerau_levenshtein(name, known);
        let hint = match known.iter().min_by_key(distance) {
            Some(near) if distance(&near) <= 2.max(name.len() / 3) => {
                format!("did you mean `{near}`?")
            }
            _ => format!("allowed here: {}", known.join(", ")),
        };
        let value = match value {
            Value::Object(_) | Value::Array(_) => String::new(),
            _ => format!(" = {}", self.document.text(key)),
        };
        self.problem::<()>(key, format!("unknown key {key}{value}; {hint}"));
    }
}

/// Lays `more` over `schema`, key by key.
pub(super) fn merge(schema: &mut Value, more: Value) {
    match (schema, more) {
        (Value::Object(schema), Value::Object(more)) => {
            for (key, value) in more {
                merge(schema.entry(key).or_insert(Value::Null), value);
            }
        }
        (schema, more) => *schema = more,
    }
}

fn is_table(schema: &Value) -> bool {
    schema.get("properties").is_some()
        || schema.get("oneOf").is_some_and(|kinds| kinds[0].get("properties").is_some())
}

/// Whether the `if` of a schema holds: these keys are there and have these values.
fn holds(condition: &Value, table: &Value) -> bool {
    let mut properties = condition["properties"].as_object().into_iter().flatten();
    properties.all(|(key, condition)| match (table.get(key), condition.get("const")) {
        (Some(value), Some(only)) => only == value,
        (Some(value), None) => holds(condition, value),
        _ => false,
    })
}

/// Whether a value that is no table is allowed.
fn accepts(schema: &Value, value: &Value) -> bool {
    if schema.get("const").is_some_and(|only| only != value) {
        return false;
    }
    match (schema["type"].as_str().unwrap_or("string"), value) {
        ("string", Value::String(text)) => match options(schema) {
            Some(names) => names.contains(&&**text),
            None => !text.is_empty() || schema.get("minLength").is_none(),
        },
        ("boolean", Value::Bool(_)) => true,
        ("integer", Value::Number(number)) if number.is_f64() => false,
        ("integer" | "number", Value::Number(number)) => {
            number.as_f64().is_some_and(|number| in_range(schema, number))
        }
        ("array", Value::Array(items)) => {
            has_size(schema, items.len())
                && items.iter().all(|item| accepts(&schema["items"], item))
        }
        _ => false,
    }
}

fn has_size(schema: &Value, size: usize) -> bool {
    let bound = |key, default| schema.get(key).and_then(Value::as_u64).unwrap_or(default);
    (bound("minItems", 0)..=bound("maxItems", u64::MAX)).contains(&(size as u64))
}

fn in_range(schema: &Value, number: f64) -> bool {
    let is =
        |key, test: &dyn Fn(f64) -> bool| schema.get(key).and_then(Value::as_f64).is_none_or(test);
    is("minimum", &|bound| number >= bound)
        && is("maximum", &|bound| number <= bound)
        && is("exclusiveMaximum", &|bound| number < bound)
        // A number that f32 rounds to 0 is not above 0.
        && is("exclusiveMinimum", &|bound| f64::from(number as f32) > bound)
}
