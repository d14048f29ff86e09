//! Bags, folds, and how well scores tell positive bags from negative ones.

use super::MilError;
use super::random::{GOLDEN, mix};

/// Bags of instances, each with a label.
#[derive(Debug, Clone, Default)]
pub struct Bags {
    /// Numbers per instance.
    pub features: usize,
    /// The instances of each bag, one after the other.
    pub instances: Vec<Vec<f32>>,
    /// Whether each bag is positive.
    pub labels: Vec<bool>,
}

impl Bags {
    pub(crate) fn new(features: usize) -> Self {
        Self { features, ..Self::default() }
    }

    pub(crate) fn push(&mut self, instances: Vec<f32>, label: bool) {
        self.instances.push(instances);
        self.labels.push(label);
    }

    /// The bags at these places.
    pub fn at(&self, places: impl IntoIterator<Item = usize>) -> Self {
        let mut bags = Self::new(self.features);
        places.into_iter().for_each(|at| bags.push(self.instances[at].clone(), self.labels[at]));
        bags
    }
}

/// Scales every feature to mean 0 and deviation 1 over the instances of the training bags, cut off at ±5. A feature that is
/// constant becomes 0.
pub fn standardise(train: &mut Bags, test: &mut Bags) {
    let d = train.features;
    let rows = || train.instances.iter().flat_map(|bag| bag.chunks_exact(d));
    let count = rows().count() as f64;
    let (mut mean, mut square) = (vec![0.0; d], vec![0.0; d]);
    for row in rows() {
        mean.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x) / count);
    }
    for row in rows() {
        let centred = row.iter().zip(&mean).map(|(&x, mean)| f64::from(x) - mean);
        square.iter_mut().zip(centred).for_each(|(sum, x)| *sum += x * x / count);
    }
    let scale: Vec<f64> = square
        .iter()
        .map(|square| if square.sqrt() > 1e-6 { 1.0 / square.sqrt() } else { 0.0 })
        .collect();
    for bag in train.instances.iter_mut().chain(&mut test.instances) {
        for (at, x) in bag.iter_mut().enumerate() {
            *x = ((f64::from(*x) - mean[at % d]) * scale[at % d]).clamp(-5.0, 5.0) as f32;
        }
    }
}

/// The fold of each bag: positive ones, then negative ones, each in an order drawn from `repeat`, are dealt to the folds in turn.
///
/// # Errors
///
/// Too few bags of either kind for one in each fold.
pub fn folds(
    ids: &[u64],
    labels: &[bool],
    repeat: u64,
    count: usize,
) -> Result<Vec<usize>, MilError> {
    let of = |label: bool| labels.iter().filter(|&&other| other == label).count();
    if of(true).min(of(false)) < count {
        let found = format!("{} positive and {} negative ones", of(true), of(false));
        return Err(format!("a cross-validation with {count} folds needs {count} positive and {count} negative bags; there are {found}").into());
    }
    let key = |&at: &usize| {
        let id = (repeat << 32).wrapping_add(ids[at]).wrapping_add(GOLDEN);
        (!labels[at], mix(id))
    };
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by_key(key);
    let mut folds = vec![0; order.len()];
    order.into_iter().enumerate().for_each(|(place, at)| folds[at] = place % count);
    Ok(folds)
}

/// The area under the ROC curve: how often a positive bag has a higher score than a negative one (a tie is half).
pub fn area_under_curve(labels: &[bool], scores: &[f32]) -> f64 {
    let of =
        |label: bool| labels.iter().zip(scores).filter(move |(l, _)| **l == label).map(|(_, s)| *s);
    let wins = of(true).flat_map(|p| {
        of(false).map(move |n| f64::from(u8::from(p > n)) + 0.5 * f64::from(u8::from(p == n)))
    });
    wins.sum::<f64>() / (of(true).count() * of(false).count()) as f64
}

#[test]
fn folds_and_scores_are_those_of_the_reference() {
    let ids: Vec<u64> = (1..=200).collect();
    let labels: Vec<bool> = ids.iter().map(|&id| id <= 100).collect();
    assert_eq!(folds(&ids, &labels, 0, 10).unwrap()[..12], [8, 3, 9, 7, 1, 8, 2, 6, 0, 3, 4, 0]);
    assert_eq!(area_under_curve(&[true, true, false, false], &[2.0, 1.0, 1.0, 0.0]), 0.875);
}
