//! Answering with the clean image: the loss and its gradients, on one device or shared by several.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use hopfield_layer::{Answer, HopfieldLayer};

use crate::devices::on_all;
use crate::loss::imbalance_of_batch;
use crate::{
    Batch, Evaluation, HopfieldStack, LayerGradients, Learned, LearningRates, Measure, Objective,
    Sgd, evaluate, imbalance, mse_per_pixel, squared_error,
};

/// The stack answers with the clean image T. Its loss on a batch of B is the [squared error](squared_error) and, weighted
/// by λ, the [imbalance](imbalance) of each layer k whose separation never gives a weight of 0:
///
/// ```text
/// L = 1/B Σ_b ‖R_b − T_b‖² + λ Σ_k KL(u ‖ p̄_k)        p̄_k = 1/B Σ_b P_kb
/// ```
#[derive(Debug, Clone)]
pub struct Reconstruction {
    /// λ
    pub balance: f64,
    /// The devices that share each batch, with the stack on the first; none: the stack's device alone.
    pub devices: Vec<Device>,
}

impl Objective for Reconstruction {
    fn measure(&self) -> Measure {
        Measure { name: "mse", per: " per pixel", text: |error| format!("MSE {error:.5}") }
    }

    fn output_dim(&self, pixels: usize) -> usize {
        pixels
    }

    fn step(
        &self,
        stack: &mut HopfieldStack,
        sgd: &mut Sgd,
        batch: Batch,
        rates: LearningRates,
        _epochs: u64,
    ) -> Learned {
        let [learning, _] = batch.targets.dims();
        let (gradients, error) = self.gradients(stack, batch);
        sgd.step_by(stack, gradients, rates);
        Learned { error, learning }
    }

    fn mean_error(&self, sum: f64, images: usize, pixels: usize) -> f64 {
        mse_per_pixel(sum, images, pixels)
    }

    fn evaluate(&self, stack: &HopfieldStack, batch: &Batch) -> Evaluation {
        evaluate(stack, &batch.states, &batch.targets)
    }

    /// The error of always answering the mean image.
    fn baseline(&self, images: &Tensor<2>, held_out: &Batch) -> Option<f64> {
        let [n, d] = held_out.targets.dims();
        let mean = images.clone().mean_dim(0).expand([n, d]);
        let error = squared_error(mean, held_out.targets.clone()).into_scalar::<f64>();
        Some(mse_per_pixel(error, n, d))
    }
}

impl Reconstruction {
    /// The gradients of every layer and the squared error of the batch, on the batch's device.
    ///
    /// The loss is a sum over images but for p̄, so every device answers its share of the batch first. Then each learns the
    /// weights that the others found, which are constants in its gradients.
    fn gradients(&self, stack: &HopfieldStack, batch: Batch) -> (Vec<LayerGradients>, Tensor<1>) {
        let home = batch.targets.device();
        let [size, _] = batch.targets.dims();
        let devices =
            if self.devices.is_empty() { std::slice::from_ref(&home) } else { &self.devices };
        let rows = |share: usize| share * size / devices.len()..(share + 1) * size / devices.len();
        let filled = devices.iter().enumerate().map(|(share, device)| (rows(share), device));
        let filled = filled.filter(|(rows, _)| !rows.is_empty());
        let batch = &batch;
        let answer = |(rows, device)| move || Share::answer(stack, batch, rows, device);
        let shares = on_all(filled.map(answer));

        let is_balanced =
            |layer: &HopfieldLayer| self.balance > 0.0 && layer.separation.has_full_support();
        let balanced = stack.layers.iter().enumerate().filter(|(_, layer)| is_balanced(layer));
        let balanced: Vec<usize> = balanced.map(|(index, _)| index).collect();
        let terms: Vec<Vec<Imbalance>> = (0..shares.len())
            .map(|own| {
                let term = |&layer: &usize| {
                    let others = shares.iter().enumerate().filter(|(share, _)| *share != own);
                    let sums = others.map(|(_, other)| other.weight_sums(layer).to_device(&home));
                    Imbalance { layer, others: sums.reduce(|a, b| a + b) }
                };
                balanced.iter().map(term).collect()
            })
            .collect();
        let gradients = |(share, terms): (Share, Vec<Imbalance>)| {
            move || share.gradients(size, self.balance, terms)
        };
        let found = on_all(shares.into_iter().zip(terms).map(gradients));

        let found = found.into_iter().map(|(gradients, error)| {
            let gradients = gradients.into_iter().map(|of_layer| of_layer.to_device(&home));
            (gradients.collect::<Vec<_>>(), error.to_device(&home))
        });
        let sum = found.reduce(|(gradients, error), (more, more_error)| {
            let sums = gradients.into_iter().zip(more).map(|(of_layer, more)| of_layer.plus(more));
            (sums.collect(), error + more_error)
        });
        sum.expect("a batch has images")
    }
}

/// The imbalance of a layer in the loss of a share.
struct Imbalance {
    layer: usize,
    /// `Σ_b P_b` over the images of all other shares, if there are any: `[1, h·N]`.
    others: Option<Tensor<2>>,
}

/// A share of a batch, answered on its device.
struct Share {
    stack: HopfieldStack,
    answers: Vec<Answer>,
    error: Tensor<1>,
}

impl Share {
    fn answer(stack: &HopfieldStack, batch: &Batch, rows: Range<usize>, device: &Device) -> Self {
        let of = |images: &Tensor<2>| images.clone().slice_dim(0, rows.clone()).to_device(device);
        let stack = stack.clone().fork(device);
        let answers = stack.trace(of(&batch.states));
        let last = answers.last().expect("a stack has layers");
        let error = squared_error(last.retrieved.clone(), of(&batch.targets));
        Self { stack, answers, error }
    }

