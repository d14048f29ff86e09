//! Where patterns lie among rows: both by the two principal components of the rows.

use burn::tensor::{Tensor, TensorData};
use hopfield_layer::matmul;
use hopfield_model::HopfieldStack;
use hopfield_report::{LayerMap, PatternMap};

use crate::host::host;

/// Rounds of the iteration; each multiplies what is off by the ratio of the second and the third variance.
const ROUNDS: usize = 100;

/// The map of a stack's patterns among these rows.
///
/// The components are found by subspace iteration of XᵀX, where X are the rows less their mean.
///
/// # Shapes
///
/// - rows: `[n, d]`
pub(crate) fn map(stack: &HopfieldStack, rows: &Tensor<2>, labels: Option<Vec<u32>>) -> PatternMap {
    let [_, d] = rows.dims();
    let mean = rows.clone().mean_dim(0);
    let centred = rows.clone() - mean.clone();
    let start = (0..2 * d).map(|i| ((i * i + 7 * i) % 23) as f32 / 23.0 - 0.4);
    let start = TensorData::new(start.collect::<Vec<_>>(), [d, 2]);
    let mut components = orthonormal(Tensor::from_data(start, &rows.device()));
    for _ in 0..ROUNDS {
        let projected = matmul(centred.clone(), components);
        components = orthonormal(matmul(centred.clone().transpose(), projected));
    }
    let points = |numbers: Tensor<2>| -> Vec<[f32; 2]> {
        host(matmul(numbers, components.clone())).as_chunks().0.to_vec()
    };
    let total = centred.clone().square().sum().into_scalar::<f64>();
    let of_rows = points(centred);
    let variance = |axis: usize| {
        let sum: f64 = of_rows.iter().map(|point| f64::from(point[axis]).powi(2)).sum();
        if total > 0.0 { sum / total } else { 0.0 }
    };
    let layers = stack.layers.iter().enumerate();
    let layers = layers.filter(|(_, layer)| layer.dim() == d);
    let layers = layers.map(|(index, layer)| LayerMap {
        layer: index,
        patterns: points(layer.patterns.val().without_autodiff() - mean.clone()),
    });
    PatternMap {
        explained: [variance(0), variance(1)],
        layers: layers.collect(),
        rows: of_rows,
        labels,
    }
}

/// Two columns at right angles, of length 1: Gram and Schmidt.
fn orthonormal(columns: Tensor<2>) -> Tensor<2> {
    let unit = |column: Tensor<2>| {
        let length = column.clone().square().sum().sqrt().into_scalar::<f32>();
        if length > 0.0 { column / length } else { column }
    };
    let first = unit(columns.clone().narrow(1, 0, 1));
    let second = columns.narrow(1, 1, 1);
    let along = (first.clone() * second.clone()).sum().unsqueeze::<2>();
    let second = unit(second - first.clone() * along);
    Tensor::cat(vec![first, second], 1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use hopfield_layer::HopfieldLayerConfig;

    use super::*;

    #[test]
    fn rows_lie_where_their_variance_says() {
        let device = Device::flex();
        // Wide along (3, 4)/5, less wide at right angles to it, and a little off the plane.
        let row = |k: i32| {
            let [a, b, c] = [(k % 5 - 2) as f32 * 10.0, (k / 5 - 2) as f32, (k % 2) as f32 * 0.01];
            [0.6 * a - 0.8 * b + 1.0, 0.8 * a + 0.6 * b - 2.0, c]
        };
        let rows: Vec<f32> = (0..25).flat_map(row).collect();
        let rows = Tensor::from_data(TensorData::new(rows, [25, 3]), &device);
        let pattern = Tensor::from_data([[0.6 * 20.0 + 1.0, 0.8 * 20.0 - 2.0, 0.0]], &device);
        let layer = HopfieldLayerConfig::new(1, 3).store(pattern, None).unwrap();
        let stack = HopfieldStack::new(vec![layer]).unwrap();
        let found = map(&stack, &rows, None);
        let [x, y] = found.layers[0].patterns[0];
        assert!((x.abs() - 20.0).abs() < 1e-2 && y.abs() < 1e-2, "{x} {y}");
        assert!((found.explained[0] - 200.0 / 202.0).abs() < 1e-3, "{:?}", found.explained);
        assert!((found.explained[0] + found.explained[1] - 1.0).abs() < 1e-3);
    }
}
