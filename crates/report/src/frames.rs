//! Which moments of a training are shown.

/// At most `most` of the frames, with both ends, such that the picture changes by about the same amount from one to the next.
///
/// `changed` is how much it has changed up to each frame, from 0; there is at least one.
pub(crate) fn evenly(changed: &[u64], most: usize) -> Vec<usize> {
    let (last, steps) = (changed[changed.len() - 1], most.max(2) as u64 - 1);
    let mut chosen: Vec<usize> = (0..=steps)
        .filter_map(|k| {
            let goal = last * k / steps;
            (0..changed.len()).min_by_key(|&at| changed[at].abs_diff(goal))
        })
        .collect();
    chosen.push(changed.len() - 1);
    chosen.dedup();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_chosen_so_that_the_change_is_even() {
        let changed = [0, 1, 2, 30, 50, 52, 80, 100];
        assert_eq!(evenly(&changed, 5), [0, 3, 4, 6, 7]);
        assert_eq!(evenly(&changed, 2), [0, 7]);
        assert_eq!(evenly(&[0], 5), [0]);
        // Nothing changes.
        assert_eq!(evenly(&[0, 0], 5), [0, 1]);
    }
}
