//! Updates until nothing changes.

use burn::tensor::{Bool, Tensor};

/// What [`settle`] found for B states.
#[derive(Debug, Clone)]
pub struct Settled<const D: usize, E> {
    /// The states in the end.
    pub states: Tensor<D>,
    /// Updates of each state, 1 or more.
    pub steps: Vec<usize>,
    /// How each ended; None if its steps were used up.
    pub ends: Vec<Option<E>>,
}

/// Updates the states of a batch until each is done, or has taken `max_steps`. A state that is done stays as it is, so the
/// others of its batch make no difference to it.
///
/// `update` gets all states, and which of them are still moving. `judge` gets the states before and after an update,
/// and says which are done, and how; what it says of those that were done before is ignored.
///
/// # Shapes
///
/// - states: `[.., B, d]`
///
/// # Panics
///
/// If `max_steps` is 0, or `update` changes the shape.
pub fn settle<const D: usize, E>(
    mut states: Tensor<D>,
    max_steps: usize,
    mut update: impl FnMut(Tensor<D>, &[bool]) -> Tensor<D>,
    mut judge: impl FnMut(&Tensor<D>, &Tensor<D>) -> Vec<Option<E>>,
) -> Settled<D, E> {
    assert!(max_steps > 0, "states take 1 step or more");
    let batch = states.dims()[D - 2];
    let mut steps = vec![0; batch];
    let mut ends: Vec<Option<E>> = (0..batch).map(|_| None).collect();
    let mut moving = vec![true; batch];
    while moving.contains(&true) {
        let next = update(states.clone(), &moving);
        let judged = judge(&states, &next);
        states = keep(states, next, &moving);
        for (state, end) in judged.into_iter().enumerate() {
            if !moving[state] {
                continue;
            }
            steps[state] += 1;
            moving[state] = end.is_none() && steps[state] < max_steps;
            ends[state] = end;
        }
    }
    Settled { states, steps, ends }
}

/// The rows of `new` where `moving`, those of `old` elsewhere: `[.., B, k]`.
pub(crate) fn keep<const D: usize>(old: Tensor<D>, new: Tensor<D>, moving: &[bool]) -> Tensor<D> {
    if !moving.contains(&false) {
        return new;
    }
    let mut shape = [1; D];
    shape[D - 2] = moving.len();
    let mask = Tensor::<1, Bool>::from_data(moving, &old.device()).reshape(shape);
    old.clone().mask_where(mask.expand(old.shape()), new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn each_state_ends_by_itself() {
        let states = Tensor::<2>::from_data([[8.0], [3.0], [1.0]], &Device::flex());
        // Halved until below 1, of at most 3 updates.
        let found = settle(
            states,
            3,
            |states, _| states * 0.5,
            |_, next| next.to_data().iter::<f32>().map(|x| (x < 1.0).then_some(x)).collect(),
        );
        assert_eq!(found.steps, [3, 2, 1]);
        assert_eq!(found.ends, [None, Some(0.75), Some(0.5)]);
        let states: Vec<f32> = found.states.into_data().try_to_vec().unwrap();
        assert_eq!(states, [1.0, 0.75, 0.5]);
    }
}
