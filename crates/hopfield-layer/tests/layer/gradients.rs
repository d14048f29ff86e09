//! Gradients of everything trainable against central finite differences, in f64.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Bool, DType, Device, Gradients, Tensor, TensorData};
use hopfield_layer::{
    Beta, HopfieldConfig, HopfieldInput, HopfieldLayerConfig, HopfieldPoolingConfig, Init,
    Separation, Similarity, Values,
};

/// Fixed pseudo-random numbers in [-1, 1), so that the check has no other source of randomness.
fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let step = |_| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..count).map(step).collect()
}

fn tensor<const D: usize>(shape: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
    let values = numbers(shape.iter().product(), seed);
    Tensor::from_data(TensorData::new(values, shape), (device, DType::F64))
}

/// Every parameter in f64; the `index`-th number of them all, in their order, changed by `by`.
struct Nudge {
    index: usize,
    by: f64,
    seen: usize,
}

impl ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| {
            let (shape, tracked) = (tensor.dims(), tensor.is_require_grad());
            let device = tensor.device();
            let mut values: Vec<f64> = tensor.into_data().iter::<f64>().collect();
            if let Some(value) = self.index.checked_sub(self.seen).and_then(|i| values.get_mut(i)) {
                *value += self.by;
            }
            self.seen += values.len();
            let data = TensorData::new(values, shape);
            Tensor::from_data(data, (&device, DType::F64)).set_require_grad(tracked)
        })
    }
}

fn nudged<M: Module>(module: &M, index: usize, by: f64) -> M {
    module.clone().map(&mut Nudge { index, by, seen: 0 })
}

/// The gradients of all parameters, in their order.
struct Collect<'a> {
    gradients: &'a Gradients,
    found: Vec<f64>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        match param.val().grad(self.gradients) {
            Some(gradient) => self.found.extend(gradient.into_data().iter::<f64>()),
            // The loss does not depend on it; the difference must then be 0.
            None => self.found.extend(vec![0.0; param.val().shape().num_elements()]),
        }
    }
}

/// The gradients of `loss` for all parameters of `module` and for `input`, against differences.
fn check<M: Module, const D: usize>(
    name: &str,
    module: M,
    input: Tensor<D>,
    loss: impl Fn(&M, Tensor<D>) -> Tensor<1>,
) {
    let plain = nudged(&module, 0, 0.0);
    let at = |index, by| loss(&nudged(&plain, index, by), input.clone()).into_scalar::<f64>();
    let tracked = plain.clone().train();
    let tracked_input = input.clone().autodiff().require_grad();
    let gradients = loss(&tracked, tracked_input.clone()).backward();
    let mut collect = Collect { gradients: &gradients, found: Vec::new() };
    tracked.visit(&mut collect);
    assert_eq!(collect.found.len(), module.num_params(), "{name}");
    for (index, &found) in collect.found.iter().enumerate() {
        close(&format!("{name}: parameter {index}"), found, difference(|by| at(index, by)));
    }

    let values: Vec<f64> = input.to_data().iter::<f64>().collect();
    let of_input: Vec<f64> = tracked_input.grad(&gradients).unwrap().into_data().iter().collect();
    for (index, &found) in of_input.iter().enumerate() {
        let expected = difference(|by| {
            let mut values = values.clone();
            values[index] += by;
            let data = TensorData::new(values, input.dims());
            let input = Tensor::from_data(data, (&input.device(), DType::F64));
            loss(&plain, input).into_scalar::<f64>()
        });
        close(&format!("{name}: input {index}"), found, expected);
    }
}

/// Central difference of fourth order in one variable. The step is small enough not to cross the border of a support.
fn difference(f: impl Fn(f64) -> f64) -> f64 {
    let step = 2e-4;
    (8.0 * (f(step) - f(-step)) - (f(2.0 * step) - f(-2.0 * step))) / (12.0 * step)
}

fn close(what: &str, found: f64, expected: f64) {
    let error = (found - expected).abs() / expected.abs().max(1.0);
    assert!(error < 1e-6, "{what}: {found} by autodiff, {expected} by differences");
}

const SEPARATIONS: [Separation; 7] = [
    Separation::Softmax,
    Separation::Sparsemax,
    Separation::Entmax15,
    Separation::TopK(3),
    Separation::Softmax1,
    Separation::Polynomial(2),
    Separation::LogSumRelu,
];

