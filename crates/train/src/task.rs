//! From a config to the objective of the training.

use burn::tensor::Device;
use hopfield_model::{Association, ClassifierLoss, Objective, Reconstruction};

use crate::config::{Classify, Config, Task};

/// The objective of `[task]`; `devices` share each batch.
pub(crate) fn objective(config: &Config, devices: Vec<Device>) -> Box<dyn Objective> {
    let Task::Classify(Classify { labels, temperature, loss_power, decay, floor, .. }) =
        config.task
    else {
        return Box::new(Reconstruction { balance: config.training.balance, devices });
    };
    let loss = ClassifierLoss { temperature, power: loss_power };
    Box::new(Association { labels, loss, decay, floor })
}
