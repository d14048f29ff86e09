//! k-means, which trained stacks are compared with.

use burn::tensor::Tensor;
use hopfield_kernels::matmul;
use hopfield_layer::{
    Beta, HopfieldLayer, HopfieldLayerConfig, Init, LayerError, Separation, Similarity,
};

/// Rounds of Lloyd's algorithm.
const ROUNDS: usize = 10;

/// A layer whose patterns are the centres of `count` clusters of the examples, and which answers with the nearest: seeded by
/// k-means++ (Arthur & Vassilvitskii 2007), then 10 rounds of Lloyd's algorithm. A centre that no example is nearest to stays.
///
/// # Shapes
///
/// - examples: `[n, d]`
///
/// # Errors
///
/// There are fewer distinct examples than centres.
pub fn k_means(count: usize, seed: u64, examples: &Tensor<2>) -> Result<HopfieldLayer, LayerError> {
    let [_, d] = examples.dims();
    let config = HopfieldLayerConfig::new(count, d)
        .with_similarity(Similarity::Euclidean)
        .with_separation(Separation::TopK(1))
        .with_beta(Some(Beta::Fixed(1.0)))
        .with_init(Init::KMeansPlusPlus);
    let mut layer = config.init_on_data(seed, examples, examples)?;
    for _ in 0..ROUNDS {
        let nearest = layer.associate(examples.clone()).without_autodiff(); // [n, N], a 1 in every row
        let sizes = nearest.clone().sum_dim(0).transpose(); // [N, 1]
        let sums = matmul(nearest.transpose(), examples.clone());
        let empty = sizes.clone().equal_elem(0.0).expand([count, d]);
        let centres = sums / sizes.mask_fill(empty.clone().slice_dim(1, 0..1), 1.0);
        layer.update(|own| centres.mask_where(empty, own), |own| own, |own| own);
    }
    Ok(layer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn centres_are_the_means_of_clusters() {
        let examples = Tensor::<2>::from_data(
            [[0.0, 0.0], [0.0, 2.0], [10.0, 0.0], [10.0, 4.0], [-50.0, 1.0]],
            &Device::flex(),
        );
        for seed in 0..5 {
            let layer = k_means(3, seed, &examples).unwrap();
            let answers = layer.forward(examples.clone()).into_data();
            let expected = [[0.0, 1.0], [0.0, 1.0], [10.0, 2.0], [10.0, 2.0], [-50.0, 1.0]];
            assert_eq!(answers, Tensor::<2>::from_data(expected, &Device::flex()).into_data());
        }
        assert!(k_means(6, 1, &examples).is_err());
    }
}
