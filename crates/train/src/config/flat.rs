//! The settings of a config, one for each full key.

use toml::Value;

use super::document::join;

/// The full keys and the values in a table; of a list of tables, those of each of its tables.
pub(crate) fn flattened(table: &toml::Table) -> Vec<(String, Value)> {
    fn walk(key: &str, value: &Value, found: &mut Vec<(String, Value)>) {
        match value {
            Value::Table(table) => {
                table.iter().for_each(|(name, value)| walk(&join(key, name), value, found));
            }
            Value::Array(items) if items.iter().all(Value::is_table) => {
                let items = items.iter().enumerate();
                items.for_each(|(index, item)| walk(&join(key, &index.to_string()), item, found));
            }
            value => found.push((key.to_owned(), value.clone())),
        }
    }
    let mut found = Vec::new();
    table.iter().for_each(|(name, value)| walk(name, value, &mut found));
    found
}
