//! The names of a layer's tensors in a pattern database.

/// H, `[N, d]`.
pub const PATTERNS: &str = "patterns";
/// V, `[N, m]`, of a layer that has values of its own.
pub const VALUES: &str = "values";
/// log β of every head, `[h]`.
pub const LOG_BETA: &str = "log_beta";
/// The mean weight of every pattern over the held-out images, `[h·N]`, if it was measured.
pub const MEAN_WEIGHTS: &str = "mean_weights";
/// Of how many held-out images every pattern is the best match, `[h·N]`, if it was measured.
pub const BEST_MATCHES: &str = "best_matches";

/// All of them.
pub const PARTS: [&str; 5] = [PATTERNS, VALUES, LOG_BETA, MEAN_WEIGHTS, BEST_MATCHES];

/// The name of the tensor with this [part](PARTS) of a layer, counted from 0 at the input.
pub fn tensor_name(layer: usize, part: &str) -> String {
    format!("layers.{layer}.{part}")
}
