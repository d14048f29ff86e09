//! Bags of different sizes, side by side.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

/// Some bags on the device.
pub(super) struct Batch {
    /// `[M, features]`, the instances of all bags.
    pub(super) instances: Tensor<2>,
    /// `[B · N]`: which instance; M where a bag has no more.
    pub(super) places: Tensor<1, Int>,
    /// `[B, N]`: where a bag has no more.
    pub(super) padding: Tensor<2, Bool>,
}

/// Lays out bags of instances.
pub(super) fn batch(bags: Vec<Vec<f32>>, features: usize, device: &Device) -> Batch {
    let counts: Vec<usize> = bags.iter().map(|bag| bag.len() / features).collect();
    let (all, most) = (counts.iter().sum::<usize>(), counts.iter().copied().max().unwrap_or(0));
    let (mut places, mut padding, mut first) = (Vec::new(), Vec::new(), 0);
    for &count in &counts {
        places.extend((0..most).map(|at| if at < count { first + at } else { all } as i64));
        padding.extend((0..most).map(|at| at >= count));
        first += count;
    }
    let shape = [counts.len(), most];
    Batch {
        instances: Tensor::from_data(TensorData::new(bags.concat(), [all, features]), device),
        places: Tensor::from_data(places.as_slice(), device),
        padding: Tensor::from_data(TensorData::new(padding, shape), device),
    }
}
