//! How networks are trained.

use super::Pooling;

/// How a network is trained.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The learning rate.
    pub rate: f64,
    /// Passes over the bags.
    pub epochs: usize,
    /// The probability with which an instance is left out of its bag in training.
    pub drop: f64,
}

impl Settings {
    /// Those chosen on validation bags for a set and a pooling; for your own bags, those of Elephant.
    pub fn of(set: &str, pooling: Pooling) -> Self {
        let by_pooling = |all: [(f64, usize, f64); 4]| all[pooling as usize];
        let (rate, epochs, drop) = match set {
            "bits" => {
                by_pooling([(1e-2, 20, 0.0), (1e-2, 40, 0.0), (1e-2, 40, 0.0), (1e-2, 40, 0.0)])
            }
            "latch" => (1e-3, 5, 0.0),
            "digits" => {
                by_pooling([(3e-4, 40, 0.0), (1e-3, 40, 0.0), (1e-3, 40, 0.0), (1e-3, 40, 0.0)])
            }
            "ucsb_breast_cancer" => {
                by_pooling([(3e-3, 20, 0.5), (1e-3, 40, 0.5), (1e-3, 40, 0.5), (3e-3, 40, 0.5)])
            }
            "musk1" => {
                by_pooling([(3e-3, 40, 0.5), (1e-3, 40, 0.0), (3e-3, 20, 0.0), (3e-3, 40, 0.0)])
            }
            "musk2" => {
                by_pooling([(3e-3, 20, 0.0), (3e-3, 40, 0.5), (3e-3, 40, 0.0), (3e-3, 20, 0.5)])
            }
            _ => by_pooling([(3e-4, 40, 0.0), (1e-3, 40, 0.0), (3e-3, 10, 0.0), (1e-3, 40, 0.0)]),
        };
        Self { rate, epochs, drop }
    }
}
