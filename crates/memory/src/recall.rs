//! The trait of all memories, and the recall of binary ones.

use burn::tensor::Tensor;
use hopfield_layer::{Settled, settle};

use crate::error::MemoryError;

/// A network that stores patterns and recalls them from states.
///
/// Patterns and states are rows: N patterns of d units, B states in a batch.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use hopfield_memory::{AssociativeMemory, ClassicalHopfield, DenseMemory, MemoryError};
///
/// fn completes<M: AssociativeMemory>() -> Result<bool, MemoryError> {
///     let device = Device::flex();
///     let stored = [[1.0, 1.0, 1.0, -1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0]];
///     let memory = M::store(Tensor::<2>::from_data(stored, &device), &M::Settings::default())?;
///     // The last three units of the first pattern are unknown.
///     let query = Tensor::<2>::from_data([[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]], &device);
///     let found: Vec<f32> = memory.recall(query, 10).states.into_data().try_to_vec().unwrap();
///     Ok(found == stored[0])
/// }
/// assert!(completes::<ClassicalHopfield>()? && completes::<DenseMemory>()?);
/// # Ok::<(), MemoryError>(())
/// ```
pub trait AssociativeMemory {
    /// The settings of this network.
    type Settings: Default
    where
        Self: Sized;

    /// Stores the rows of `patterns`.
    ///
    /// # Shapes
    ///
    /// - patterns: `[N, d]`
    ///
    /// # Errors
    ///
    /// There are no patterns, a setting is out of range, or the network is binary and an entry is neither +1 nor −1.
    fn store(patterns: Tensor<2>, settings: &Self::Settings) -> Result<Self, MemoryError>
    where
        Self: Sized;

    /// d, the number of units.
    fn dim(&self) -> usize;

    /// Updates every unit once.
    ///
    /// # Shapes
    ///
    /// - states, and the updated states: `[B, d]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d. Binary networks also panic if there are no states, or if a unit is not +1, −1 or
    /// 0 (unknown).
    fn update(&self, states: Tensor<2>) -> Tensor<2>;

    /// The energy of every state.
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    /// - energy: `[B]`
    ///
    /// # Errors
    ///
    /// The network has no energy.
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    fn energy(&self, states: Tensor<2>) -> Result<Tensor<1>, MemoryError>;

    /// Updates every state until it stops changing, at most `max_steps` times. Each state is treated as if it were alone: one
    /// that has stopped is not updated further.
    ///
    /// # Shapes
    ///
    /// - states: `[B, d]`
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update), or if `max_steps` is 0.
    fn recall(&self, states: Tensor<2>, max_steps: usize) -> Recall;
}

/// The result of [`AssociativeMemory::recall`].
#[derive(Debug, Clone)]
pub struct Recall {
    /// The final states: `[B, d]`.
    pub states: Tensor<2>,
    /// The number of updates of each state, including the one that found it unchanged.
    pub steps: Vec<usize>,
    /// How each recall ended.
    pub ends: Vec<End>,
}

/// How a recall ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// In a state that an update does not change.
    FixedPoint,
    /// In two states that alternate for ever, which happens with synchronous updates.
    TwoCycle,
    /// After the maximal number of steps, still changing.
    OutOfSteps,
}

/// The recall of a network with binary units.
pub(crate) fn recall_binary(
    states: Tensor<2>,
    max_steps: usize,
    update: impl Fn(Tensor<2>) -> Tensor<2>,
) -> Recall {
    let mut before: Option<Tensor<2>> = None;
    let judge = |states: &Tensor<2>, next: &Tensor<2>| {
        let changes = |from: &Tensor<2>| -> Vec<bool> {
            let change = (next.clone() - from.clone()).abs().max_dim(1).into_data();
            change.iter::<f64>().map(|change| change != 0.0).collect()
        };
        let changed_twice = before.replace(states.clone()).map(|before| changes(&before));
        let end = |(state, changed): (usize, bool)| match &changed_twice {
            _ if !changed => Some(End::FixedPoint),
            Some(changed) if !changed[state] => Some(End::TwoCycle),
            _ => None,
        };
        changes(states).into_iter().enumerate().map(end).collect()
    };
    let Settled { states, steps, ends } =
        settle(states, max_steps, |states, _| update(states), judge);
    let ends = ends.into_iter().map(|end| end.unwrap_or(End::OutOfSteps)).collect();
    Recall { states, steps, ends }
}
