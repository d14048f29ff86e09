//! Phrases that several commands print.

/// A mean likeness; `±` before it if it counts the negatives of images, too, because patterns resemble them as much.
pub(crate) fn likeness(mean: f64, of_either_sign: f64) -> String {
    if of_either_sign > mean + 0.05 {
        format!("±{of_either_sign:.3}")
    } else {
        format!("{mean:.3}")
    }
}

/// The number of patterns per head, with the number of heads if there are several: `32×2`.
pub(crate) fn by_heads(patterns: usize, heads: usize) -> String {
    if heads == 1 { patterns.to_string() } else { format!("{patterns}×{heads}") }
}
