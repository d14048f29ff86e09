//! What an associative memory does, and how it recalls.

use burn::tensor::Tensor;
use hopfield_layer::{Settled, settle};

use crate::MemoryError;

/// A network that stores patterns and answers states with them.
///
/// Rows are patterns and states: N patterns of d units in the network, B states in a batch.
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
    /// What can be chosen.
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
    /// There is no pattern, a setting is out of range, or the network is binary and an entry neither +1 nor −1.
    fn store(patterns: Tensor<2>, settings: &Self::Settings) -> Result<Self, MemoryError>
    where
        Self: Sized;

    /// d, the number of units.
    fn dim(&self) -> usize;

    /// Updates every unit once.
    ///
    /// # Shapes
    ///
    /// - states, and what is returned: `[B, d]`
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d, or the network is binary and there is no state, or a unit neither +1, −1 nor
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
    /// The network has none.
    ///
    /// # Panics
    ///
    /// If the last axis of `states` is not d.
    fn energy(&self, states: Tensor<2>) -> Result<Tensor<1>, MemoryError>;

    /// Updates every state until it stops changing, or `max_steps` times. A state that is done stays as it is; the
    /// others of its batch make no difference to it.
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

/// What [`AssociativeMemory::recall`] found.
#[derive(Debug, Clone)]
pub struct Recall {
    /// The states in the end: `[B, d]`.
    pub states: Tensor<2>,
    /// Updates of every state, with the one that found it unchanged.
    pub steps: Vec<usize>,
    /// How each ended.
    pub ends: Vec<End>,
}

/// How a recall ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// In a state that an update doesn't change.
    FixedPoint,
    /// In two states that follow each other for ever, which happens with synchronous updates.
    TwoCycle,
    /// The steps were used up.
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
