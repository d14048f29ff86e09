//! Squared Euclidean distances, without cancellation.

use burn::tensor::Tensor;
use hopfield_kernels::{cube, fused, matmul};

/// Numbers that a block of differences may have, to bound memory.
const BLOCK: usize = 1 << 24;

/// `C = −½ ‖q − k‖²` of every state and key, as accurate as the direct sum and never above 0: `[.., S, d]` and `[.., N, d]`
/// give `[.., S, N]`.
pub(crate) fn half_squared_distances<const D: usize>(q: Tensor<D>, keys: Tensor<D>) -> Tensor<D> {
    if cube::fits(&[&q, &keys]) {
        return cube::half_squared_distances(q, keys);
    }
    let mut shape = q.dims();
    let [s, n, d] = [shape[D - 2], keys.dims()[D - 2], shape[D - 1]];
    shape[D - 1] = n;
    let sets = shape[..D - 2].iter().product::<usize>();
    let (q, keys) = (q.reshape([sets * s, d]), keys.reshape([sets * n, d]));
    let of_set = |set: usize| {
        let rows =
            |all: &Tensor<2>, count| all.clone().slice_dim(0, set * count..(set + 1) * count);
        of_rows(rows(&q, s), rows(&keys, n))
    };
    Tensor::cat((0..sets).map(of_set).collect(), 0).reshape(shape)
}

fn of_rows(q: Tensor<2>, keys: Tensor<2>) -> Tensor<2> {
    if fused::fits(&[&q, &keys]) {
        return fused::half_squared_distances(q, keys);
    }
    let direct = direct(q.clone().without_autodiff(), keys.clone().without_autodiff());
    if !q.is_autodiff() && !keys.is_autodiff() {
        return direct;
    }
    // The direct sum would keep all differences for its gradient. The gradient of this sum needs products only; its value is 0.
    let half_square = |x: &Tensor<2>| x.clone().square().sum_dim(1) * 0.5;
    let (of_q, of_keys) = (half_square(&q), half_square(&keys).transpose());
    let products = matmul(q, keys.transpose()) - of_keys - of_q;
    let value = products.clone().without_autodiff();
    products - value + direct
}

/// The sum of squares, block by block of keys.
fn direct(q: Tensor<2>, keys: Tensor<2>) -> Tensor<2> {
    let ([s, d], [n, _]) = (q.dims(), keys.dims());
    let count = (BLOCK / (s * d).max(1)).clamp(1, n.max(1));
    let q = q.reshape([s, 1, d]);
    let block = |first: usize| {
        let last = n.min(first + count);
        let keys = keys.clone().slice_dim(0, first..last).reshape([1, last - first, d]);
        let squares = (q.clone() - keys).square().sum_dim(2) * -0.5;
        squares.reshape([s, last - first])
    };
    Tensor::cat((0..n).step_by(count).map(block).collect(), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, Distribution, Tolerance};

    /// The plain way, in f64, against the fused one, in value and gradient, for several sets.
    #[test]
    fn both_ways_find_the_same() {
        let device = Device::flex().autodiff();
        let random = |shape: [usize; 3]| {
            Tensor::<3>::random(shape, Distribution::Uniform(-1.0, 1.0), &device)
        };
        let (q, keys, by) = (random([2, 3, 5]), random([2, 7, 5]), random([2, 3, 7]));
        let run = |dtype| {
            let [q, keys] = [&q, &keys].map(|x| x.clone().detach().cast(dtype).require_grad());
            let found = half_squared_distances(q.clone(), keys.clone());
            let gradients = (found.clone() * by.clone().cast(dtype)).sum().backward();
            let of = |x: Tensor<3>| x.grad(&gradients).unwrap().into_data().convert::<f64>();
            [found.into_data().convert::<f64>(), of(q), of(keys)]
        };
        for (fused, plain) in run(DType::F32).iter().zip(run(DType::F64)) {
            fused.assert_approx_eq::<f64>(&plain, Tolerance::rel_abs(1e-5, 1e-6));
        }
    }

    #[test]
    fn near_keys_far_out_are_told_apart() {
        for dtype in [DType::F32, DType::F64] {
            let options = (&Device::flex(), dtype);
            let keys = Tensor::<2>::from_data([[1e6, 1.0], [1e6, 2.0], [-1e6, 0.0]], options);
            let states = Tensor::<2>::from_data([[1e6, 1.25], [1e6, 1.75]], options);
            let found = half_squared_distances(states, keys).into_data();
            let found: Vec<f64> = found.iter::<f64>().collect();
            assert_eq!(found[..2], [-0.03125, -0.28125]);
            assert_eq!(found[3..5], [-0.28125, -0.03125]);
        }
    }
}
