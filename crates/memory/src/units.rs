//! Units that are +1 or −1, or 0 (unknown) in a query.

use burn::tensor::Tensor;

use crate::error::MemoryError;

/// How the units of a binary network are updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Updates {
    /// All at once, from the same state. Fast, but may end in a cycle of two states.
    #[default]
    Synchronous,
    /// One after the other, from the first to the last; each unit sees the new values of those before it. One update is one
    /// sweep over all units. The energy never rises.
    Asynchronous,
}

/// Refuses patterns with entries other than ±1.
pub(crate) fn check_patterns(patterns: &Tensor<2>) -> Result<(), MemoryError> {
    let shape = patterns.dims();
    if shape.contains(&0) {
        return Err(MemoryError::Empty { shape });
    }
    let off = (patterns.clone().abs() - 1.0).abs().max().into_scalar::<f64>();
    if off == 0.0 { Ok(()) } else { Err(MemoryError::NotBinary) }
}

/// Whether any state of the batch has unknown units.
///
/// # Panics
///
/// If a unit is not +1, −1 or 0.
pub(crate) fn has_unknown(states: &Tensor<2>) -> bool {
    let known = states.clone().abs();
    let off = (known.clone().square() - known.clone()).abs().max().into_scalar::<f64>();
    assert!(off == 0.0, "the units of a binary network are +1, −1 or, if unknown, 0");
    known.min().into_scalar::<f64>() == 0.0
}

/// The signs of the fields. A field of magnitude up to `rounding` is a tie: the unit keeps its old value, or becomes +1 if it
/// was unknown.
pub(crate) fn decide(field: Tensor<2>, rounding: Tensor<2>, old: Tensor<2>) -> Tensor<2> {
    let tie = field.clone().abs().lower_equal(rounding.expand(field.shape()));
    let units = field.sign().mask_where(tie, old);
    let unknown = units.clone().equal_elem(0.0);
    units.mask_fill(unknown, 1.0)
}

/// The units of a batch while they are updated one after the other.
pub(crate) struct Sweep {
    /// One column per unit: `[B, 1]` each.
    columns: Vec<Tensor<2>>,
}

impl Sweep {
    /// states: `[B, d]`.
    pub(crate) fn new(states: &Tensor<2>) -> Self {
        Self { columns: states.clone().split(1, 1) }
    }

    /// The current values of a unit: `[B, 1]`.
    pub(crate) fn unit(&self, unit: usize) -> Tensor<2> {
        self.columns[unit].clone()
    }

    /// Sets a unit and returns its change: `[B, 1]`.
    pub(crate) fn set(&mut self, unit: usize, new: Tensor<2>) -> Tensor<2> {
        let old = std::mem::replace(&mut self.columns[unit], new.clone());
        new - old
    }

    /// The updated states: `[B, d]`.
    pub(crate) fn states(self) -> Tensor<2> {
        Tensor::cat(self.columns, 1)
    }
}
