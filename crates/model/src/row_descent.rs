//! The steps of projected SGD: of the rows of a matrix (patterns, values), and of log β.

use burn::tensor::Tensor;
use hopfield_kernels::{Descent, cube, fused};
use hopfield_layer::Range;

/// Most that log β changes in one step: β by about 10 %. Its gradient is a sum over all weights of a batch. A single
/// steep one would push β far away for many steps, so its velocity is clipped.
const MAX_LOG_BETA_STEP: f64 = 0.1;

/// log β after a step of `rate` η_β, whose velocity is changed as well:
/// `v ← clip(μ v + g, ±0.1 / η_β)`, `log β ← log β − η_β v`.
pub(crate) fn log_beta_step<const D: usize>(
    log_beta: Tensor<D>,
    velocity: &mut Tensor<D>,
    gradient: Tensor<D>,
    momentum: f64,
    rate: f64,
) -> Tensor<D> {
    let limit = (MAX_LOG_BETA_STEP / rate).min(f64::from(f32::MAX));
    *velocity = (velocity.clone() * momentum + gradient).clamp(-limit, limit);
    log_beta - velocity.clone() * rate
}

/// How patterns or values descend.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowDescent {
    /// η
    pub(crate) rate: f64,
    /// μ
    pub(crate) momentum: f64,
    /// The gradient of a row is no longer than this.
    pub(crate) limit: Option<f64>,
    /// Where every entry stays.
    pub(crate) range: Option<Range>,
}

impl RowDescent {
    /// The rows after a step, whose velocity is changed as well.
    pub(crate) fn step(
        self,
        rows: Tensor<2>,
        velocity: &mut Tensor<2>,
        gradient: Option<Tensor<2>>,
    ) -> Tensor<2> {
        let Some(gradient) = gradient else { return rows };
        let operands = [&rows, velocity, &gradient];
        let descend = match (fused::fits(&operands), cube::fits(&operands)) {
            (true, _) => fused::descend,
            (_, true) => cube::descend,
            _ => return self.plain_step(rows, velocity, gradient),
        };
        let before = std::mem::replace(velocity, gradient.clone());
        let [rows, after] = descend(rows, before, gradient, self.into());
        *velocity = after;
        rows
    }

    fn plain_step(
        self,
        rows: Tensor<2>,
        velocity: &mut Tensor<2>,
        gradient: Tensor<2>,
    ) -> Tensor<2> {
        let gradient = match self.limit {
            Some(limit) => clip(gradient, limit),
            None => gradient,
        };
        let direction = if self.momentum > 0.0 {
            *velocity = velocity.clone() * self.momentum + gradient;
            velocity.clone()
        } else {
            gradient
        };
        let rows = rows - direction * self.rate;
        match self.range {
            Some(range) => range.project(rows),
            None => rows,
        }
    }
}

impl From<RowDescent> for Descent {
    fn from(RowDescent { rate, momentum, limit, range }: RowDescent) -> Self {
        Descent {
            rate: rate as f32,
            momentum: momentum as f32,
            limit: limit.map(|limit| limit as f32),
            range: range.map(|Range { low, high }| (low as f32, high as f32)),
        }
    }
}

/// Shortens every row that is longer than `limit` to it.
fn clip(rows: Tensor<2>, limit: f64) -> Tensor<2> {
    let norms = rows.clone().square().sum_dim(1).sqrt(); // [N, 1]
    rows * (norms.recip() * limit).clamp_max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData, Tolerance};

    /// The plain composition of tensor operations, and the same in one pass.
    #[test]
    fn both_ways_are_the_same() {
        let device = Device::flex();
        let rows = |seed: usize| {
            let number = |i: usize| ((i * 37 + i * i * 11 + seed * 7) % 101) as f32 / 50.0 - 1.0;
            Tensor::<2>::from_data(TensorData::new((0..60).map(number).collect(), [5, 12]), &device)
        };
        for momentum in [0.0, 0.9] {
            for limit in [None, Some(0.5)] {
                for range in [None, Some(Range { low: -0.5, high: 0.5 })] {
                    let by = RowDescent { rate: 0.3, momentum, limit, range };
                    let (mut fast, mut plain) = (rows(1), rows(1));
                    let [mut of_fast, mut of_plain] = [rows(2), rows(2)];
                    for step in 3..6 {
                        assert!(fused::fits(&[&fast, &of_fast]));
                        fast = by.step(fast, &mut of_fast, Some(rows(step)));
                        plain = by.plain_step(plain, &mut of_plain, rows(step));
                    }
                    let near = Tolerance::absolute(1e-6);
                    fast.into_data().assert_approx_eq::<f32>(&plain.into_data(), near);
                    if momentum > 0.0 {
                        of_fast.into_data().assert_approx_eq::<f32>(&of_plain.into_data(), near);
                    }
                }
            }
        }
    }

    #[test]
    fn long_gradients_are_shortened() {
        let device = Device::flex();
        let rows = Tensor::<2>::from_data([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]], &device);
        let found: Vec<f32> = clip(rows, 1.0).into_data().try_to_vec().unwrap();
        assert_eq!(found[2..], [0.3, 0.4, 0.0, 0.0]);
        assert!((found[0] - 0.6).abs() < 1e-6 && (found[1] - 0.8).abs() < 1e-6);
    }
}
