//! The dense Hopfield layer as a [Burn](https://burn.dev) module.
//!
//! A layer holds a database `H` of N patterns, one per row, and answers a batch of states `I`
//! with a weighted mean of its patterns:
//!
//! ```text
//! C = I · Hᵀ                [B, N]   similarity of every state to every pattern
//! P = softmax(β · C)        [B, N]   association weights, every row sums to 1
//! R = P · H                 [B, d]   retrieved states
//! ```
//!
//! β is the *inverse* temperature: a large β retrieves the single best pattern, a small β averages
//! many. The patterns can be *stored* (copied from data) or *trained* by gradient descent.
//!
//! # Store and retrieve
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use hopfield_layer::HopfieldLayer;
//!
//! let device = Device::flex();
//! let stored = Tensor::<2>::from_data([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]], &device);
//! let layer = HopfieldLayer::from_patterns(stored, 8.0)?;
//!
//! // Half of the first pattern is missing; the layer completes it.
//! let damaged = Tensor::<2>::from_data([[1.0, 0.0, 0.0, 0.0]], &device);
//! let retrieved: Vec<f32> = layer.forward(damaged).into_data().try_to_vec().unwrap();
//! assert!(retrieved[1] > 0.99 && retrieved[2] < 0.01);
//! # Ok::<(), hopfield_layer::LayerError>(())
//! ```
//!
//! # Train
//!
//! [`HopfieldLayerConfig`] describes a trainable layer: how many patterns, how they start, whether
//! β is fixed, trained or calibrated on data, and the range in which patterns stay. The layer is an
//! ordinary Burn module: it sits in any model and any Burn optimiser trains it.
//!
//! # References
//!
//! - Ramsauer et al., *Hopfield Networks is All You Need*, ICLR 2021, <https://arxiv.org/abs/2008.02217>.
//!   Our β is their β; our patterns are rows, theirs are the columns of `X`; our forward pass is
//!   one step of their update rule (eq. 3).
//! - Krotov & Hopfield, *Dense Associative Memory for Pattern Recognition*, NeurIPS 2016,
//!   <https://arxiv.org/abs/1606.01164>.

mod association;
mod beta;
mod config;
mod diagnostics;
mod error;
mod heads;
pub mod hflayers;
mod hopfield;
mod init;
mod layer;
mod pooling;
mod reseed;
mod retrieval;
mod separation;
mod similarity;
mod usage;

pub use beta::{Beta, BetaSchedule, ScheduleShape};
pub use config::{HopfieldLayerConfig, Init, Range, Values};
pub use diagnostics::Diagnostics;
pub use error::{InvalidSetting, LayerError};
pub use hopfield::{Hopfield, HopfieldConfig, HopfieldInput};
pub use layer::{Answer, HopfieldLayer, spread};
pub use pooling::{HopfieldPooling, HopfieldPoolingConfig};
pub use retrieval::{Retrieval, Steps};
pub use separation::Separation;
pub use similarity::Similarity;
pub use usage::Usage;
