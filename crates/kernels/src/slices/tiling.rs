//! How streaming cuts states and patterns. None of it depends on the number of threads, so the results don't either.

use std::ops::Range;

/// Patterns compared at a time.
pub(crate) const TILE: usize = 256;

/// States answered at a time.
pub(crate) const BLOCK: usize = 256;

/// Runs of tiles that are summed up separately, each by one thread.
pub(crate) const RUNS: usize = 64;

/// Cuts `0..count` into pieces of `size`; the last one may be shorter.
pub(crate) fn pieces(count: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(size).map(move |start| start..count.min(start + size))
}

/// Cuts `0..patterns` into at most `most` runs, and at least one. All but the last have the same number of whole tiles.
pub(crate) fn runs(patterns: usize, most: usize) -> Vec<Range<usize>> {
    let tiles = patterns.div_ceil(TILE).div_ceil(most.max(1));
    pieces(patterns, tiles * TILE).collect()
}
