//! Sums and maxima in vector registers, and row-wise work on all threads.
//!
//! Loops are plain Rust. Hot ones belong to a [`Kernel`], a struct whose `call` is compiled once per vector instruction set;
//! [`vectorised`] picks the best one at run time. (Not a closure: it can't be `#[inline(always)]`, so it might be compiled without
//! vector instructions.)

use pulp::Arch;
pub(crate) use pulp::NullaryFnOnce as Kernel;
use rayon::prelude::*;

/// Partial results kept side by side: two AVX-512 registers or four AVX2 registers.
const LANES: usize = 32;

/// Entries that a thread takes at a time. Fewer are not worth a second thread.
const ENTRIES: usize = 1 << 14;

/// Runs a kernel with the best vector instructions of this CPU.
#[inline(always)]
pub(crate) fn vectorised<K: Kernel>(kernel: K) -> K::Output {
    Arch::new().dispatch(kernel)
}

/// The vector instructions that are used on this CPU: AVX-512, AVX2, or the least that every CPU of its kind has.
pub fn vector_instructions() -> &'static str {
    #[allow(unreachable_patterns, reason = "the variants depend on the kind of CPU")]
    match Arch::new() {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Arch::V4(_) => "AVX-512",
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Arch::V3(_) => "AVX2",
        _ => "those of every such CPU",
    }
}

/// Folds the entries lane by lane with `step`, then the lanes with `join`.
#[inline(always)]
pub(crate) fn fold(
    entries: &[f32],
    start: f32,
    step: impl Fn(f32, f32) -> f32,
    join: impl Fn(f32, f32) -> f32,
) -> f32 {
    let mut lanes = [start; LANES];
    let mut chunks = entries.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, &entry) in lanes.iter_mut().zip(chunk) {
            *lane = step(*lane, entry);
        }
    }
    for (lane, &entry) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane = step(*lane, entry);
    }
    lanes.into_iter().fold(start, join)
}

/// `Σ f(a, b)` over two slices of the same length, summed lane by lane.
#[inline(always)]
pub(crate) fn sum_of(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (mut left, mut right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (a, b) in (&mut left).zip(&mut right) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += f(a, b);
        }
    }
    for ((lane, &a), &b) in lanes.iter_mut().zip(left.remainder()).zip(right.remainder()) {
        *lane += f(a, b);
    }
    lanes.into_iter().sum()
}

/// How many rows of this width a thread takes at a time. Independent of the number of threads.
pub(crate) fn rows_at_once(width: usize) -> usize {
    ENTRIES.div_ceil(width.max(1))
}

/// Whether this many entries are worth more than one thread, and there is more than one.
pub(crate) fn is_worth_threads(entries: usize) -> bool {
    entries > ENTRIES && rayon::current_num_threads() > 1
}

/// Calls `work(index of the first row, rows)` on chunks of rows, on all threads. Returns the results in the order of the rows.
pub(crate) fn by_rows<T: Send>(
    matrix: &mut [f32],
    width: usize,
    work: impl Fn(usize, &mut [f32]) -> T + Sync,
) -> Vec<T> {
    let rows = rows_at_once(width);
    let each = |(index, chunk): (usize, &mut [f32])| work(index * rows, chunk);
    if is_worth_threads(matrix.len()) {
        matrix.par_chunks_mut(rows * width).enumerate().map(each).collect()
    } else {
        matrix.chunks_mut(rows * width).enumerate().map(each).collect()
    }
}
