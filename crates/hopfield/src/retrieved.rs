//! The answers of one layer, from patterns that are mapped or read block by block.

use hopfield_arrays::{ArrayError, ArrayFile, Numbers};
use hopfield_kernels::{Best, Matrix, Normalisers, retrieve_with_best};

/// Numbers of patterns in memory at a time: 64 MiB.
const BLOCK: usize = 1 << 24;

/// The answers to some states, and how they came about.
#[derive(Debug)]
pub(crate) struct Retrieved {
    /// R: `[B, d]`
    pub(crate) answers: Vec<f32>,
    pub(crate) normalisers: Normalisers,
    /// The best patterns of each state.
    pub(crate) best: Vec<Vec<Best>>,
}

impl Retrieved {
    /// Retrieves from the array `name` with `n` patterns: maps it, or reads it block by block, once.
    ///
    /// # Errors
    ///
    /// The array can't be read.
    pub(crate) fn new(
        states: Matrix<'_>,
        (database, name, n): (&mut ArrayFile, &str, usize),
        beta: f32,
        k: usize,
    ) -> Result<Self, ArrayError> {
        if !database.can_be_mapped(name) {
            return Self::by_blocks(states, database.numbers(name)?, beta, k, BLOCK);
        }
        // SAFETY: this program does not write to the file, and `--help` says that nobody else may.
        #[allow(unsafe_code)]
        let patterns = unsafe { database.map(name) }?;
        let [_, d] = states.shape();
        Ok(Self::of(states, Matrix::new(patterns.numbers(), [n, d]), beta, k))
    }

    fn of(states: Matrix<'_>, patterns: Matrix<'_>, beta: f32, k: usize) -> Self {
        let (answers, normalisers, best) = retrieve_with_best(states, patterns, beta, k);
        Self { answers, normalisers, best }
    }

    /// Blocks have about `block` numbers.
    fn by_blocks(
        states: Matrix<'_>,
        mut patterns: Numbers<'_>,
        beta: f32,
        k: usize,
        block: usize,
    ) -> Result<Self, ArrayError> {
        let [_, d] = states.shape();
        let mut next = |first: usize| {
            let numbers = patterns.read((block / d).max(1) * d)?;
            let rows = numbers.len() / d;
            let mut found = Self::of(states, Matrix::new(&numbers, [rows, d]), beta, k);
            found.best.iter_mut().flatten().for_each(|best| best.pattern += first);
            Ok::<_, ArrayError>((found, first + rows, patterns.left()))
        };
        let (mut all, mut read, mut left) = next(0)?;
        while left > 0 {
            let found;
            (found, read, left) = next(read)?;
            all.add(found, beta, k);
        }
        Ok(all)
    }

    /// Adds what was found in patterns that follow.
    fn add(&mut self, other: Self, beta: f32, k: usize) {
        let Normalisers { largest, sums } = &mut self.normalisers;
        let d = self.answers.len() / sums.len();
        let answers = self.answers.chunks_exact_mut(d).zip(other.answers.chunks_exact(d));
        for (state, (ours, theirs)) in answers.enumerate() {
            let both = largest[state].max(other.normalisers.largest[state]);
            let weight = |largest: f32, sum: f32| sum * ((largest - both) * beta).exp();
            let we = weight(largest[state], sums[state]);
            let they = weight(other.normalisers.largest[state], other.normalisers.sums[state]);
            (largest[state], sums[state]) = (both, we + they);
            let entries = ours.iter_mut().zip(theirs);
            entries.for_each(|(r, more)| *r = (*r * we + more * they) / (we + they));
        }
        for (best, more) in self.best.iter_mut().zip(other.best) {
            best.extend(more);
            best.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
            best.truncate(k);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopfield_arrays::{Npz, to_bytes};

    #[test]
    fn blocks_of_any_size_give_the_same_answers() {
        const D: usize = 5;
        let numbers: Vec<f32> =
            (0..40 * D).map(|i| ((i * 37 + i * i) % 101) as f32 / 50.0).collect();
        let states = Matrix::new(&numbers[..3 * D], [3, D]);
        let whole = Retrieved::of(states, Matrix::new(&numbers, [40, D]), 3.0, 4);
        let file = to_bytes(&Npz, &[("a", &[40, D], &numbers)], None).unwrap();
        let mut file = ArrayFile::from_bytes("x", file).unwrap();
        for block in [1, 2 * D, 7 * D + 1, 100 * D] {
            let patterns = file.numbers("a").unwrap();
            let found = Retrieved::by_blocks(states, patterns, 3.0, 4, block).unwrap();
            // The last bits of a product depend on its shape.
            let close = |a: &[f32], b: &[f32]| {
                let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * b.abs();
                assert!(a.len() == b.len() && a.iter().zip(b).all(near), "{a:?} {b:?}");
            };
            let best = |of: &Retrieved| -> (Vec<usize>, Vec<f32>) {
                of.best.iter().flatten().map(|best| (best.pattern, best.similarity)).unzip()
            };
            let ((patterns, similarities), expected) = (best(&found), best(&whole));
            assert_eq!(patterns, expected.0);
            close(&similarities, &expected.1);
            close(&found.normalisers.largest, &whole.normalisers.largest);
            close(&found.normalisers.sums, &whole.normalisers.sums);
            close(&found.answers, &whole.answers);
        }
    }
}
