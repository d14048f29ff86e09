//! What a page can choose from.

use hopfield_layer::{Separation, Similarity};
use serde::Serialize;
use serde_json::{Map, Value};
use wasm_bindgen::prelude::*;

use crate::Settings;

/// Shipped configs, whose settings a page can begin with.
pub(crate) const PRESETS: [(&str, &str); 3] = [
    ("digits", include_str!("../configs/digits.toml")),
    ("readable", include_str!("../configs/readable.toml")),
    ("accurate", include_str!("../configs/accurate.toml")),
];

#[derive(Serialize)]
struct Choices {
    presets: Map<String, Value>,
    similarities: [Similarity; Similarity::ALL.len()],
    separations: [Kind; Separation::ALL.len()],
}

#[derive(Serialize)]
struct Kind(#[serde(serialize_with = "Separation::serialize_by_kind")] Separation);

/// JSON: the settings of the presets, by name; the names of the similarities; the separations, `{ kind: "top_k", k: 1 }`.
#[wasm_bindgen]
pub fn choices() -> String {
    let settings = |(name, text): (&str, &str)| {
        let settings = Settings::from_config(text).expect("tests read the shipped configs");
        (name.to_owned(), serde_json::to_value(settings).expect("settings are plain data"))
    };
    let choices = Choices {
        presets: PRESETS.into_iter().map(settings).collect(),
        similarities: Similarity::ALL,
        separations: Separation::ALL.map(Kind),
    };
    serde_json::to_string(&choices).expect("choices are plain data")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn choices_are_complete() {
        let found: Value = serde_json::from_str(&choices()).unwrap();
        assert_eq!(found["presets"]["digits"]["layers"].as_array().unwrap().len(), 3);
        assert_eq!(found["presets"]["readable"]["training"]["epochs"], 60);
        assert_eq!(found["similarities"][3], "euclidean");
        assert_eq!(found["separations"][0], json!({ "kind": "softmax" }));
        assert_eq!(found["separations"][5], json!({ "kind": "top_k", "k": 1 }));
    }
}
