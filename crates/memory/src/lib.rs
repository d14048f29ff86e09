//! Classical, dense and continuous associative memories (stored, not trained).
//!
//! | network | states | energy | update |
//! |---|---|---|---|
//! | [`ClassicalHopfield`] | ±1 | `−½ sᵀ W s + bᵀ s` | `s ← sgn(W s − b)` |
//! | [`DenseMemory`] | ±1 | `−Σ_i F(x_i·s)`, F a power or exponential | each unit takes the sign with the lower energy |
//! | [`ContinuousMemory`] | ℝᵈ | `−lse_β(X s) + ½ sᵀs + β⁻¹ log N + ½ M²` | `s ← softmax(β s Xᵀ) X` |
//!
//! All implement [`AssociativeMemory`]: [`store`](AssociativeMemory::store) stores the rows of a matrix, [`update`] updates a
//! batch of states once, [`recall`] updates them until nothing changes, and [`energy`] is what these updates lower. All use
//! plain tensor operations and run on any Burn backend.
//!
//! [`update`]: AssociativeMemory::update
//! [`recall`]: AssociativeMemory::recall
//! [`energy`]: AssociativeMemory::energy
//!
//! # Hidden parts of a query
//!
//! The hidden part of a query must carry no information. In a binary network, 0 marks an unknown unit: it does not contribute
//! to any overlap, and its first update makes it ±1. A unit of −1 would mean paper, and so would a pixel of 0 in an image with
//! pixels in [0, 1].
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use hopfield_memory::{AssociativeMemory, DenseMemory, End};
//!
//! let device = Device::flex();
//! let stored = [[1.0, -1.0, 1.0, -1.0, 1.0, 1.0], [1.0, 1.0, -1.0, -1.0, -1.0, 1.0]];
//! let memory = DenseMemory::store(Tensor::<2>::from_data(stored, &device), &Default::default())?;
//! let query = Tensor::<2>::from_data([[1.0, 1.0, -1.0, 0.0, 0.0, 0.0]], &device);
//! let found = memory.recall(query.clone(), 100);
//! assert_eq!(found.ends, [End::FixedPoint]);
//! assert_eq!(found.states.clone().into_data().try_to_vec::<f32>().unwrap(), stored[1]);
//! let energy = |states| memory.energy(states).unwrap().into_scalar::<f32>();
//! assert!(energy(found.states) < energy(query));
//! # Ok::<(), hopfield_memory::MemoryError>(())
//! ```
//!
//! # References
//!
//! - Hopfield, *Neural networks and physical systems with emergent collective computational abilities*, PNAS 1982.
//! - Personnaz, Guyon & Dreyfus, *Information storage and retrieval in spin-glass like neural networks*, J. Physique
//!   Lett. 1985: the pseudo-inverse.
//! - Goles & Olivos, *Comportement périodique des fonctions à seuil binaires et applications*, 1981: cycles of two.
//! - Krotov & Hopfield, *Dense Associative Memory for Pattern Recognition*, NeurIPS 2016,
//!   <https://arxiv.org/abs/1606.01164>.
//! - Demircigil et al., *On a Model of Associative Memory with Huge Storage Capacity*, J. Stat. Phys. 2017,
//!   <https://arxiv.org/abs/1702.01929>.
//! - Ramsauer et al., *Hopfield Networks is All You Need*, ICLR 2021, <https://arxiv.org/abs/2008.02217>.

#![forbid(unsafe_code)]

mod classical;
mod continuous;
mod dense;
mod error;
mod interaction;
mod recall;
mod units;

pub use classical::{ClassicalHopfield, ClassicalSettings, Storage};
pub use continuous::{ContinuousMemory, ContinuousSettings};
pub use dense::{DenseMemory, DenseSettings};
pub use error::MemoryError;
pub use interaction::Interaction;
pub use recall::{AssociativeMemory, End, Recall};
pub use units::Updates;
