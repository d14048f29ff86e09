//! Snapshots of the pattern database during the training: often at first, when it changes fast, and at the end.

use std::collections::BTreeSet;

use burn::module::Module;
use hopfield_model::HopfieldStack;

use super::run::Run;
use super::trainer::Trainer;
use crate::TrainError;
use crate::run_folder::write_whole;

/// The most bytes that all snapshots of a run may have together.
const MOST_BYTES: u64 = 256_000_000;

impl Run<'_> {
    /// The steps after which the config asks for snapshots, fewer if they would be too large.
    pub(super) fn snapshots(&self, stack: &HopfieldStack) -> BTreeSet<u64> {
        let asked = self.config.output.snapshots;
        let fit = MOST_BYTES / (4 * stack.num_params() as u64).max(1);
        if fit < asked {
            self.printer.note(&format!(
                "note: only {fit} of {asked} snapshots are kept, because together they may have at most 256 MB"
            ));
        }
        schedule(self.config.training.epochs * self.batches.per_epoch(), asked.min(fit))
    }
}

impl Trainer<'_> {
    /// Writes a snapshot, if one is due at this step; not if a number is not finite, which will soon end the training.
    pub(super) fn keep_snapshot(&self) -> Result<(), TrainError> {
        let step = self.steps_done();
        if !self.snapshots.contains(&step) {
            return Ok(());
        }
        let archive = self.run.database(&self.state.stack.valid()).to_archive();
        if archive.not_finite().is_some() {
            return Ok(());
        }
        write_whole(&self.folder.snapshot(step), &archive.to_bytes())
    }
}

/// At most `count` of the steps 0 to `total`: both ends, and steps between them at equal ratios.
fn schedule(total: u64, count: u64) -> BTreeSet<u64> {
    match count {
        0 => BTreeSet::new(),
        1 => BTreeSet::from([total]),
        2 => BTreeSet::from([0, total]),
        _ => {
            let step = |k: u64| (total as f64).powf(k as f64 / (count - 2) as f64).round() as u64;
            (0..count - 1).map(step).chain([0, total]).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_are_denser_at_first() {
        let steps: Vec<u64> = schedule(4740, 32).into_iter().collect();
        assert!(steps.len() > 24 && steps.len() <= 32, "{steps:?}");
        assert_eq!(steps[..4], [0, 1, 2, 3]);
        assert_eq!(steps[steps.len() - 1], 4740);
        let gaps: Vec<u64> = steps.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.is_sorted(), "{gaps:?}");
        assert_eq!(schedule(5, 100), BTreeSet::from_iter(0..=5));
        assert_eq!(schedule(9, 2), BTreeSet::from([0, 9]));
        assert_eq!(schedule(9, 1), BTreeSet::from([9]));
        assert!(schedule(9, 0).is_empty());
        for count in 3..50 {
            assert!(schedule(1000, count).len() as u64 <= count);
        }
    }
}
