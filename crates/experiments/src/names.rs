//! Names of similarities and separations.

use hopfield_layer::{Separation, Similarity};

pub(crate) fn similarity(text: &str) -> Option<Similarity> {
    serde_json::from_value(text.into()).ok()
}

pub(crate) fn separation(text: &str) -> Option<Separation> {
    let json = match text.split_once(':') {
        Some((name, number)) => serde_json::json!({ name: number.parse::<u32>().ok()? }),
        None => text.into(),
    };
    serde_json::from_value(json).ok()
}

pub(crate) fn spell(setting: impl serde::Serialize) -> String {
    match serde_json::to_value(setting) {
        Ok(serde_json::Value::Object(entries)) => {
            entries.iter().map(|(name, number)| format!("{name}:{number}")).collect()
        }
        Ok(text) => text.as_str().unwrap_or_default().to_owned(),
        Err(_) => String::new(),
    }
}
