//! Streaming and top-k on slices: ties, entries that are not numbers, numbers of threads.

use hopfield_kernels::{
    Best, Matrix, Wanted, half_squared_distances, product, retrieve, retrieve_gradients,
    retrieve_with_best, softmax, top_k,
};
use proptest::prelude::*;

mod common;
use common::{numbers, size};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_best_are_those_of_sorting(b in size(), n in prop_oneof![size(), 500usize..2000], k in 0usize..20, seed: u32) {
        let d = 5;
        // Whole numbers: many ties.
        let whole = |count, seed| numbers(count, seed).into_iter().map(|x| (x * 2.0).round()).collect::<Vec<f32>>();
        let (states, patterns) = (whole(b * d, seed.into()), whole(n * d, seed as u64 + 1));
        let (q, h) = (Matrix::new(&states, [b, d]), Matrix::new(&patterns, [n, d]));
        let scores = product(q, h.t(), 1.0);
        let found = top_k(q, h, k);
        prop_assert_eq!(&found, &retrieve_with_best(q, h, 1.0, k).2);
        prop_assert_eq!(found.len(), b);
        for (row, found) in scores.chunks_exact(n).zip(found) {
            let mut all: Vec<_> =
                row.iter().enumerate().map(|(pattern, &similarity)| Best { pattern, similarity }).collect();
            // Whole numbers can be 0 and −0, which are equal.
            all.sort_by(|a, b| b.similarity.partial_cmp(&a.similarity).expect("numbers"));
            all.truncate(k);
            prop_assert_eq!(found, all);
        }
    }
}

#[test]
fn a_state_that_is_no_number_does_not_touch_the_others() {
    let (n, d) = (600, 8);
    let patterns = numbers(n * d, 3);
    let mut states = numbers(4 * d, 4);
    (states[d], states[2 * d + 3]) = (f32::NAN, f32::INFINITY);
    let (q, h) = (Matrix::new(&states, [4, d]), Matrix::new(&patterns, [n, d]));
    let mut weights = product(q, h.t(), 1.0);
    softmax(&mut weights, n, 0.7);
    let plain = product(Matrix::new(&weights, [4, n]), h, 1.0);
    for found in [retrieve(q, h, 0.7).0, plain] {
        let bad: Vec<bool> = found.chunks(d).map(|row| row.iter().any(|x| x.is_nan())).collect();
        assert_eq!(bad, [false, true, true, false]);
    }
}

#[test]
fn patterns_that_are_no_numbers_do_not_vanish() {
    let (n, d) = (600, 8);
    let states = numbers(d, 4);
    // A pattern, all of a tile, all of the run, all there are.
    for nothing in [0..1, 0..256, 256..600, 0..600] {
        let mut patterns = numbers(n * d, 3);
        patterns[nothing.start * d..nothing.end * d].fill(f32::NAN);
        let (q, h) = (Matrix::new(&states, [1, d]), Matrix::new(&patterns, [n, d]));
        let (found, normalisers) = retrieve(q, h, 0.7);
        assert!(normalisers.sums[0].is_nan() && found.iter().all(|x| x.is_nan()), "{nothing:?}");
    }
}

#[test]
fn one_of_many_threads_gives_the_same_numbers() {
    let [b, n, d] = [130, 700, 784];
    let (states, patterns) = (numbers(b * d, 8), numbers(n * d, 9));
    let all = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (q, h) = (Matrix::new(&states, [b, d]), Matrix::new(&patterns, [n, d]));
            let mut weights = product(q, h.t(), 1.0);
            softmax(&mut weights, n, 0.05);
            let by_pattern = product(Matrix::new(&weights, [b, n]).t(), q, 1.0);
            let (found, normalisers) = retrieve(q, h, 0.05);
            let wanted = Wanted { states: true, patterns: true };
            let gradients = retrieve_gradients(q, h, 0.05, (&found, &normalisers), q, wanted);
            (by_pattern, weights, found, normalisers, gradients)
        })
    };
    let one = all(1);
    for threads in [2, 3, 7] {
        assert!(all(threads) == one, "{threads} threads");
    }
}

/// Clusters far from the origin and from each other, outliers, places on the Earth in metres: the nearest pattern is that of an
/// f64 program, or one as near but for the rounding of the sum. `SETS=1000` takes more sets.
#[test]
fn the_nearest_pattern_is_the_nearest_one() {
    let sets = std::env::var("SETS").map_or(40, |sets| sets.parse().expect("a number"));
    for seed in 0..sets {
        let random = numbers(8, seed);
        // From 2 to 1,000 dimensions, from 1 to 10,000 patterns, with a million numbers at most.
        let d = (2.0 * 500f32.powf(random[0].abs())) as usize;
        let n = ((1e4f32.powf(random[1].abs())) as usize).clamp(1, 1_000_000 / d);
        let b = 20;
        let scale = 1e6f32.powf(random[2].abs());
        let clusters = 1 + (random[3].abs() * 5.0) as usize;
        let centres: Vec<f32> = match seed % 4 {
            0 => numbers(clusters * d, seed + 1).into_iter().map(|x| x * scale).collect(),
            1 => vec![scale; clusters * d],
            2 => (0..clusters * d).map(|i| if i < d { scale } else { 0.0 }).collect(),
            _ => (0..clusters * d).map(|i| [4_201_000.0, 168_000.0, -4_780_000.0][i % 3]).collect(),
        };
        let rows = |count: usize, seed| -> Vec<f32> {
            let spread = numbers(count * d, seed).into_iter().enumerate();
            spread.map(|(i, x)| centres[i / d % clusters * d + i % d] + x).collect()
        };
        let (states, patterns) = (rows(b, seed + 2), rows(n, seed + 3));
        let found =
            half_squared_distances(Matrix::new(&states, [b, d]), Matrix::new(&patterns, [n, d]));
        for (state, found) in states.chunks(d).zip(found.chunks(n)) {
            let distance = |row: usize| -> f64 {
                let pattern = patterns[row * d..][..d].iter().zip(state);
                pattern.map(|(&h, &x)| (f64::from(h) - f64::from(x)).powi(2)).sum()
            };
            let best = (0..n).max_by(|&a, &b| found[a].total_cmp(&found[b])).expect("a pattern");
            let nearest = (0..n).map(distance).fold(f64::INFINITY, f64::min);
            let off = distance(best) / nearest.max(f64::MIN_POSITIVE) - 1.0;
            assert!(
                off < 1e-5,
                "set {seed}: N = {n}, d = {d}, scale {scale}: {} is not {nearest}",
                distance(best)
            );
        }
    }
}
