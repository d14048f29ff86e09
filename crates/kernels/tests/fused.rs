//! The fast path against the plain composition of tensor operations, in value and gradient.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Distribution, Gradients, Tensor, TensorData, Tolerance};
use hopfield_kernels::{
    Best, Matrix, Wanted, fused, product, retrieve, retrieve_gradients, retrieve_with_best,
    softmax as softmax_rows, top_k,
};
use proptest::prelude::*;

/// Sizes with 1, with multiples of vectors and of tiles, and with none.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![Just(1), Just(16), Just(64), 1usize..40, 60usize..300]
}

/// Numbers in [−1, 1], the same for the same seed.
fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// [states, patterns, G], tracked but for G, and β.
struct Case {
    states: Tensor<2>,
    patterns: Tensor<2>,
    beta: Tensor<2>,
    gradient: Tensor<2>,
}

impl Case {
    fn new([b, n, d]: [usize; 3], width: usize, beta: f32, seed: u64) -> Self {
        let device = Device::flex().autodiff();
        let tensor = |rows: usize, width: usize, seed| {
            let data = TensorData::new(numbers(rows * width, seed), [rows, width]);
            Tensor::<2>::from_data(data, &device)
        };
        Self {
            states: tensor(b, d, seed).require_grad(),
            patterns: tensor(n, d, seed + 1).require_grad(),
            beta: Tensor::from_data([[beta]], &device).require_grad(),
            gradient: tensor(b, width, seed + 2).without_autodiff(),
        }
    }

    /// The answer, and its gradients by states, patterns and β.
    fn run(&self, way: impl Fn(Tensor<2>, Tensor<2>, Tensor<2>) -> Tensor<2>) -> [TensorData; 4] {
        let answer = way(self.states.clone(), self.patterns.clone(), self.beta.clone());
        let loss = (answer.clone() * self.gradient.clone().autodiff()).sum();
        let gradients = loss.backward();
        let of = |tensor: &Tensor<2>, gradients: &Gradients| {
            tensor.grad(gradients).expect("a gradient").into_data()
        };
        [
            answer.into_data(),
            of(&self.states, &gradients),
            of(&self.patterns, &gradients),
            of(&self.beta, &gradients),
        ]
    }
}

fn weights(q: Tensor<2>, k: Tensor<2>, beta: Tensor<2>) -> Tensor<2> {
    softmax(q.matmul(k.transpose()) * beta, 1)
}

impl Case {
    /// Whether answer and gradients are the expected ones. What is a sum of many terms is as exact as these are large:
    /// ∂L/∂β is `Σ I ∘ ∂L/∂I / β`.
    fn assert_near(&self, found: [TensorData; 4], expected: [TensorData; 4]) {
        let states = self.states.to_data();
        let terms = states.iter::<f32>().zip(expected[1].iter::<f32>()).map(|(x, g)| (x * g).abs());
        let beta = self.beta.to_data().iter::<f32>().next().expect("one number");
        let terms = terms.sum::<f32>() / beta;
        for (place, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            let largest = expected.iter::<f32>().fold(1.0f32, |most, x| most.max(x.abs()));
            let size = if place == 3 { largest.max(terms) } else { largest };
            found.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-5, 1e-5 * size));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fused_association_is_the_plain_one(b in size(), n in size(), d in size(), beta in 0.01f32..2.0, seed: u32) {
        let case = Case::new([b, n, d], n, beta, seed.into());
        prop_assert!(fused::fits(&[&case.states, &case.patterns, &case.beta]));
        case.assert_near(case.run(fused::associate), case.run(weights));
    }

    #[test]
    fn fused_retrieval_is_the_plain_one(b in size(), n in size(), d in size(), beta in 0.01f32..2.0, seed: u32) {
        let case = Case::new([b, n, d], d, beta, seed.into());
        let plain = |q, h: Tensor<2>, beta| weights(q, h.clone(), beta).matmul(h);
        case.assert_near(case.run(fused::retrieve), case.run(plain));
        let in_two = |q, h: Tensor<2>, beta| fused::mix(fused::associate(q, h.clone(), beta), h);
        case.assert_near(case.run(in_two), case.run(plain));
    }