    /// `Σ_b P_b` of a layer: `[1, h·N]`.
    fn weight_sums(&self, layer: usize) -> Tensor<2> {
        self.answers[layer].weights.clone().without_autodiff().sum_dim(0)
    }

    /// The gradients of the loss of the batch, of `size` images, by the answers of this share; and the share's squared error.
    fn gradients(
        self,
        size: usize,
        balance: f64,
        terms: Vec<Imbalance>,
    ) -> (Vec<LayerGradients>, Tensor<1>) {
        let Self { stack, answers, error } = self;
        let mut loss = error.clone() / size as f64;
        for Imbalance { layer, others } in terms {
            let weights = answers[layer].weights.clone();
            let heads = stack.layers[layer].heads();
            let term = match others {
                None => imbalance_of_batch(weights, heads),
                Some(others) => {
                    let others = others.to_device(&weights.device()).autodiff();
                    imbalance((weights.sum_dim(0) + others) / size as f64, heads)
                }
            };
            loss = loss + term * balance;
        }
        drop(answers);
        let gradients = loss.backward();
        let of = |layer: &HopfieldLayer| LayerGradients::of(layer, &gradients);
        (stack.layers.iter().map(of).collect(), error.without_autodiff())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::Param;
    use burn::tensor::{DType, Distribution, TensorData, Tolerance};
    use hopfield_layer::{Beta, HopfieldLayerConfig};

    /// Two layers, both balanced; shares of different sizes, and one that is empty.
    #[test]
    fn devices_that_share_a_batch_find_the_gradients_of_one() {
        let device = Device::flex();
        let config =
            HopfieldLayerConfig::new(5, 6).with_heads(2).with_beta(Some(Beta::Trainable(1.5)));
        let layers = (0..2).map(|seed| config.try_init(seed, &device.clone().autodiff()).unwrap());
        let stack = HopfieldStack::new(layers.collect()).unwrap();
        let random = || Tensor::<2>::random([4, 6], Distribution::Default, &device);
        let batch = Batch { states: random(), targets: random(), labels: vec![0; 4] };
        let gradients = |devices: usize, balance: f64| {
            let devices = vec![device.clone(); devices];
            let found = Reconstruction { balance, devices }.gradients(&stack, batch.clone());
            let (gradients, error) = found;
            let of_layers = gradients.into_iter().map(|of_layer| {
                (of_layer.patterns.unwrap().into_data(), of_layer.log_beta.unwrap().into_data())
            });
            (of_layers.collect::<Vec<_>>(), error.into_data())
        };
        let (expected, expected_error) = gradients(0, 0.7);
        assert_ne!(expected, gradients(0, 0.0).0, "the balance makes no difference");
        for devices in [1, 2, 3, 5] {
            let near = Tolerance::<f32>::rel_abs(1e-5, 1e-6);
            let (found, error) = gradients(devices, 0.7);
            error.assert_approx_eq(&expected_error, near);
            for ((patterns, log_beta), expected) in found.iter().zip(&expected) {
                patterns.assert_approx_eq(&expected.0, near);
                log_beta.assert_approx_eq(&expected.1, near);
            }
        }
    }

    /// Residual layers with two heads, and the imbalance of them all, in f64.
    #[test]
    fn gradients_are_those_of_finite_differences() {
        let device = Device::flex().autodiff();
        let random = |shape: [usize; 2]| {
            Tensor::<2>::random(shape, Distribution::Uniform(-1.0, 1.0), &device).cast(DType::F64)
        };
        let config =
            HopfieldLayerConfig::new(5, 6).with_heads(2).with_beta(Some(Beta::Trainable(1.5)));
        let layers = (0..3).map(|seed| {
            let mut layer = config.try_init(seed, &device).unwrap();
            layer.patterns = Param::from_tensor(random([5, 6]));
            layer.log_beta = layer.log_beta.map(|log_beta| log_beta.cast(DType::F64));
            layer
        });
        let stack = HopfieldStack::residual(layers.collect()).unwrap();
        let (states, targets) = (random([4, 6]), random([4, 6]));
        let loss = |stack: &HopfieldStack| {
            let answers = stack.trace(states.clone());
            let error = squared_error(answers[2].retrieved.clone(), targets.clone());
            answers
                .into_iter()
                .fold(error, |loss, answer| loss + imbalance(answer.weights.mean_dim(0), 2) * 0.7)
        };
        let gradients = loss(&stack).backward();
        for layer in 0..3 {
            let patterns = stack.layers[layer].patterns.val();
            let found = patterns.grad(&gradients).unwrap().into_data();
            let rows: Vec<f64> = patterns.into_data().try_to_vec().unwrap();
            for (entry, found) in found.iter::<f64>().enumerate() {
                let moved = |by: f64| {
                    let mut rows = rows.clone();
                    rows[entry] += by;
                    let rows =
                        Tensor::from_data(TensorData::new(rows, [5, 6]), (&device, DType::F64));
                    let mut stack = stack.clone();
                    stack.layers[layer].patterns = Param::from_tensor(rows);
                    loss(&stack).into_scalar::<f64>()
                };
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let off = (found - expected).abs() / (1.0 + expected.abs());
                assert!(off < 1e-6, "layer {layer}, entry {entry}: {found}, not {expected}");
            }
        }
    }
}
