//! The inverse temperature β: fixed, trained, calibrated on data, or scheduled.

use std::f64::consts::PI;

/// How a layer's inverse temperature β is set. Trained as log β, so that it stays positive.
#[derive(Debug, Clone, PartialEq)]
pub enum Beta {
    /// β keeps this value.
    Fixed(f64),
    /// β starts at this value and is trained, every head's on its own.
    Trainable(f64),
    /// β is set on data so that [`spread`](crate::spread)`(β·C)` has the given value in every head.
    Calibrated {
        /// The standard deviation of β·C across the patterns; 1 to 2 keeps several patterns active.
        spread: f64,
        /// Whether β is trained from there.
        trainable: bool,
    },
    /// β follows a schedule over the training, which the trainer applies
    /// ([`HopfieldLayer::set_beta`](crate::HopfieldLayer::set_beta)).
    Scheduled(BetaSchedule),
    /// A value for every head.
    PerHead {
        /// One β per head.
        start: Vec<f64>,
        /// Whether they are trained from there.
        trainable: bool,
    },
}

impl Beta {
    /// Whether SGD trains β.
    pub fn is_trainable(&self) -> bool {
        match self {
            Beta::Fixed(_) | Beta::Scheduled(_) => false,
            Beta::Trainable(_) => true,
            Beta::Calibrated { trainable, .. } | Beta::PerHead { trainable, .. } => *trainable,
        }
    }

    /// The first β of every head, unless it comes from data. The settings have been checked.
    pub(crate) fn start(&self, heads: usize) -> Option<Vec<f64>> {
        match self {
            Beta::Fixed(beta) | Beta::Trainable(beta) => Some(vec![*beta; heads]),
            Beta::Scheduled(schedule) => Some(vec![schedule.from; heads]),
            Beta::PerHead { start, .. } => Some(start.clone()),
            Beta::Calibrated { .. } => None,
        }
    }
}

/// β over the training, from its first step (progress t = 0) to its last (t = 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaSchedule {
    /// β at t = 0.
    pub from: f64,
    /// β at t = 1.
    pub to: f64,
    /// The way between.
    pub shape: ScheduleShape,
}

/// The way of a [`BetaSchedule`] from a to b, at progress t.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleShape {
    /// `a + (b − a) t`
    Linear,
    /// `a (b / a)ᵗ`: by the same factor in every step.
    Exponential,
    /// `b + (a − b) (1 + cos π t) / 2`: slow at both ends.
    Cosine,
}

impl BetaSchedule {
    /// β at `progress` t, a number from 0 to 1; what is outside counts as the nearer end.
    ///
    /// ```
    /// use hopfield_layer::{BetaSchedule, ScheduleShape};
    ///
    /// let schedule = BetaSchedule { from: 0.1, to: 10.0, shape: ScheduleShape::Exponential };
    /// assert!((schedule.at(0.5) - 1.0).abs() < 1e-12);
    /// ```
    pub fn at(&self, progress: f64) -> f64 {
        let (a, b, t) = (self.from, self.to, progress.clamp(0.0, 1.0));
        match self.shape {
            ScheduleShape::Linear => a + (b - a) * t,
            ScheduleShape::Exponential => a * (b / a).powf(t),
            ScheduleShape::Cosine => b + (a - b) * 0.5 * (1.0 + (PI * t).cos()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_go_from_one_end_to_the_other() {
        for (shape, middle) in [
            (ScheduleShape::Linear, 4.5),
            (ScheduleShape::Exponential, 8f64.sqrt()),
            (ScheduleShape::Cosine, 4.5),
        ] {
            let schedule = BetaSchedule { from: 1.0, to: 8.0, shape };
            for (progress, expected) in
                [(-1.0, 1.0), (0.0, 1.0), (0.5, middle), (1.0, 8.0), (2.0, 8.0)]
            {
                let found = schedule.at(progress);
                assert!((found - expected).abs() < 1e-12, "{shape:?} at {progress}: {found}");
            }
        }
        let cosine = BetaSchedule { from: 1.0, to: 8.0, shape: ScheduleShape::Cosine };
        assert!(cosine.at(0.1) < 1.0 + 0.1 * 7.0);
    }
}