    #[test]
    fn streaming_is_retrieval(b in size(), n in prop_oneof![size(), 500usize..3000], d in size(), beta in 0.01f32..2.0, seed: u32) {
        let (states, patterns, gradient) =
            (numbers(b * d, seed.into()), numbers(n * d, seed as u64 + 1), numbers(b * d, seed as u64 + 2));
        let (q, h) = (Matrix::new(&states, [b, d]), Matrix::new(&patterns, [n, d]));
        let (found, normalisers) = retrieve(q, h, beta);
        let gradients = retrieve_gradients(
            q, h, beta, (&found, &normalisers), Matrix::new(&gradient, [b, d]), Wanted { states: true, patterns: true },
        );
        let mut case = Case::new([b, n, d], d, beta, 0);
        let of = |data: &Vec<f32>, rows| TensorData::new(data.clone(), [rows, d]);
        let device = case.states.device();
        case.states = Tensor::from_data(of(&states, b), &device).require_grad();
        case.patterns = Tensor::from_data(of(&patterns, n), &device).require_grad();
        case.gradient = Tensor::from_data(of(&gradient, b), &Device::flex());
        let expected = case.run(|q, h, beta| weights(q, h.clone(), beta).matmul(h));
        let by_beta = (gradients.log_beta / f64::from(beta)) as f32;
        case.assert_near(
            [of(&found, b), of(&gradients.states, b), of(&gradients.patterns, n), TensorData::new(vec![by_beta], [1, 1])],
            expected,
        );
    }

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
            all.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
            all.truncate(k);
            prop_assert_eq!(found, all);
        }
    }
}

#[test]
fn more_weights_than_are_kept_make_no_difference() {
    let case = Case::new([4200, 4000, 2], 2, 1.0, 6);
    let plain = |q, h: Tensor<2>, beta| weights(q, h.clone(), beta).matmul(h);
    case.assert_near(case.run(fused::retrieve), case.run(plain));
}

#[test]
fn the_squared_error_and_both_gradients() {
    let case = Case::new([7, 7, 33], 33, 1.0, 2);
    let gradients =
        (fused::squared_error(case.states.clone(), case.patterns.clone()) * 3.0).backward();
    let expected = (case.states.clone() - case.patterns.clone()).without_autodiff() * 6.0;
    let of = |tensor: &Tensor<2>| tensor.grad(&gradients).unwrap().into_data();
    let tolerance = Tolerance::rel_abs(1e-6, 1e-6);
    of(&case.states).assert_approx_eq::<f32>(&expected.to_data(), tolerance);
    of(&case.patterns).assert_approx_eq::<f32>(&(-expected).to_data(), tolerance);
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let [b, n, d] = [3, 7, 5];
    let case = Case::new([b, n, d], d, 1.3, 5);
    let [_, by_states, by_patterns, by_beta] = case.run(fused::retrieve);
    let f64s = |tensor: &Tensor<2>| tensor.to_data().iter::<f64>().collect::<Vec<f64>>();
    let inputs = [f64s(&case.states), f64s(&case.patterns), f64s(&case.beta)];
    let g = f64s(&case.gradient);
    let loss = |inputs: &[Vec<f64>; 3]| -> f64 {
        let [states, patterns, beta] = inputs;
        let mut loss = 0.0;
        for (state, g) in states.chunks(d).zip(g.chunks(d)) {
            let dot = |h: &[f64]| h.iter().zip(state).map(|(a, b)| a * b).sum::<f64>();
            let weights: Vec<f64> = patterns.chunks(d).map(|h| (beta[0] * dot(h)).exp()).collect();
            let sum: f64 = weights.iter().sum();
            for (h, weight) in patterns.chunks(d).zip(weights) {
                loss += weight / sum * h.iter().zip(g).map(|(a, b)| a * b).sum::<f64>();
            }
        }
        loss
    };
    for (input, found) in [by_states, by_patterns, by_beta].into_iter().enumerate() {
        for (entry, found) in found.iter::<f64>().enumerate() {
            let at = |step: f64| {
                let mut moved = inputs.clone();
                moved[input][entry] += step;
                loss(&moved)
            };
            let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((found - expected).abs() < 2e-6, "{input} {entry}: {found}, {expected}");
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
    softmax_rows(&mut weights, n, 0.7);
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
            softmax_rows(&mut weights, n, 0.05);
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

#[test]
fn other_tensors_do_not_fit() {
    let random = |device: &Device| Tensor::<2>::random([2, 3], Distribution::Default, device);
    let here = random(&Device::flex());
    assert!(fused::fits(&[&here]));
    assert!(!fused::fits(&[&here, &here.clone().cast(burn::tensor::DType::F64)]));
    assert!(!fused::fits(&[&here.unsqueeze::<3>()]));
}
