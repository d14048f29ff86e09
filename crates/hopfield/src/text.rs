//! Phrases that several commands print.

/// The number of patterns per head, with the number of heads if there are several: `32×2`.
pub(crate) fn by_heads(patterns: usize, heads: usize) -> String {
    if heads == 1 { patterns.to_string() } else { format!("{patterns}×{heads}") }
}
