//! Which moments of a training are shown.

/// At most `most` of the frames, with both ends, such that the picture changes by about the same amount from one to the next.
///
/// `way` is how much it has changed up to each frame, from 0; there is at least one.
pub(crate) fn evenly(way: &[u64], most: usize) -> Vec<usize> {
    let (last, steps) = (way[way.len() - 1], most.max(2) as u64 - 1);
    let mut chosen: Vec<usize> = (0..=steps)
        .filter_map(|k| {
            let goal = last * k / steps;
            (0..way.len()).min_by_key(|&at| way[at].abs_diff(goal))
        })
        .collect();
    chosen.push(way.len() - 1);
    chosen.dedup();
    chosen
}

/// The sums of all differences up to each frame, from those between one frame and the next.
pub(crate) fn way(differences: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut way = vec![0];
    for difference in differences {
        way.push(way[way.len() - 1] + difference);
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_chosen_so_that_the_change_is_even() {
        let way = way([1, 1, 28, 20, 2, 28, 20].into_iter());
        assert_eq!(evenly(&way, 5), [0, 3, 4, 6, 7]);
        assert_eq!(evenly(&way, 2), [0, 7]);
        assert_eq!(evenly(&[0], 5), [0]);
        // Nothing changes.
        assert_eq!(evenly(&[0, 0], 5), [0, 1]);
    }
}
