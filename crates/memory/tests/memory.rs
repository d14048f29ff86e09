//! Memories against their definitions: NumPy fixtures, brute force in f64, and theory.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_memory::{
    AssociativeMemory, ClassicalHopfield, ClassicalSettings, ContinuousMemory, ContinuousSettings,
    DenseMemory, DenseSettings, End, Interaction, MemoryError, Storage, Updates,
};
use proptest::prelude::*;
use serde_json::Value;

type Rows = Vec<Vec<f64>>;

fn tensor(rows: &[Vec<f64>]) -> Tensor<2> {
    let numbers: Vec<f32> = rows.concat().into_iter().map(|x| x as f32).collect();
    Tensor::from_data(TensorData::new(numbers, [rows.len(), rows[0].len()]), &Device::flex())
}

fn rows(tensor: Tensor<2>) -> Rows {
    let [_, d] = tensor.dims();
    let numbers: Vec<f64> = tensor.into_data().iter::<f64>().collect();
    numbers.chunks_exact(d).map(<[f64]>::to_vec).collect()
}

fn numbers(tensor: Tensor<1>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

fn close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let error = (found - expected).abs();
        assert!(error <= 2e-5 * (0.01 + expected.abs()), "{what}: {found}, not {expected}");
    }
}

fn dense(patterns: &[Vec<f64>], interaction: Interaction, updates: Updates) -> DenseMemory {
    DenseMemory::store(tensor(patterns), &DenseSettings { interaction, updates }).unwrap()
}

#[test]
fn every_network_does_what_numpy_does() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("reference/memory.json")).unwrap();
    let mut seen = BTreeMap::new();
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        *seen.entry(name).or_insert(0) += 1;
        let matrix = |key: &str| -> Rows { serde_json::from_value(case[key].clone()).unwrap() };
        let (patterns, states, settings) =
            (matrix("patterns"), matrix("states"), &case["settings"]);
        let energy: Vec<f64> = serde_json::from_value(case["energy"].clone()).unwrap();
        let degree = || settings["degree"].as_u64().unwrap() as u32;
        let beta = || settings["beta"].as_f64().unwrap();
        for (updates, key) in
            [(Updates::Synchronous, "synchronous"), (Updates::Asynchronous, "asynchronous")]
        {
            let (what, expected) = (format!("{name} {settings} {key}"), matrix(key));
            if name == "continuous" {
                if updates == Updates::Synchronous {
                    let settings = ContinuousSettings { beta: beta(), ..Default::default() };
                    let memory = ContinuousMemory::store(tensor(&patterns), &settings).unwrap();
                    let found = rows(memory.update(tensor(&states)));
                    close(&found.concat(), &expected.concat(), &what);
                    close(&numbers(memory.energy(tensor(&states)).unwrap()), &energy, &what);
                }
                continue;
            }
            let memory: Box<dyn AssociativeMemory> = match name {
                "classical" => Box::new({
                    let storage = match settings["storage"].as_str().unwrap() {
                        "hebbian" => Storage::Hebbian,
                        _ => Storage::PseudoInverse,
                    };
                    let biases = serde_json::from_value(settings["biases"].clone()).unwrap();
                    let settings = ClassicalSettings { storage, biases: Some(biases), updates };
                    ClassicalHopfield::store(tensor(&patterns), &settings).unwrap()
                }),
                "polynomial" => {
                    Box::new(dense(&patterns, Interaction::Polynomial(degree()), updates))
                }
                "rectified" => {
                    Box::new(dense(&patterns, Interaction::RectifiedPolynomial(degree()), updates))
                }
                "exponential" => {
                    Box::new(dense(&patterns, Interaction::Exponential { beta: beta() }, updates))
                }
                other => panic!("{other}"),
            };
            assert_eq!(rows(memory.update(tensor(&states))), expected, "{what}");
            close(&numbers(memory.energy(tensor(&states)).unwrap()), &energy, &what);
        }
    }
    let counts: Vec<_> = seen.into_iter().collect();
    let expected = [("classical", 16), ("continuous", 8), ("exponential", 12), ("polynomial", 20)];
    assert_eq!(counts, [&expected[..], &[("rectified", 20)]].concat());
}

/// Networks of random patterns, and states: some patterns with changed units, others random, some with unknown units.
#[derive(Debug, Clone)]
struct Case {
    patterns: Rows,
    states: Rows,
}

