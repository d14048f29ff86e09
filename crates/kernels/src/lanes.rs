//! Sums and maxima in vector registers, and work shared by rows.
//!
//! Loops are plain Rust. What shall be fast is a [`Kernel`], a struct whose `call` is compiled once for each kind of vector
//! instructions; [`vectorised`] takes the best at run time. (A closure may be left behind without them: it can't be `#[inline(always)]`.)

use pulp::Arch;
pub(crate) use pulp::NullaryFnOnce as Kernel;
use rayon::prelude::*;

/// Partial results side by side: two AVX-512 registers, four of AVX2.
const LANES: usize = 32;

/// Entries that one thread takes at a time; less is not worth a thread.
const ENTRIES: usize = 1 << 14;

/// Runs a kernel with the best vector instructions there are.
#[inline(always)]
pub(crate) fn vectorised<K: Kernel>(kernel: K) -> K::Output {
    Arch::new().dispatch(kernel)
}

/// Folds `step` over the entries, lane by lane, and then `join` over the lanes.
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

/// `Σ f(a, b)`, lane by lane, for slices of the same length.
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

/// How many rows of this width one thread takes at a time: the same, however many threads there are.
pub(crate) fn rows_at_once(width: usize) -> usize {
    ENTRIES.div_ceil(width.max(1))
}

/// Whether so many entries are worth several threads.
pub(crate) fn is_worth_threads(entries: usize) -> bool {
    entries > ENTRIES && rayon::current_num_threads() > 1
}

/// Calls `work` with some rows of the matrix at a time, and the index of the first, on all threads; gives what it gave, in
/// the order of the rows.
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
