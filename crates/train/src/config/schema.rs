//! The JSON Schema of a config, and the constraints that its fields name.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

/// The schema of `T`, without references. A key that is missing in a document has its `default`; where there is none, a table is
/// read as the first of its kinds.
pub(super) fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let settings = settings.with_transform(RecursiveTransform(tidy));
    settings.into_generator().into_root_schema_for::<T>().into()
}

/// Keys with a default are not required, nor is the `kind` of the first kind. Descriptions are one line.
fn tidy(schema: &mut Schema) {
    schema.remove("format");
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    if let Some(first) = schema.get_mut("oneOf").and_then(|kinds| kinds.get_mut(0))
        && let Some(tag) = tag(first).map(str::to_owned)
    {
        drop_required(first.as_object_mut(), &|key| key == tag);
    }
    let Some(Value::Object(mut properties)) = schema.remove("properties") else { return };
    drop_required(schema.as_object_mut(), &|key| properties[key].get("default").is_some());
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        // `null` only says that the key may be missing.
        if property.get("default") == Some(&Value::Null) {
            property.remove("default");
        }
    }
    schema.insert("properties".into(), properties.into());
}

fn drop_required(schema: Option<&mut Map<String, Value>>, optional: &dyn Fn(&str) -> bool) {
    let Some(schema) = schema else { return };
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|key| !key.as_str().is_some_and(optional));
        if required.is_empty() {
            schema.remove("required");
        }
    }
}

/// The key whose value tells one kind of table from the others, such as `kind`.
pub(super) fn tag(variant: &Value) -> Option<&str> {
    let mut properties = variant.get("properties")?.as_object()?.iter();
    properties.find(|(_, property)| property.get("const").is_some()).map(|(key, _)| key.as_str())
}

/// A number above 0. Everything is computed in f32.
pub(super) fn positive(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": 3.4e38 })
}
