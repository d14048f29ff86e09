//! The layer against libraries that users trust: entmax, torch, Burn, and the hflayers it replaces.

use burn::module::Param;
use burn::tensor::{Bool, DType, Device, Tensor, TensorData, Tolerance};
use hopfield_layer::{
    Beta, HopfieldConfig, HopfieldInput, HopfieldLayer, HopfieldLayerConfig, Separation,
};
use pytorch_reader::PytorchReader;
use serde_json::Value;

use crate::reference::{Rows, tensor};

fn libraries() -> Value {
    serde_json::from_str(include_str!("../reference/libraries.json")).unwrap()
}

/// Nested lists of numbers as a tensor.
fn array<const D: usize>(value: &Value) -> Tensor<D> {
    fn collect(value: &Value, depth: usize, shape: &mut [usize], numbers: &mut Vec<f64>) {
        match value {
            Value::Array(items) => {
                shape[depth] = items.len();
                items.iter().for_each(|item| collect(item, depth + 1, shape, numbers));
            }
            number => numbers.push(number.as_f64().unwrap()),
        }
    }
    let (mut shape, mut numbers) = ([0; D], Vec::new());
    collect(value, 0, &mut shape, &mut numbers);
    Tensor::from_data(TensorData::new(numbers, shape), (&Device::flex(), DType::F32))
}

fn assert_close<const D: usize>(found: Tensor<D>, expected: Tensor<D>) {
    let tolerance = Tolerance::rel_abs(1e-5, 1e-5);
    found.into_data().assert_approx_eq::<f32>(&expected.into_data(), tolerance);
}

/// The scores are reached through patterns that are the unit vectors.
#[test]
fn sparsemax_and_entmax_equal_the_entmax_package() {
    let device = Device::flex().autodiff();
    let all = libraries();
    let cases = all["entmax"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let rows = |key: &str| -> Tensor<2> {
            let rows: Rows = serde_json::from_value(case[key].clone()).unwrap();
            tensor(&rows, &device, DType::F64)
        };
        let separation: Separation = serde_json::from_value(case["separation"].clone()).unwrap();
        let scores = rows("scores").require_grad();
        let [_, n] = scores.dims();
        let layer = HopfieldLayerConfig::new(n, n)
            .with_separation(separation)
            .with_beta(Some(Beta::Fixed(1.0)))
            .store(Tensor::<2>::eye(n, &device).cast(DType::F64), None)
            .unwrap();
        let weights = layer.associate(scores.clone());
        let gradients = (weights.clone() * rows("upstream")).sum().backward();
        let tolerance = Tolerance::<f64>::rel_abs(1e-8, 1e-8);
        weights.into_data().assert_approx_eq(&rows("weights").into_data(), tolerance);
        let found = scores.grad(&gradients).unwrap();
        found.into_data().assert_approx_eq(&rows("d_scores").into_data(), tolerance);
    }
}

#[test]
fn one_step_is_the_attention_of_torch_and_burn() {
    let case = &libraries()["attention"];
    let (states, patterns) = (array::<2>(&case["states"]), array::<2>(&case["patterns"]));
    let layer = HopfieldLayer::from_patterns(patterns.clone(), 0.25).unwrap(); // 1/√16
    assert_close(layer.forward(states.clone()), array(&case["output"]));

    let [q, k] = [states.clone(), patterns].map(|rows| rows.unsqueeze::<4>());
    let options = Default::default();
    let burn = burn::tensor::module::attention(q, k.clone(), k, None, None, options);
    assert_close(layer.forward(states), burn.squeeze_dims(&[0, 1]));
}

#[test]
fn a_checkpoint_of_hflayers_answers_the_same() {
    let case = &libraries()["hflayers"]["lookup"];
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/hflayers.pt");
    let checkpoint = PytorchReader::new(path).unwrap();
    let weights = checkpoint.get("lookup_weights").unwrap();
    assert_eq!(weights.shape(), [1, 9, 12]);
    let numbers = weights.read().unwrap();
    let numbers = numbers.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let data = TensorData::new(numbers.collect::<Vec<f32>>(), [9, 12]);
    let layer = HopfieldLayerConfig::new(9, 12)
        .with_beta(Some(Beta::Fixed(case["beta"].as_f64().unwrap())))
        .with_steps(case["steps"].as_u64().unwrap() as usize)
        .store(Tensor::from_data(data, &Device::flex()), None)
        .unwrap();
    assert_close(layer.forward(array::<3>(&case["states"])), array(&case["output"]));
}

/// hflayers' `Hopfield` with all projections, two heads, two steps, and padding.
#[test]
fn the_attention_form_equals_hflayers() {
    let case = &libraries()["hflayers"]["hopfield"];
    let device = Device::flex();
    let config = HopfieldConfig::new(10)
        .with_stored_dim(Some(6))
        .with_heads(2)
        .with_hidden_dim(Some(4))
        .with_value_hidden_dim(Some(5))
        .with_output_dim(Some(7))
        .with_beta(Some(Beta::Fixed(case["beta"].as_f64().unwrap())))
        .with_steps(case["steps"].as_u64().unwrap() as usize);
    let mut hopfield = config.try_init(1, &device).unwrap();
    let dict = &case["state_dict"];
    let core = |name: &str| &dict[format!("association_core.{name}")];
    let bias = array::<1>(core("in_proj_bias"));
    for (linear, name, rows) in [
        (&mut hopfield.query, "q_proj_weight", 0..8),
        (&mut hopfield.key, "k_proj_weight", 8..16),
        (&mut hopfield.value, "v_proj_weight", 16..26),
    ] {
        let linear = linear.as_mut().unwrap();
        linear.weight = Param::from_tensor(array::<2>(core(name)).transpose());
        linear.bias = Some(Param::from_tensor(bias.clone().slice_dim(0, rows)));
    }
    let output = hopfield.output.as_mut().unwrap();
    output.weight = Param::from_tensor(array::<2>(core("out_proj.weight")).transpose());
    output.bias = Some(Param::from_tensor(array(core("out_proj.bias"))));

    let padding: Tensor<2, Bool> = array::<2>(&case["padding"]).greater_elem(0.5);
    let input = HopfieldInput::new(array(&case["states"]), array(&case["stored"]));
    assert_close(hopfield.forward(input.with_padding(padding)), array(&case["output"]));
}
