//! What a schema allows, in words.

use serde_json::Value;

use super::schema::tag;

/// What `schema` allows, such as "a whole number from 1 to 100".
pub(super) fn allowed(schema: &Value) -> String {
    if let Some(text) = schema.get("x-allowed").and_then(Value::as_str) {
        return text.to_owned();
    }
    if let Some(options) = options(schema) {
        return quoted(&options, " or ");
    }
    if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
        return any_of(alternatives);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("boolean") => "true or false".into(),
        Some("string") => "a text in quotes".into(),
        Some("integer") => {
            format!(
                "a whole number from {} to {}",
                bound(schema, "minimum"),
                bound(schema, "maximum")
            )
        }
        Some("number") => number(schema),
        Some("array") => match options(&schema["items"]) {
            Some(options) => format!("a list of any of {}", quoted(&options, ", ")),
            None => format!("a list: each {}", allowed(&schema["items"])),
        },
        _ => "a table".into(),
    }
}

/// The names that a text may be, if only some are allowed.
pub(super) fn options(schema: &Value) -> Option<Vec<&str>> {
    if let Some(names) = schema.get("enum") {
        return names.as_array()?.iter().map(Value::as_str).collect();
    }
    let kinds = schema.get("oneOf")?.as_array()?;
    kinds.iter().map(|kind| kind.get("const")?.as_str()).collect()
}

/// Whether a table must have this key.
pub(super) fn requires(schema: &Value, key: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|name| name == key))
}

/// The keys of a table, those that it must have first.
pub(super) fn keys(schema: &Value) -> Vec<&str> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    // Keys that are `false`, or of which there may be none, belong to other kinds of tables.
    let keys = properties.filter(|(_, key)| key.is_object() && key["maxItems"] != 0);
    let mut keys: Vec<_> = keys.map(|(key, _)| key.as_str()).collect();
    keys.sort_by_key(|key| !requires(schema, key));
    keys
}

/// `"constant" or "cosine"`
pub(super) fn quoted(names: &[&str], separator: &str) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(separator)
}

fn any_of(alternatives: &[Value]) -> String {
    let each = alternatives.iter().map(|alternative| {
        if alternatives.contains(&alternative["items"]) {
            return "a list of them".to_owned();
        }
        let keys: Vec<_> = match alternative.get("oneOf") {
            Some(kinds) => tag(&kinds[0]).into_iter().collect(),
            None => keys(alternative),
        };
        if keys.is_empty() {
            return allowed(alternative);
        }
        format!("{{ {} = … }}", keys.join(" = …, "))
    });
    each.collect::<Vec<_>>().join(", or ")
}

fn number(schema: &Value) -> String {
    let has = |key| schema.get(key).is_some();
    let (least, most) = (bound(schema, "minimum"), bound(schema, "maximum"));
    if has("exclusiveMinimum") && has("exclusiveMaximum") {
        let [low, high] = ["exclusiveMinimum", "exclusiveMaximum"].map(|key| bound(schema, key));
        format!("a number above {low} and below {high}")
    } else if least == format!("-{most}") {
        format!("a number within ±{most}")
    } else if has("exclusiveMinimum") {
        format!("a number above {}, at most {most}", bound(schema, "exclusiveMinimum"))
    } else if has("exclusiveMaximum") {
        format!("a number from {least} to below {}", bound(schema, "exclusiveMaximum"))
    } else {
        format!("a number from {least} to {most}")
    }
}

fn bound(schema: &Value, key: &str) -> String {
    match schema.get(key) {
        Some(Value::Number(number)) if number.is_f64() => {
            format!("{:?}", number.as_f64().unwrap_or(f64::NAN))
        }
        Some(number) => number.to_string(),
        None => String::new(),
    }
}