fn cases(units: std::ops::Range<usize>) -> impl Strategy<Value = Case> {
    let sign = |up: bool| if up { 1.0 } else { -1.0 };
    (units, 1..50usize).prop_flat_map(move |(d, n)| {
        let unit = prop::bool::ANY.prop_map(sign);
        let patterns = prop::collection::vec(prop::collection::vec(unit, d), n);
        let change = prop::sample::select(vec![1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, 0.0]);
        let change = (0..n, prop::collection::vec(change, d));
        (patterns, prop::collection::vec(change, 4)).prop_map(|(patterns, changes)| {
            let state = |(of, change): &(usize, Vec<f64>)| {
                patterns[*of].iter().zip(change).map(|(x, change)| x * change).collect()
            };
            let states = changes.iter().map(state).collect();
            Case { patterns, states }
        })
    })
}

fn interactions() -> impl Strategy<Value = Interaction> {
    prop_oneof![
        (1..40u32).prop_map(Interaction::Polynomial),
        (1..40u32).prop_map(Interaction::RectifiedPolynomial),
        exponentials(),
    ]
}

/// β from .01 to 50.
fn exponentials() -> impl Strategy<Value = Interaction> {
    (0.01f64.ln()..50f64.ln()).prop_map(|log| Interaction::Exponential { beta: log.exp() })
}

fn overlaps(case: &Case, state: &[f64]) -> Vec<f64> {
    case.patterns.iter().map(|x| x.iter().zip(state).map(|(x, s)| x * s).sum()).collect()
}

/// F, scaled so that it fits into f64 for overlaps up to `top`.
fn f(interaction: Interaction, z: f64, top: f64) -> f64 {
    match interaction {
        Interaction::Polynomial(n) => (z / top).powi(n as i32),
        Interaction::RectifiedPolynomial(n) => (z.max(0.0) / top).powi(n as i32),
        Interaction::Exponential { beta } => ((z - top) * beta).exp(),
    }
}

/// The unit's new sign: the one with the lower energy, found by computing both. None if f32 can't tell them apart.
fn brute_force(case: &Case, state: &[f64], unit: usize, interaction: Interaction) -> Option<f64> {
    let with = |sign: f64| {
        let mut state = state.to_vec();
        state[unit] = sign;
        overlaps(case, &state)
    };
    // The number of patterns with each overlap: equal numbers up and down cancel exactly.
    let mut counts: BTreeMap<i64, f64> = BTreeMap::new();
    let (up, down) = (with(1.0), with(-1.0));
    up.iter().for_each(|&z| *counts.entry(z as i64).or_default() += 1.0);
    down.iter().for_each(|&z| *counts.entry(z as i64).or_default() -= 1.0);
    let top = up.iter().chain(&down).copied().map(f64::abs).fold(0.0, f64::max);
    let field = |interaction| -> f64 {
        counts.iter().map(|(&z, &count)| count * f(interaction, z as f64, top)).sum()
    };
    // A larger β only magnifies the same differences, so a smaller one decides alike.
    let gentle = match interaction {
        Interaction::Exponential { beta } => {
            Interaction::Exponential { beta: beta.min(0.5 * (up.len() as f64).ln() + 1.0) }
        }
        other => other,
    };
    let pull = |(&up, &down): (&f64, &f64)| (f(gentle, up, top) - f(gentle, down, top)).abs();
    let all = up.iter().zip(&down).map(pull).sum::<f64>();
    match field(interaction) {
        0.0 => Some(if state[unit] == 0.0 { 1.0 } else { state[unit] }),
        _ if field(gentle).abs() < 1e-5 * all => None,
        field => Some(field.signum()),
    }
}

