//! The inverse temperature β: fixed, trained, calibrated on data, or scheduled.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::names::named;

/// How a layer's inverse temperature β is set. Trained as log β, so that it stays positive.
///
/// In files: a number (fixed), `{ start = 0.3, trainable = true }` with a number or one number per head,
/// `{ spread = 1.0, trainable = true }`, or `{ from = 0.1, to = 10.0, shape = "exponential" }`. By default, `trainable`
/// is true and `shape` exponential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Form", into = "Form")]
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

    /// How β changes over the training, if it is scheduled.
    pub fn schedule(&self) -> Option<BetaSchedule> {
        match self {
            Beta::Scheduled(schedule) => Some(*schedule),
            _ => None,
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

/// How a [`Beta`] is written.
#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a number, or a table with start, spread, or from and to"
)]
enum Form {
    Fixed(f64),
    Start {
        start: Start,
        #[serde(default = "yes")]
        trainable: bool,
    },
    Spread {
        spread: f64,
        #[serde(default = "yes")]
        trainable: bool,
    },
    Schedule(BetaSchedule),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Start {
    OfAll(f64),
    PerHead(Vec<f64>),
}

fn yes() -> bool {
    true
}

impl From<Form> for Beta {
    fn from(form: Form) -> Self {
        match form {
            Form::Fixed(beta) | Form::Start { start: Start::OfAll(beta), trainable: false } => {
                Beta::Fixed(beta)
            }
            Form::Start { start: Start::OfAll(beta), trainable: true } => Beta::Trainable(beta),
            Form::Start { start: Start::PerHead(start), trainable } => {
                Beta::PerHead { start, trainable }
            }
            Form::Spread { spread, trainable } => Beta::Calibrated { spread, trainable },
            Form::Schedule(schedule) => Beta::Scheduled(schedule),
        }
    }
}

impl From<Beta> for Form {
    fn from(beta: Beta) -> Self {
        let trainable = beta.is_trainable();
        match beta {
            Beta::Fixed(beta) | Beta::Trainable(beta) => {
                Form::Start { start: Start::OfAll(beta), trainable }
            }
            Beta::PerHead { start, .. } => Form::Start { start: Start::PerHead(start), trainable },
            Beta::Calibrated { spread, .. } => Form::Spread { spread, trainable },
            Beta::Scheduled(schedule) => Form::Schedule(schedule),
        }
    }
}

/// β over the training, from its first step (progress t = 0) to its last (t = 1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BetaSchedule {
    /// β at t = 0.
    pub from: f64,
    /// β at t = 1.
    pub to: f64,
    /// The way between.
    #[serde(default)]
    pub shape: ScheduleShape,
}

/// The way of a [`BetaSchedule`] from a to b, at progress t.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScheduleShape {
    /// `a + (b − a) t`
    Linear,
    /// `a (b / a)ᵗ`: by the same factor in every step.
    #[default]
    Exponential,
    /// `b + (a − b) (1 + cos π t) / 2`: slow at both ends.
    Cosine,
}

named!(ScheduleShape { Linear = "linear", Exponential = "exponential", Cosine = "cosine" });

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
    use serde_json::{from_value, json};

    #[test]
    fn every_form_is_read_and_written() {
        let schedule = BetaSchedule { from: 0.1, to: 2.0, shape: ScheduleShape::Cosine };
        for (beta, written) in [
            (Beta::Fixed(0.5), json!({ "start": 0.5, "trainable": false })),
            (Beta::Trainable(0.5), json!({ "start": 0.5, "trainable": true })),
            (
                Beta::PerHead { start: vec![0.5], trainable: false },
                json!({ "start": [0.5], "trainable": false }),
            ),
            (
                Beta::Calibrated { spread: 1.5, trainable: true },
                json!({ "spread": 1.5, "trainable": true }),
            ),
            (Beta::Scheduled(schedule), json!({ "from": 0.1, "to": 2.0, "shape": "cosine" })),
        ] {
            assert_eq!(json!(beta), written);
            assert_eq!(from_value::<Beta>(written).unwrap(), beta);
        }
        let read = |json| from_value::<Beta>(json).map_err(|error| error.to_string());
        assert_eq!(read(json!(2)), Ok(Beta::Fixed(2.0)));
        assert_eq!(read(json!({ "start": 2 })), Ok(Beta::Trainable(2.0)));
        let shape = ScheduleShape::Exponential;
        let schedule = Beta::Scheduled(BetaSchedule { from: 1.0, to: 2.0, shape });
        assert_eq!(read(json!({ "from": 1, "to": 2 })), Ok(schedule));
        for wrong in [
            json!({}),
            json!("big"),
            json!({ "start": 1.0, "spread": 1.0 }),
            json!({ "from": 1.0, "to": 2.0, "trainable": true }),
            json!({ "from": 1.0 }),
        ] {
            let error = read(wrong).unwrap_err();
            assert_eq!(error, "a number, or a table with start, spread, or from and to");
        }
    }

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
