//! Settings that name a place. A run goes on wherever the things lie now: their SHA-256 is in its checkpoints.

use std::env;
use std::path::Path;

/// The keys of these settings.
pub(crate) const PLACES: [&str; 7] = [
    "data.dir",
    "data.source",
    "data.train",
    "data.test",
    "data.labels",
    "data.test_labels",
    "init_from",
];

/// A hint for an error about `path`, which is the setting `key` of `config`; `option` names another place.
pub fn place_hint(path: &Path, key: &str, config: &str, option: &str) -> String {
    let seen_from = match env::current_dir() {
        Ok(folder) if path.is_relative() => format!(", seen from {}", folder.display()),
        _ => String::new(),
    };
    format!("\nhint: that is {key} of {config}{seen_from}; if it lies elsewhere, add {option}")
}
