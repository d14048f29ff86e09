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
//! This page is a short course; each section leads to the type that has the details.
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
//! # How patterns are compared, and how one is chosen
//!
//! Two functions decide what a layer retrieves. The [`Similarity`] compares: with the plain dot product, patterns
//! of large norm win too often; the cosine and the Euclidean distance repair it. The [`Separation`] turns
//! similarities into weights: softmax gives every pattern some, sparsemax and entmax leave most at
//! exactly 0, top-k keeps the k best. Any similarity goes with any separation (except a polynomial with
//! Euclidean similarity, which is never positive), and all gradients are exact.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use hopfield_layer::{Beta, HopfieldLayerConfig, Separation, Similarity};
//!
//! let device = Device::flex();
//! let stored = [[1.0, 0.0, 0.0], [0.9, 0.5, 0.0], [0.0, 0.0, 3.0]];
//! let stored = Tensor::<2>::from_data(stored, &device);
//! let layer = HopfieldLayerConfig::new(3, 3)
//!     .with_similarity(Similarity::Cosine)
//!     .with_separation(Separation::Sparsemax)
//!     .with_beta(Some(Beta::Fixed(4.0)))
//!     .store(stored, None)?;
//! let weights = layer.associate(Tensor::<2>::from_data([[2.0, 0.3, 0.1]], &device));
//! let weights: Vec<f32> = weights.into_data().try_to_vec().unwrap();
//! assert!(weights[0] > weights[1] && weights[1] > 0.0 && weights[2] == 0.0);
//! # Ok::<(), hopfield_layer::LayerError>(())
//! ```
//!
//! # Energy, and retrieval until nothing changes
//!
//! One step of the layer is one step downhill of an [energy](HopfieldLayer::energy),
//!
//! ```text
//! E(x) = −β⁻¹ log Σ_n exp(β h_n·x) + ½ xᵀx + β⁻¹ log N + ½ M²,     ∇E(x) = x − x'
//! ```
//!
//! for the dot product and softmax; nearly every other pair has one, too. [`HopfieldLayer::retrieve`] takes steps
//! until the state stops changing and reports the energy along the way. It ends near a pattern, or in a
//! *metastable* state that is a mean of several similar ones, or, for a small β, in the mean of all.
//!
//! # What a layer does with its patterns
//!
//! [`HopfieldLayer::diagnose`] tells how many patterns share a state's weight (entropy, perplexity, metastable size), how
//! much each pattern is used and which are [dead](Usage::dead_patterns), and how well each is
//! [separated](Diagnostics::separation) from the others. [`HopfieldLayer::retrieval_error_bound`] bounds the error of one
//! step; [`HopfieldLayer::reseed`] gives dead patterns a new start.
//!
//! # Train
//!
//! [`HopfieldLayerConfig`] describes a trainable layer: how many patterns, how they start ([`Init`]: at random, from
//! data, or spread out over it by k-means++), how β is set ([`Beta`]: fixed, trained, calibrated on data, scheduled), how many
//! update steps are unrolled, and the range in which patterns stay. A layer may have several heads, and
//! values of its own, so that it answers in another dimension (hetero-association). It is an ordinary Burn
//! module: put it in any model and train it with any Burn optimiser. Its config saves and loads as JSON, and its
//! [records](HopfieldLayer#records) hold its settings beside its tensors. (`ProjectedSgdConfig` of the crate
//! `hopfield-model` keeps patterns in their range in every step; with other optimisers, call
//! [`project`](HopfieldLayer::project).)
//!
//! # Patterns that come with the input
//!
//! With keys and values `H`, queries `I` and β = 1/√d the layer is attention. [`Hopfield`] is the module for patterns that
//! come with the input, with optional projections, masks and dropout; [`HopfieldPooling`] sums up a set by
//! learned states. Users of the PyTorch package find its three modules and all their options in
//! [`hflayers`].
//!
//! # Words and letters
//!
//! | | here | in Ramsauer et al. |
//! |---|---|---|
//! | N patterns of dimension d | rows of `H` | columns of `X` |
//! | states | rows of `I`, `x`; in the key space `q` | ξ |
//! | inverse temperature | β | β |
//! | association weights | `P` | p, softmax(β Xᵀ ξ) |
//! | values | `V` `[N, m]` | Y W_V |
//! | largest norm of a pattern (key) | M | M |
//! | separation of pattern i | Δ_i | Δ_i |
//!
//! Shapes: B states in a batch, N patterns, dimension d of a state, m of an answer, h heads.
//!
//! # Cargo features
//!
//! Without any, the crate is made of Burn's tensor operations and adds no dependency to Burn's. It chooses no backend: turn one on in your
//! own dependency on `burn`, such as `flex` for CPUs.
//!
//! | feature | what it adds |
//! |---|---|
//! | `flex` | fused forward and backward operations for Burn's flex backend: vectorised, on all cores |
//! | `cube` | one kernel per separation and gradient on Burn's GPU backends |
//!
//! # References
//!
//! - Ramsauer et al., *Hopfield Networks is All You Need*, ICLR 2021, <https://arxiv.org/abs/2008.02217>.
//! - Krotov & Hopfield, *Dense Associative Memory for Pattern Recognition*, NeurIPS 2016,
//!   <https://arxiv.org/abs/1606.01164>.
//! - Santos, Niculae, McNamee & Martins, *Hopfield-Fenchel-Young Networks*, 2024, <https://arxiv.org/abs/2411.08590>:
//!   the energies of sparse separations.
//! - Millidge et al., *Universal Hopfield Networks*, ICML 2022, <https://arxiv.org/abs/2202.04557>: similarity and
//!   separation as two choices.
//! - Martins & Astudillo, *From Softmax to Sparsemax*, ICML 2016, <https://arxiv.org/abs/1602.02068>.
//! - Peters, Niculae & Martins, *Sparse Sequence-to-Sequence Models*, ACL 2019, <https://arxiv.org/abs/1905.05702>: entmax.
//! - Miller, *Attention Is Off By One*, 2023, <https://www.evanmiller.org/attention-is-off-by-one.html>: softmax₁.
//! - Arthur & Vassilvitskii, *k-means++: The Advantages of Careful Seeding*, SODA 2007.

#![forbid(unsafe_code)]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod association;
mod beta;
mod calibration;
mod config;
mod diagnostics;
mod distance;
mod draw;
mod energy;
mod error;
mod heads;
pub mod hflayers;
mod hopfield;
mod hopfield_config;
mod init;
mod layer;
mod names;
mod pooling;
mod record;
mod reseed;
mod retrieval;
mod separation;
mod settings;
mod settle;
mod similarity;
mod update;
mod usage;

pub use beta::{Beta, BetaSchedule, ScheduleShape};
pub use calibration::spread;
pub use config::HopfieldLayerConfig;
pub use diagnostics::Diagnostics;
pub use error::{InvalidSetting, LayerError};
pub use hopfield::{Hopfield, HopfieldInput};
pub use hopfield_config::HopfieldConfig;
pub use hopfield_kernels::{Precision, matmul, matmul_with};
pub use layer::{Answer, HopfieldLayer};
pub use names::UnknownName;
pub use pooling::{HopfieldPooling, HopfieldPoolingConfig};
pub use record::LayerSettings;
pub use retrieval::{Retrieval, Steps};
pub use separation::Separation;
pub use settings::{Init, Range, Values};
pub use settle::{Settled, settle};
pub use similarity::Similarity;
pub use usage::{Usage, distinct_patterns, is_dead};
