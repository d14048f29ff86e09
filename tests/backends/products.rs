//! Products of matrices, with their gradients.

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_kernels::cube;
use hopfield_layer::{Precision, matmul_with};

use super::{GRADIENTS, VALUES, compare, numbers};

/// A · B of a `[.., S, K]` and a `[.., K, N]`, and its gradients.
fn product(
    precision: Precision,
    shape: [usize; 4],
    transposed: [bool; 2],
    device: &Device,
) -> Vec<TensorData> {
    let device = device.clone().autodiff();
    let [sets, s, k, n] = shape;
    let factor = |rows, columns, seed, transposed| match transposed {
        false => numbers([sets, rows, columns], seed, &device).require_grad(),
        true => numbers([sets, columns, rows], seed, &device).require_grad(),
    };
    let factors = [factor(s, k, 1, transposed[0]), factor(k, n, 2, transposed[1])];
    let straight = |at: usize| match transposed[at] {
        false => factors[at].clone(),
        true => factors[at].clone().transpose(),
    };
    let found = match precision {
        // Where Burn's products are exact, they are taken; ours must be, too.
        Precision::F32 if cube::fits(&[&factors[0]]) => {
            cube::product(straight(0), straight(1), precision)
        }
        _ => matmul_with(precision, straight(0), straight(1)),
    };
    let gradients = (found.clone() * numbers([sets, s, n], 3, &device)).sum().backward();
    let of = |factor: &Tensor<3>| factor.grad(&gradients).unwrap().into_data();
    vec![found.into_data(), of(&factors[0]), of(&factors[1])]
}

/// As they lie in memory and transposed; of all sizes, of vectors and of several matrices at once.
pub(super) fn every_layout(name: &str, device: &Device) {
    let cases = [
        ([1, 33, 20, 300], [false, true]),
        ([1, 128, 784, 64], [true, false]),
        ([1, 1, 50, 40], [false, false]),
        ([1, 40, 50, 1], [false, true]),
        ([3, 9, 4, 17], [true, false]),
    ];
    for (shape, transposed) in cases {
        let found = product(Precision::F32, shape, transposed, device);
        let expected = product(Precision::F32, shape, transposed, &Device::flex());
        for (found, expected) in found.into_iter().zip(expected) {
            compare(&format!("{name}, {shape:?}"), found, expected, VALUES / 10.0);
        }
    }
}

/// As on `flex`, which rounds the factors by itself; where the device has products with such factors.
pub(super) fn every_precision(name: &str, device: &Device) {
    for precision in Precision::ALL.into_iter().filter(|precision| precision.works_on(device)) {
        let run = |device| product(precision, [1, 64, 96, 80], [false, true], device);
        // A GPU may round in another way than to the nearest.
        for (found, expected) in run(device).into_iter().zip(run(&Device::flex())) {
            compare(&format!("{name}, {precision}"), found, expected, 4.0 * GRADIENTS);
        }
    }
}
