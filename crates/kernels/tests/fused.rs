//! The fused operations and streaming against the plain composition of tensor operations, in value and gradient.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Distribution, Gradients, Tensor, TensorData, Tolerance};
use hopfield_kernels::{Matrix, Wanted, fused, matmul, retrieve, retrieve_gradients};
use proptest::prelude::*;

mod common;
use common::{numbers, size};

/// Leaf tensors I, H and β, and the gradient G of the result, which is not tracked.
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

    /// The result of `way`, and its gradients with respect to states, patterns and β.
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
    softmax(matmul(q, k.transpose()) * beta, 1)
}

impl Case {
    /// Asserts that result and gradients are the expected ones. The tolerance grows with the scores β C, whose rounding is that of
    /// the weights, and that of a sum with its terms: ∂L/∂β is `Σ I ∘ ∂L/∂I / β`.
    fn assert_near(&self, found: [TensorData; 4], expected: [TensorData; 4]) {
        let states = self.states.to_data();
        let terms = states.iter::<f32>().zip(expected[1].iter::<f32>()).map(|(x, g)| (x * g).abs());
        let beta = self.beta.to_data().iter::<f32>().next().expect("one number");
        let terms = terms.sum::<f32>() / beta;
        let similarities = matmul(self.states.clone(), self.patterns.clone().transpose());
        let rounding = 1e-5 * (beta * similarities.abs().max().into_scalar::<f32>() / 4.0).max(1.0);
        for (place, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            let largest = expected.iter::<f32>().fold(1.0f32, |most, x| most.max(x.abs()));
            let size = if place == 3 { largest.max(terms) } else { largest };
            found.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(rounding, rounding * size));
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
        let plain = |q, h: Tensor<2>, beta| matmul(weights(q, h.clone(), beta), h);
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
        let expected = case.run(|q, h, beta| matmul(weights(q, h.clone(), beta), h));
        let by_beta = (gradients.log_beta / f64::from(beta)) as f32;
        case.assert_near(
            [of(&found, b), of(&gradients.states, b), of(&gradients.patterns, n), TensorData::new(vec![by_beta], [1, 1])],
            expected,
        );
    }
}

#[test]
fn more_weights_than_are_kept_make_no_difference() {
    let case = Case::new([4200, 4000, 2], 2, 1.0, 6);
    let plain = |q, h: Tensor<2>, beta| matmul(weights(q, h.clone(), beta), h);
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

/// ∂L/∂β, from weights that are equal but for their last bits to those that underflow. The similarities are exact in f32.
#[test]
fn distances_and_their_gradients_are_the_plain_ones() {
    for [b, n, d] in [[7, 33, 5], [1, 1, 1], [40, 3, 100], [200, 130, 64]] {
        let case = Case::new([b, n, d], n, 1.0, 8);
        let plain = |q: Tensor<2>, k: Tensor<2>, _| {
            let difference = q.reshape([b, 1, d]) - k.reshape([1, n, d]);
            difference.square().sum_dim(2).reshape([b, n]) * -0.5
        };
        let run = |way: &dyn Fn(Tensor<2>, Tensor<2>, Tensor<2>) -> Tensor<2>| {
            let answer = way(case.states.clone(), case.patterns.clone(), case.beta.clone());
            let gradients = (answer.clone() * case.gradient.clone().autodiff()).sum().backward();
            let of = |tensor: &Tensor<2>| tensor.grad(&gradients).expect("a gradient").into_data();
            [answer.into_data(), of(&case.states), of(&case.patterns)]
        };
        let found = run(&|q, k, _| fused::half_squared_distances(q, k));
        for (found, expected) in found.iter().zip(run(&plain)) {
            found.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-5, 1e-4));
        }
    }
}

#[test]
fn the_gradient_by_beta_is_as_accurate_at_every_scale() {
    let [b, n, d] = [3, 7, 2];
    let eighths = |count: usize, seed| -> Vec<f32> {
        numbers(count, seed).into_iter().map(|x| (x * 8.0).round() / 8.0).collect()
    };
    let (q, h, g) = (eighths(b * d, 1), eighths(n * d, 2), eighths(b * d, 3));
    let dot = |x: &[f32], y: &[f32]| f64::from(x[0] * y[0] + x[1] * y[1]);
    for exponent in -7..4 {
        let beta = 10f32.powi(exponent);
        let mut expected = 0.0;
        for (q, g) in q.chunks(d).zip(g.chunks(d)) {
            let c: Vec<f64> = h.chunks(d).map(|h| dot(q, h)).collect();
            let largest = c.iter().copied().fold(f64::MIN, f64::max);
            let p: Vec<f64> = c.iter().map(|c| (f64::from(beta) * (c - largest)).exp()).collect();
            let sum: f64 = p.iter().sum();
            let a: Vec<f64> = h.chunks(d).map(|h| dot(g, h)).collect();
            let mean = p.iter().zip(&a).map(|(p, a)| p / sum * a).sum::<f64>();
            let terms = p.iter().zip(&a).zip(&c);
            expected += terms.map(|((p, a), c)| p / sum * (a - mean) * (c - largest)).sum::<f64>();
        }
        let device = Device::flex().autodiff();
        let tensor = |numbers: &[f32]| {
            let data = TensorData::new(numbers.to_vec(), [numbers.len() / d, d]);
            Tensor::<2>::from_data(data, &device)
        };
        let fused = |answer: fn(Tensor<2>, Tensor<2>, Tensor<2>) -> Tensor<2>| {
            let beta = Tensor::<2>::from_data([[beta]], &device).require_grad();
            let loss = (answer(tensor(&q), tensor(&h), beta.clone()) * tensor(&g)).sum();
            beta.grad(&loss.backward()).unwrap().into_scalar::<f64>()
        };
        let (states, patterns) = (Matrix::new(&q, [b, d]), Matrix::new(&h, [n, d]));
        let (answer, normalisers) = retrieve(states, patterns, beta);
        let wanted = Wanted { states: false, patterns: false };
        let of_answer = (&answer[..], &normalisers);
        let gradient = Matrix::new(&g, [b, d]);
        let streamed = retrieve_gradients(states, patterns, beta, of_answer, gradient, wanted);
        for (way, found) in [
            ("retrieve", fused(fused::retrieve)),
            ("associate", fused(|q, h, beta| fused::mix(fused::associate(q, h.clone(), beta), h))),
            ("streaming", streamed.log_beta / f64::from(beta)),
        ] {
            let off = (found - expected).abs() / expected.abs().max(1e-30);
            assert!(off < 1e-4, "{way}, β = {beta:e}: {found:e}, not {expected:e}");
        }
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
