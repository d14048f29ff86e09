//! What changes from step to step of a training: the learning rates and scheduled β.

use std::f64::consts::PI;

use hopfield_layer::{BetaSchedule, named};

use crate::{HopfieldStack, LearningRates};

/// How the learning rates change over a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// They stay as they are.
    Constant,
    /// They fall to 0 along half a cosine.
    Cosine,
}

named!(Schedule { Constant = "constant", Cosine = "cosine" });

impl Schedule {
    /// The factor on the rates when `done` of `total` steps are done.
    pub fn factor(self, done: u64, total: u64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine => 0.5 * (1.0 + (PI * done as f64 / total as f64).cos()),
        }
    }
}

/// The learning rates and scheduled β of every step of a training.
#[derive(Debug, Clone)]
pub struct TrainingSchedule {
    steps: u64,
    rates: LearningRates,
    schedule: Schedule,
    betas: Vec<Option<BetaSchedule>>,
}

impl TrainingSchedule {
    /// A training of so many steps, at least one, that begins with these rates. `betas`: the schedule of each layer's β, if it has
    /// one.
    ///
    /// # Panics
    ///
    /// If there are no steps.
    pub fn new(
        steps: u64,
        rates: LearningRates,
        schedule: Schedule,
        betas: impl IntoIterator<Item = Option<BetaSchedule>>,
    ) -> Self {
        assert!(steps > 0, "a training has steps");
        Self { steps, rates, schedule, betas: betas.into_iter().collect() }
    }

    /// The number of steps.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Sets scheduled β for the step after `done` steps; returns its learning rates.
    ///
    /// # Panics
    ///
    /// If the stack has fewer layers than there are schedules.
    pub fn begin_step(&self, stack: &mut HopfieldStack, done: u64) -> LearningRates {
        // The last step is the end of the schedule.
        let progress = done as f64 / (self.steps - 1).max(1) as f64;
        for (layer, schedule) in self.betas.iter().enumerate() {
            if let Some(schedule) = schedule {
                stack.layers[layer].set_beta(&[schedule.at(progress)]);
            }
        }
        let factor = self.schedule.factor(done, self.steps);
        LearningRates {
            patterns: factor * self.rates.patterns,
            log_beta: factor * self.rates.log_beta,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use hopfield_layer::{Beta, HopfieldLayerConfig, ScheduleShape};

    #[test]
    fn rates_fall_and_a_scheduled_beta_rises_to_the_last_step() {
        let beta = BetaSchedule { from: 0.1, to: 10.0, shape: ScheduleShape::Exponential };
        let layer = |beta| HopfieldLayerConfig::new(3, 4).with_beta(Some(beta));
        let layers = [layer(Beta::Scheduled(beta)), layer(Beta::Fixed(0.5))];
        let layers = layers.map(|layer| layer.try_init(1, &Device::flex()).unwrap());
        let mut stack = HopfieldStack::new(layers.to_vec()).unwrap();
        let rates = LearningRates { patterns: 8.0, log_beta: 0.5 };
        let schedule = TrainingSchedule::new(5, rates, Schedule::Cosine, [Some(beta), None]);
        for (done, factor, beta) in [(0, 1.0, 0.1), (2, 0.654_508_5, 1.0), (4, 0.095_491_5, 10.0)] {
            let rates = schedule.begin_step(&mut stack, done);
            assert!((rates.patterns / 8.0 - factor).abs() < 1e-6, "{rates:?}");
            assert!((rates.log_beta / 0.5 - factor).abs() < 1e-6, "{rates:?}");
            assert!((stack.layers[0].beta()[0] / beta - 1.0).abs() < 1e-5);
            assert!((stack.layers[1].beta()[0] - 0.5).abs() < 1e-6);
        }
        assert_eq!(Schedule::Constant.factor(4, 5), 1.0);
        let single = TrainingSchedule::new(1, rates, Schedule::Cosine, [Some(beta)]);
        assert_eq!(single.begin_step(&mut stack, 0), rates);
    }
}