fn equals_brute_force(case: &Case, interaction: Interaction, updates: Updates) {
    let found = rows(dense(&case.patterns, interaction, updates).update(tensor(&case.states)));
    for (state, found) in case.states.iter().zip(found) {
        let mut seen = state.clone();
        for unit in 0..state.len() {
            let expected = brute_force(case, &seen, unit, interaction);
            assert!(expected.is_none_or(|sign| sign == found[unit]), "unit {unit}: {found:?}");
            assert!(found[unit].abs() == 1.0);
            if updates == Updates::Asynchronous {
                seen[unit] = found[unit];
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_vectorised_exponential_rule_equals_brute_force(
        case in cases(1..40), interaction in exponentials()
    ) {
        equals_brute_force(&case, interaction, Updates::Synchronous);
    }
}

proptest! {
    #[test]
    fn every_rule_equals_brute_force(case in cases(1..40), interaction in interactions()) {
        equals_brute_force(&case, interaction, Updates::Synchronous);
        equals_brute_force(&case, interaction, Updates::Asynchronous);
    }

    #[test]
    fn asynchronous_updates_never_raise_the_energy(
        case in cases(1..30), interaction in interactions()
    ) {
        let memory = dense(&case.patterns, interaction, Updates::Asynchronous);
        // Unknown units have no energy yet.
        let mut states = rows(memory.update(tensor(&case.states)));
        for _ in 0..4 {
            let next = rows(memory.update(tensor(&states)));
            for (before, after) in states.iter().zip(&next) {
                let sums = [before, after].map(|state| {
                    let terms = overlaps(&case, state);
                    let terms = terms.iter().map(|&z| f(interaction, z, before.len() as f64));
                    terms.fold([0.0, 0.0], |[sum, size], f| [sum + f, size + f.abs()])
                });
                let [[before, size], [after, _]] = sums; // of −E
                prop_assert!(after >= before - 1e-5 * size, "−E falls from {before} to {after}");
            }
            states = next;
        }
    }

    #[test]
    fn classical_asynchronous_updates_never_raise_the_energy(
        case in cases(1..30), bias in -3..4i8, inverse: bool
    ) {
        let storage = if inverse { Storage::PseudoInverse } else { Storage::Hebbian };
        let biases = Some((0..case.states[0].len()).map(|l| f32::from(bias) * (l % 3) as f32).collect());
        let settings = ClassicalSettings { storage, biases, updates: Updates::Asynchronous };
        let memory = ClassicalHopfield::store(tensor(&case.patterns), &settings).unwrap();
        let mut states = memory.update(tensor(&case.states));
        for _ in 0..4 {
            let next = memory.update(states.clone());
            let energies = |states: &Tensor<2>| numbers(memory.energy(states.clone()).unwrap());
            for (before, after) in energies(&states).into_iter().zip(energies(&next)) {
                prop_assert!(after <= before + 1e-5 * (1.0 + before.abs()), "{before} → {after}");
            }
            states = next;
        }
    }

    /// A recall that reports a fixed point ends in one, and one that reports a cycle does not.
    #[test]
    fn a_recall_ends_where_updates_end(case in cases(2..30), interaction in interactions()) {
        for updates in [Updates::Synchronous, Updates::Asynchronous] {
            let memory = dense(&case.patterns, interaction, updates);
            let found = memory.recall(tensor(&case.states), 200);
            let again = rows(memory.update(found.states.clone()));
            for (state, (again, found)) in rows(found.states).iter().zip(again.iter().zip(&found.ends)) {
                match found {
                    End::FixedPoint => prop_assert_eq!(state, again),
                    End::TwoCycle => {
                        prop_assert_ne!(state, again);
                        prop_assert_eq!(updates, Updates::Synchronous);
                    }
                    // Synchronous updates of a network that is not pairwise may take long or go round.
                    End::OutOfSteps => prop_assert_eq!(updates, Updates::Synchronous),
                }
            }
        }
    }
}

/// The identity in the documentation of [`DenseMemory`].
#[test]
fn the_exponential_rule_is_attention_without_the_own_vote() {
    let sign = |up| if up { 1.0 } else { -1.0 };
    let patterns: Rows = (0..9u64)
        .map(|k| (0..16).map(|l| sign((k * 37 + l * l * 11 + k * l) % 5 < 2)).collect())
        .collect();
    let states: Rows = (0..64u64)
        .map(|k| (0..16).map(|l| sign((k * 53 + l * l * 7 + k * l) % 7 < 3)).collect())
        .collect();
    let beta = 0.5;
    let memory = dense(&patterns, Interaction::Exponential { beta }, Updates::Synchronous);
    let layer = hopfield_layer::HopfieldLayer::from_patterns(tensor(&patterns), beta).unwrap();
    let field = layer.forward(tensor(&states)) - tensor(&states) * beta.tanh();
    assert!(field.clone().abs().min().into_scalar::<f32>() > 1e-5, "no tie among the examples");
    assert_eq!(rows(memory.update(tensor(&states))), rows(field.sign()));
}

#[test]
fn nothing_overflows() {
    let signs = |seed: u64, d: usize| -> Vec<f64> {
        let bit = |i: u64| (seed * 7919 + i * 104_729 + i * i * seed) % 13 < 6;
        (0..d as u64).map(|i| if bit(i) { 1.0 } else { -1.0 }).collect()
    };
    for d in [1, 10, 794, 3000] {
        let patterns: Rows = (0..20).map(|seed| signs(seed, d)).collect();
        for interaction in [
            Interaction::Polynomial(1000),
            Interaction::Polynomial(1001),
            Interaction::RectifiedPolynomial(20),
            Interaction::RectifiedPolynomial(u32::MAX),
            Interaction::Exponential { beta: 1e30 },
            Interaction::Exponential { beta: 1e-30 },
        ] {
            let memory = dense(&patterns, interaction, Updates::Synchronous);
            let energies = numbers(memory.energy(tensor(&patterns)).unwrap());
            assert!(energies.iter().all(|energy| energy.is_finite()), "{interaction:?}");
            let next = rows(memory.update(tensor(&patterns)));
            let steep = interaction != Interaction::Exponential { beta: 1e-30 };
            assert!(next.concat().iter().all(|unit| unit.abs() == 1.0), "{interaction:?}");
            // Patterns of many units are far apart, and fixed points of all but the flattest.
            assert!(d < 794 || !steep || next == patterns, "{interaction:?} {d}");
        }
    }
}

#[test]
fn the_pseudo_inverse_stores_what_hebb_cannot() {
    // Twelve patterns that share most of their units, and one of them twice.
    let mut patterns: Rows = (0..12)
        .map(|k| (0..40).map(|l| if l % 12 == k || l % 7 == 0 { 1.0 } else { -1.0 }).collect())
        .collect();
    patterns.push(patterns[3].clone());
    let kept = |storage| {
        let settings = ClassicalSettings { storage, ..Default::default() };
        let memory = ClassicalHopfield::store(tensor(&patterns), &settings).unwrap();
        let next = rows(memory.update(tensor(&patterns)));
        next.iter().zip(&patterns).filter(|(a, b)| a == b).count()
    };
    assert_eq!(kept(Storage::PseudoInverse), 13);

    // As many independent patterns as units: every state is a fixed point.
    let all: Rows = (0..16u64)
        .map(|k| (0..16).map(|l| if (k & l).count_ones() % 2 == 0 { 1.0 } else { -1.0 }).collect())
        .collect();
    let settings = ClassicalSettings { storage: Storage::PseudoInverse, ..Default::default() };
    let memory = ClassicalHopfield::store(tensor(&all), &settings).unwrap();
    let state: Rows = vec![(0..16).map(|l| if l % 5 < 2 { 1.0 } else { -1.0 }).collect()];
    assert_eq!(rows(memory.update(tensor(&state))), state);
    assert_eq!(kept(Storage::Hebbian), 0);
}

#[test]
fn what_cannot_be_stored_is_refused() {
    let grey = Tensor::<2>::from_data([[1.0, 0.5]], &Device::flex());
    let error = ClassicalHopfield::store(grey.clone(), &Default::default()).unwrap_err();
    assert!(
        error.to_string().starts_with("a pattern has an entry that is not +1 or -1"),
        "{error}"
    );
    assert_eq!(DenseMemory::store(grey, &Default::default()).unwrap_err(), MemoryError::NotBinary);

    let one = || Tensor::<2>::ones([1, 2], &Device::flex());
    let refused = |interaction, message: &str| {
        let settings = DenseSettings { interaction, ..Default::default() };
        let error = DenseMemory::store(one(), &settings).unwrap_err();
        assert_eq!(error.to_string(), message);
    };
    refused(Interaction::Polynomial(0), "`degree` is 0; allowed: 1 or more");
    let message = "`beta` is NaN; allowed: a number from 1.2e-38 to 3.4e38";
    refused(Interaction::Exponential { beta: f64::NAN }, message);
    let biases = ClassicalSettings { biases: Some(vec![1.0]), ..Default::default() };
    let error = ClassicalHopfield::store(one(), &biases).unwrap_err();
    assert_eq!(error.to_string(), "`biases` is 1 numbers; allowed: 2 finite numbers, one per unit");
    let none = Tensor::<2>::zeros([0, 3], &Device::flex());
    let error = ContinuousMemory::store(none, &Default::default()).unwrap_err();
    assert_eq!(error, MemoryError::Empty { shape: [0, 3] });
}

#[test]
#[should_panic(expected = "+1, −1 or, if unknown, 0")]
fn grey_states_panic() {
    dense(&[vec![1.0, -1.0]], Interaction::default(), Updates::Synchronous)
        .update(Tensor::<2>::from_data([[0.5, 1.0]], &Device::flex()));
}
