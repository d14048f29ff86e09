//! The names of runs: what they differ in, for people and file systems.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Longer names end in a hash: file systems allow 255 bytes.
pub(super) const LONGEST: usize = 120;

/// `key=value,…`, or `run` if it differs in nothing.
pub(super) fn name<'a>(settings: impl Iterator<Item = (String, &'a Value)>) -> String {
    let parts: Vec<String> =
        settings.map(|(key, value)| format!("{key}={}", plain(value))).collect();
    let name = parts.join(",");
    match name.char_indices().nth(LONGEST) {
        _ if name.is_empty() => "run".to_owned(),
        Some((end, _)) => format!("{}-{}", &name[..end], hash(&name)),
        None => name,
    }
}

/// The last part of a key, or the last two if one says little; the whole key, if another would be called the same.
pub fn short_key(key: &str, all: &[String]) -> String {
    fn short(key: &str) -> &str {
        let mut dots = key.rmatch_indices('.').map(|(at, _)| at);
        let last = dots.next().map_or(0, |at| at + 1);
        match &key[last..] {
            "kind" | "start" | "from" | "to" => dots.next().map_or(key, |at| &key[at + 1..]),
            last => last,
        }
    }
    let same = all.iter().filter(|other| short(other) == short(key)).count();
    if same > 1 { key.to_owned() } else { short(key).to_owned() }
}

/// A value without what file systems and shells take for their own.
fn plain(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let text: String = text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect();
    text.split_whitespace().collect::<Vec<_>>().join("_")
}

/// Eight digits that stand for a text.
pub(super) fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))[..8].to_owned()
}
