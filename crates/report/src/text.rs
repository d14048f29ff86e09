//! Phrases that the page and the programs share.

/// A count with its noun: `1 layer`, `2 layers`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
