//! The standard experiments with associative memories: settings in, a table and figures out.
//!
//! - [`Sweep`] stores [`Patterns`] in each [`Network`], damages them ([`Damage`]) and measures what the network recalls:
//!   the experiments on load, masks, noise and β, and the comparison of all networks.
//! - [`Capacity`] finds the largest number of random patterns that are recalled without error, and how it grows with their
//!   dimension.
//! - [`Generalisation`] says whether states end at stored images, at mixtures of them, or at new ones, as more are stored.
//! - [`Prototypes`] compares trained classifiers by association: what decides, and what deceives them.
//! - [`FixedPoints`] asks whether stored patterns are fixed points, and where random states end.
//!
//! Each is an [`Experiment`] and returns an [`Outcome`]. Nothing here prints, writes files or reads a command line.
//!
//! ```
//! use burn::tensor::Device;
//! use hopfield_experiments::{Curves, Damage, Experiment, Patterns, Sweep};
//!
//! let sweep = Sweep {
//!     patterns: Patterns::random(100, 1),
//!     networks: vec!["classical".parse()?, "exponential:1".parse()?],
//!     sizes: vec![5, 50],
//!     damages: vec![Damage::Flip(0.1)],
//!     sets: 2,
//!     queries: 10,
//!     steps: 1,
//!     updates: Default::default(),
//!     curves: Curves { title: "load", x: "patterns", y: "top_1", logarithmic: true },
//! };
//! let outcome = sweep.run(&Device::flex(), &mut |_| {})?;
//! assert_eq!(outcome.table.rows().count(), 4);
//! assert_eq!(outcome.table.number(3, "exact"), Some(1.0)); // 50 patterns in the exponential network
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod capacity;
mod curves;
mod damage;
mod experiment;
mod fixed_points;
mod generalisation;
mod host;
mod measure;
mod network;
mod patterns;
mod prototypes;
mod sweep;
mod table;

pub use capacity::Capacity;
pub use curves::Curves;
pub use damage::{Damage, Hidden};
pub use experiment::{Experiment, Outcome, Picture};
pub use fixed_points::FixedPoints;
pub use generalisation::Generalisation;
pub use network::Network;
pub use patterns::Patterns;
pub use prototypes::Prototypes;
pub use sweep::Sweep;
pub use table::{Cell, Row, Table};
