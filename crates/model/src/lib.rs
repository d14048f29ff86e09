//! Stacks of dense Hopfield layers: what they compute, how they are trained, what they have learned.
//!
//! A stack answers a batch of states by passing it through its layers,
//!
//! ```text
//! I ─▶ softmax(β₁ I H₁ᵀ) H₁ ─▶ … ─▶ softmax(β_L · H_Lᵀ) H_L ─▶ R
//! ```
//!
//! in a residual stack with the state added to what every layer but the last hands on, and is trained by projected SGD
//! ([`Sgd`]) so that R matches the clean image ([`squared_error`]) and, if wanted, all patterns are used ([`imbalance`]).
//! The matrices H are its *pattern database* : what users take away.
//!
//! ```
//! use burn::tensor::{Device, Distribution, Tensor};
//! use hopfield_layer::{Beta, HopfieldLayerConfig, Init};
//! use hopfield_model::{HopfieldStackConfig, LearningRates, Sgd, squared_error};
//!
//! let device = Device::flex();
//! device.seed(1);
//! let images = Tensor::<2>::random([32, 16], Distribution::Uniform(0.0, 1.0), &device);
//! let layer = HopfieldLayerConfig::new(8, 16)
//!     .with_beta(Some(Beta::Calibrated { spread: 1.0, trainable: true }))
//!     .with_init(Init::Normal { mean: 0.0, std: 0.3 });
//! let config = HopfieldStackConfig { layers: vec![layer.clone(), layer], residual: false };
//! let mut stack = config.init(1, &images.clone().autodiff(), &images)?;
//!
//! let mut sgd = Sgd::new(0.9, None, &stack);
//! let error = |stack: &hopfield_model::HopfieldStack| {
//!     squared_error(stack.forward(images.clone()), images.clone())
//! };
//! let before = error(&stack).into_scalar::<f32>();
//! for _ in 0..20 {
//!     let loss = error(&stack) / 32.0; // the mean over the batch
//!     sgd.step(&mut stack, &loss.backward(), LearningRates { patterns: 0.1, log_beta: 1e-3 });
//! }
//! assert!(error(&stack).into_scalar::<f32>() < 0.5 * before);
//! # Ok::<(), hopfield_model::ModelError>(())
//! ```

#![forbid(unsafe_code)]

mod classifier;
mod devices;
mod error;
mod evaluation;
mod gradients;
mod k_means;
mod likeness;
mod loss;
mod objective;
mod projected_sgd;
mod reconstruction;
mod reseed;
mod row_descent;
mod seeds;
mod sgd;
mod simplex_bound;
mod stack;
mod stack_config;
mod training_schedule;

pub use classifier::{Association, Classifier, ClassifierGradients, ClassifierLoss, Crossed};
pub use error::{ModelError, ObjectiveError};
pub use evaluation::{Evaluation, LayerEvaluation, evaluate, evaluate_and, reconstruction_error};
pub use gradients::LayerGradients;
pub use k_means::k_means;
pub use likeness::{ALIKE, Likeness, most_alike};
pub use loss::{imbalance, mse_per_pixel, squared_error};
pub use objective::{Batch, Learned, Measure, Objective};
pub use projected_sgd::{ProjectedSgd, ProjectedSgdConfig, Velocity};
pub use reconstruction::Reconstruction;
pub use reseed::{Reseeded, Reseeding};
pub use seeds::Seeds;
pub use sgd::{LearningRates, Sgd};
pub use simplex_bound::simplex_bound;
pub use stack::{HopfieldStack, check_dims};
pub use stack_config::HopfieldStackConfig;
pub use training_schedule::{Schedule, TrainingSchedule};