#[test]
fn a_layer_of_every_kind() {
    let device = Device::flex();
    let mut checked = 0;
    for similarity in Similarity::ALL {
        for separation in SEPARATIONS {
            for (beta, heads, steps) in [(0.05, 1, 1), (1.0, 1, 2), (4.0, 2, 1)] {
                let config = HopfieldLayerConfig::new(5, 8)
                    .with_similarity(similarity)
                    .with_separation(separation)
                    .with_heads(heads)
                    .with_steps(steps)
                    .with_values(Some(Values {
                        dim: 4,
                        init: Init::Normal { mean: 0.0, std: 1.0 },
                    }))
                    .with_beta(Some(Beta::Trainable(beta)));
                if config.check().is_err() {
                    continue;
                }
                checked += 1;
                let layer = config.try_init(checked, &device).unwrap();
                let upstream = tensor([3, 4], 1000 + checked, &device);
                check(
                    &format!(
                        "{similarity:?}, {separation:?}, β = {beta}, {heads} heads, {steps} steps"
                    ),
                    layer,
                    tensor([3, 8], 2000 + checked, &device),
                    |layer, states| (layer.forward(states) * upstream.clone()).sum(),
                );
            }
        }
    }
    assert_eq!(checked, 90);
}

#[test]
fn tied_patterns() {
    let device = Device::flex();
    for beta in [0.05, 1.0, 4.0] {
        let layer = HopfieldLayerConfig::new(5, 7).with_beta(Some(Beta::Trainable(beta)));
        let upstream = tensor([4, 7], 3, &device);
        check(
            &format!("tied, β = {beta}"),
            layer.try_init(1, &device).unwrap(),
            tensor([4, 7], 2, &device),
            |layer, states| (layer.forward(states) * upstream.clone()).sum(),
        );
    }
}

/// Training on an energy needs its gradient too.
#[test]
fn energies() {
    let device = Device::flex();
    let mut checked = 0;
    for similarity in Similarity::ALL {
        for separation in SEPARATIONS {
            let config = HopfieldLayerConfig::new(5, 6)
                .with_similarity(similarity)
                .with_separation(separation)
                .with_beta(Some(Beta::Trainable(1.5)));
            let Ok(layer) = config.try_init(4, &device) else { continue };
            if layer.energy(Tensor::zeros([1, 6], &device)).is_err() {
                continue;
            }
            checked += 1;
            check(
                &format!("energy of {similarity:?}, {separation:?}"),
                layer,
                tensor([3, 6], 5, &device),
                |layer, states| layer.energy(states).unwrap().sum(),
            );
        }
    }
    assert_eq!(checked, 27);
}

/// ∇E(x) = x − x' for dot product and softmax.
#[test]
fn the_energy_falls_towards_the_next_state() {
    let device = Device::flex().autodiff();
    let config = HopfieldLayerConfig::new(5, 6).with_beta(Some(Beta::Fixed(1.5)));
    let layer = config.store(tensor([5, 6], 1, &device), None).unwrap();
    let states = tensor([3, 6], 2, &device).require_grad();
    let gradients = layer.energy(states.clone()).unwrap().sum().backward();
    let found = states.grad(&gradients).unwrap();
    let expected = (states.clone() - layer.forward(states)).without_autodiff();
    let error = (found - expected).abs().max().into_scalar::<f64>();
    assert!(error < 1e-12, "{error}");
}

#[test]
fn the_attention_forms() {
    let device = Device::flex();
    let config = HopfieldConfig::new(6)
        .with_stored_dim(Some(4))
        .with_heads(2)
        .with_hidden_dim(Some(3))
        .with_value_hidden_dim(Some(2))
        .with_output_dim(Some(5))
        .with_normalise_states(true)
        .with_normalise_stored(true)
        .with_normalise_values(true)
        .with_similarity(Similarity::CentredDot)
        .with_separation(Separation::Entmax15)
        .with_beta(Some(Beta::Trainable(0.7)))
        .with_steps(2);
    let stored = tensor([2, 4, 4], 7, &device);
    let padding = Tensor::<2, Bool>::from_data([[false; 4], [true, false, false, false]], &device);
    let upstream = tensor([2, 3, 5], 8, &device);
    check(
        "Hopfield",
        config.try_init(1, &device).unwrap(),
        tensor([2, 3, 6], 6, &device),
        |hopfield, states| {
            let input = HopfieldInput::new(states, stored.clone()).with_padding(padding.clone());
            (hopfield.forward(input) * upstream.clone()).sum()
        },
    );
    let pooling = HopfieldPoolingConfig::new(3, config);
    // Not so near 0 that the layer norm of the states is steep.
    let pooling = pooling.with_init(Init::Normal { mean: 0.0, std: 1.0 });
    check(
        "HopfieldPooling",
        pooling.try_init(1, &device).unwrap(),
        stored.clone(),
        |pooling, stored| (pooling.forward(stored, Some(padding.clone())) * upstream.clone()).sum(),
    );
}
