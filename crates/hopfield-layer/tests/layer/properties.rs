//! What the theory says, on random layers and states.

use burn::tensor::{Bool, DType, Device, Tensor, TensorData};
use hopfield_layer::{
    Beta, HopfieldConfig, HopfieldInput, HopfieldLayer, HopfieldLayerConfig, Separation,
    Similarity, Steps,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn separations() -> impl Strategy<Value = Separation> {
    prop_oneof![
        Just(Separation::Softmax),
        Just(Separation::Sparsemax),
        Just(Separation::Entmax15),
        (1..6usize).prop_map(Separation::TopK),
        Just(Separation::Softmax1),
        (1..6u32).prop_map(Separation::Polynomial),
        Just(Separation::LogSumRelu),
    ]
}

/// β from .02 to 8, as in the paper's experiments and ours.
fn betas() -> impl Strategy<Value = f64> {
    (0.02f64.ln()..8f64.ln()).prop_map(f64::exp)
}

/// Rows of `d` numbers of ordinary size.
fn rows(count: std::ops::Range<usize>, d: usize) -> impl Strategy<Value = Vec<Vec<f32>>> {
    vec(vec(-2.0f32..2.0, d), count)
}

fn tensor(rows: &[Vec<f32>]) -> Tensor<2> {
    let shape = [rows.len(), rows[0].len()];
    Tensor::from_data(TensorData::new(rows.concat(), shape), &Device::flex())
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// A layer of every kind, and states for it.
#[derive(Debug, Clone)]
struct Case {
    config: HopfieldLayerConfig,
    patterns: Vec<Vec<f32>>,
    states: Vec<Vec<f32>>,
}

impl Case {
    fn layer(&self) -> HopfieldLayer {
        self.config.store(tensor(&self.patterns), None).unwrap()
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let kind =
        (prop::sample::select(&Similarity::ALL[..]), separations(), betas(), 1..3usize, 1..4usize);
    let cases = (kind, rows(1..9, 6), rows(1..6, 6)).prop_map(
        |((similarity, separation, beta, heads, steps), patterns, states)| Case {
            config: HopfieldLayerConfig::new(patterns.len(), 6)
                .with_similarity(similarity)
                .with_separation(separation)
                .with_heads(heads)
                .with_steps(steps)
                .with_beta(Some(Beta::Fixed(beta))),
            patterns,
            states,
        },
    );
    cases.prop_filter("settings that go together", |case| case.config.check().is_ok())
}

fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let error = (found - expected).abs() / expected.abs().max(1.0);
        prop_assert!(error <= tolerance, "{} is not {}", found, expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn weights_are_a_distribution(case in cases()) {
        let layer = case.layer();
        let weights = numbers(layer.associate(tensor(&case.states)));
        for head in weights.chunks(layer.pattern_count()) {
            let sum: f32 = head.iter().sum();
            prop_assert!(head.iter().all(|&weight| (0.0..=1.0 + 1e-5).contains(&weight)), "{head:?}");
            match case.config.separation {
                Separation::Softmax1 => prop_assert!(sum < 1.0 + 1e-5),
                separation if separation.sums_to_one() => prop_assert!((sum - 1.0).abs() < 1e-5, "{sum}"),
                _ => prop_assert!(sum == 0.0 || (sum - 1.0).abs() < 1e-5),
            }
        }
    }

    #[test]
    fn the_order_of_the_patterns_makes_no_difference(case in cases(), by in 0..8usize) {
        let states = tensor(&case.states);
        let expected = numbers(case.layer().forward(states.clone()));
        let mut turned = case.clone();
        turned.patterns.rotate_left(by % case.patterns.len());
        assert_close(&numbers(turned.layer().forward(states)), &expected, 1e-4)?;
    }

    #[test]
    fn a_batch_is_its_states_one_by_one(case in cases()) {
        let layer = case.layer();
        let together = layer.forward(tensor(&case.states));
        let retrieved = layer.retrieve(tensor(&case.states), Steps { max: 7, tolerance: 1e-3 }).unwrap();
        for (index, state) in case.states.iter().enumerate() {
            let row = |rows: &Tensor<2>| numbers(rows.clone().slice_dim(0, index..index + 1));
            let alone = tensor(std::slice::from_ref(state));
            assert_close(&row(&together), &numbers(layer.forward(alone.clone())), 1e-4)?;
            let alone = layer.retrieve(alone, Steps { max: 7, tolerance: 1e-3 }).unwrap();
            // Rounding may shift a step that ends almost at the tolerance.
            if alone.steps[0] == retrieved.steps[index] {
                assert_close(&row(&retrieved.states), &numbers(alone.states), 1e-4)?;
                prop_assert_eq!(alone.converged[0], retrieved.converged[index]);
            } else {
                prop_assert!(alone.steps[0].abs_diff(retrieved.steps[index]) <= 1);
            }
        }
    }

    /// In f64, where rounding hides nothing, and with patterns that are stored several times.
    #[test]
    fn the_energy_never_rises(case in cases(), copies in 0..3usize, start in prop::bool::ANY) {
        let mut patterns = case.patterns.clone();
        patterns.extend(vec![patterns[0].clone(); copies]);
        let f64 = |rows: &[Vec<f32>]| tensor(rows).cast(DType::F64);
        let config = HopfieldLayerConfig { patterns: patterns.len(), ..case.config.clone() };
        let layer = config.store(f64(&patterns), None).unwrap();
        // From anywhere, and from patterns and blank states.
        let mut states = case.states.clone();
        if start {
            states.push(patterns[0].clone());
            states.push(vec![0.0; 6]);
        }
        let found = layer.retrieve(f64(&states), Steps { max: 20, tolerance: 0.0 }).unwrap();
        let Some(energy) = found.energy else { return Ok(()) };
        let [_, width] = energy.dims();
        let energy: Vec<f64> = energy.into_data().iter::<f64>().collect();
        for trace in energy.chunks(width) {
            for pair in trace.windows(2) {
                let rounding = 1e-12 * pair[0].abs().max(1.0) / case.config.beta_value().min(1.0);
                prop_assert!(pair[1] <= pair[0] + rounding, "{trace:?}");
            }
        }
    }

    #[test]
    fn the_energy_of_the_paper_has_its_bounds(patterns in rows(1..9, 6), states in rows(1..6, 6), beta in betas()) {
        let layer = HopfieldLayer::from_patterns(tensor(&patterns), beta).unwrap();
        let energy = numbers(layer.energy(tensor(&states)).unwrap());
        let rounding = 1e-5 / beta.min(1.0) as f32;
        prop_assert!(energy.iter().all(|&energy| energy >= -rounding * 10.0), "{energy:?}");
        let largest = patterns.iter().map(|row| row.iter().map(|h| h * h).sum::<f32>()).fold(0.0, f32::max);
        let after = numbers(layer.energy(layer.forward(tensor(&states))).unwrap());
        prop_assert!(after.iter().all(|&energy| energy <= 2.0 * largest + rounding * 10.0), "{after:?}");
    }

    /// With equal norms the Euclidean network is the dot product's: same weights, same energy.
    #[test]
    fn equal_norms_make_dot_and_euclidean_one(patterns in rows(1..9, 6), states in rows(1..6, 6), beta in betas()) {
        let patterns: Vec<Vec<f32>> = patterns.into_iter().map(|row| {
            let norm = row.iter().map(|h| h * h).sum::<f32>().sqrt().max(0.1);
            row.into_iter().map(|h| h / norm).collect()
        }).collect();
        prop_assume!(patterns.iter().all(|row| (row.iter().map(|h| h * h).sum::<f32>() - 1.0).abs() < 1e-5));
        let config = HopfieldLayerConfig::new(patterns.len(), 6).with_beta(Some(Beta::Fixed(beta)));
        let dot = config.clone().store(tensor(&patterns), None).unwrap();
        let euclidean = config.with_similarity(Similarity::Euclidean).store(tensor(&patterns), None).unwrap();
        let states = tensor(&states);
        assert_close(&numbers(euclidean.associate(states.clone())), &numbers(dot.associate(states.clone())), 1e-4)?;
        let tolerance = 1e-4 / beta.min(1.0) as f32;
        assert_close(&numbers(euclidean.energy(states.clone()).unwrap()), &numbers(dot.energy(states).unwrap()), tolerance)?;
    }

    /// β → ∞ retrieves the best pattern, exactly, unless two are equally good.
    #[test]
    fn a_large_beta_retrieves_the_best_pattern(case in cases()) {
        prop_assume!(case.config.separation.sums_to_one());
        let config = case.config.clone().with_heads(1).with_steps(1).with_beta(Some(Beta::Fixed(1e6)));
        let layer = config.store(tensor(&case.patterns), None).unwrap();
        let similarities = layer.similarities(tensor(&case.states));
        let [_, n] = similarities.dims();
        let retrieved = numbers(layer.forward(tensor(&case.states)));
        for (row, answer) in numbers(similarities).chunks(n).zip(retrieved.chunks(6)) {
            let best = (0..n).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
            let second = (0..n).filter(|&i| i != best).map(|i| row[i]).fold(f32::NEG_INFINITY, f32::max);
            if row[best] - second > 1e-3 {
                assert_close(answer, &case.patterns[best], 1e-6)?;
            }
        }
    }

    /// Δ_i = C(h_i, h_i) − max_{j≠i} C(h_i, h_j), head by head.
    #[test]
    fn separation_is_the_margin_of_every_pattern(case in cases()) {
        let layer = case.layer();
        let (h, n) = (layer.heads(), layer.pattern_count());
        let similarities = numbers(layer.similarities(tensor(&case.patterns))); // [N, h·N]
        let found = layer.diagnose(tensor(&case.states)).separation;
        for head in 0..h {
            for i in 0..n {
                let to = |j: usize| f64::from(similarities[i * h * n + head * n + j]);
                let other = (0..n).filter(|&j| j != i).map(to).fold(f64::NEG_INFINITY, f64::max);
                let (found, expected) = (found[head * n + i], to(i) - other);
                prop_assert!(found == expected || (found - expected).abs() < 1e-4, "{found} is not {expected}");
            }
        }
    }

    /// The error of one step is within the bound of Ramsauer et al., head by head.
    #[test]
    fn one_step_errs_less_than_the_bound(case in cases(), beta in 0.02f64..60.0, k in 1..9usize) {
        let separation = if k < 5 { Separation::TopK(k) } else { Separation::Softmax };
        let config = case.config.clone().with_separation(separation).with_steps(1).with_beta(Some(Beta::Fixed(beta)));
        // The bound is about keys; so the patterns are such that they are their own keys, or move like them.
        let normalised = matches!(config.similarity, Similarity::Cosine | Similarity::LayerNorm);
        let config = if normalised { config.with_heads(1) } else { config };
        let mut patterns = case.patterns.clone();
        for row in patterns.iter_mut().filter(|_| normalised) {
            let centre = config.similarity == Similarity::LayerNorm;
            let mean = if centre { row.iter().sum::<f32>() / 6.0 } else { 0.0 };
            let norm = row.iter().map(|h| (h - mean).powi(2)).sum::<f32>().sqrt();
            prop_assume!(norm > 0.1);
            let radius = if centre { 6f32.sqrt() } else { 1.0 };
            row.iter_mut().for_each(|h| *h = (*h - mean) / norm * radius);
        }
        let layer = config.store(tensor(&patterns), None).unwrap();
        let states = tensor(&case.states);
        let bounds = numbers(layer.retrieval_error_bound(states.clone()).unwrap());
        let similarities = numbers(layer.similarities(states.clone()));
        let answers = numbers(layer.forward(states));
        let (h, n) = (layer.heads(), layer.pattern_count());
        for (state, bound) in bounds.into_iter().enumerate() {
            let mut square = 0.0;
            for head in 0..h {
                let row = &similarities[(state * h + head) * n..][..n];
                let best = (0..n).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
                let entries = head * 6 / h..(head + 1) * 6 / h;
                square += entries.map(|at| (answers[state * 6 + at] - patterns[best][at]).powi(2)).sum::<f32>();
            }
            prop_assert!(square.sqrt() <= bound * (1.0 + 1e-4) + 1e-5, "{} above {bound}", square.sqrt());
        }
    }

    /// A state that is not finite is answered with NaN, and its batch mates as if it were not there.
    #[test]
    fn one_broken_state_breaks_no_other(case in cases(), broken in prop::sample::select(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY][..]), at in 0..6usize) {
        // With heads, only those that see the entry.
        let config = case.config.clone().with_heads(1);
        let layer = config.store(tensor(&case.patterns), None).unwrap();
        let mut states = case.states.clone();
        states.push(vec![1.0; 6]);
        let expected = numbers(layer.forward(tensor(&states)));
        states[0][at] = broken;
        let weights = numbers(layer.associate(tensor(&states)));
        prop_assert!(weights[..case.patterns.len()].iter().all(|weight| weight.is_nan()), "{weights:?}");
        let found = numbers(layer.forward(tensor(&states)));
        prop_assert!(found[..6].iter().all(|entry| entry.is_nan()), "{found:?}");
        assert_close(&found[6..], &expected[6..], 1e-5)?;
        let retrieval = layer.retrieve(tensor(&states), Steps::default()).unwrap();
        prop_assert_eq!((retrieval.steps[0], retrieval.converged[0]), (1, false));
    }

    /// Equal patterns share the weight.
    #[test]
    fn equal_patterns_have_equal_weights(case in cases()) {
        let patterns = vec![case.patterns[0].clone(); 4];
        let config = HopfieldLayerConfig { patterns: 4, ..case.config.clone() };
        let layer = config.store(tensor(&patterns), None).unwrap();
        for head in numbers(layer.associate(tensor(&case.states))).chunks(4) {
            assert_close(head, &[head[0]; 4], 1e-5)?;
            let sum: f32 = head.iter().sum();
            match case.config.separation {
                Separation::Softmax1 => prop_assert!(sum < 1.0 + 1e-5),
                separation if separation.sums_to_one() => prop_assert!((sum - 1.0).abs() < 1e-5),
                _ => prop_assert!(sum == 0.0 || (sum - 1.0).abs() < 1e-5),
            }
        }
    }

    /// The stored patterns under the padding might as well not be there, and pooling does not see the order.
    #[test]
    fn padding_is_absence(patterns in rows(2..7, 6), states in rows(1..4, 6), kind in (prop::sample::select(&Similarity::ALL[..]), separations()), cut in 1..6usize) {
        let cut = cut.min(patterns.len() - 1);
        let config = HopfieldConfig::new(6).with_similarity(kind.0).with_separation(kind.1).with_steps(2);
        let Ok(hopfield) = config.try_init(1, &Device::flex()) else { return Ok(()) };
        let states = tensor(&states).unsqueeze::<3>();
        let some = HopfieldInput::new(states.clone(), tensor(&patterns[..cut]).unsqueeze());
        let mut all = patterns.clone();
        all[cut..].iter_mut().for_each(|row| row[0] = f32::NAN);
        let padded: Vec<bool> = (0..all.len()).map(|row| row >= cut).collect();
        let padding = Tensor::<1, Bool>::from_data(padded.as_slice(), &Device::flex());
        let input = HopfieldInput::new(states, tensor(&all).unsqueeze()).with_padding(padding.unsqueeze());
        assert_close(&numbers(hopfield.forward(input)), &numbers(hopfield.forward(some)), 1e-4)?;
    }
}

trait BetaValue {
    fn beta_value(&self) -> f64;
}

impl BetaValue for HopfieldLayerConfig {
    fn beta_value(&self) -> f64 {
        match self.beta {
            Some(Beta::Fixed(beta)) => beta,
            _ => unreachable!("the cases have a fixed β"),
        }
    }
}
