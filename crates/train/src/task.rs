//! From a config to what is trained: the source of the images, and the objective.

use burn::tensor::Device;
use hopfield_data::{Bundled, IdxFolder, Mnist};
use hopfield_model::{Association, ClassifierLoss, Objective, Reconstruction};

use crate::config::{Classify, Config, Source};

/// The source that `[data]` names.
pub fn source(source: &Source) -> Box<dyn hopfield_data::Source> {
    match source {
        Source::Bundled => Box::new(Bundled),
        Source::Mnist => Box::new(Mnist::default()),
        Source::Dir(folder) => Box::new(IdxFolder(folder.clone())),
    }
}

/// The objective of `[task]`; `devices` share each batch.
pub(crate) fn objective(config: &Config, devices: Vec<Device>) -> Box<dyn Objective> {
    let Some(Classify { labels, temperature, loss_power, decay, floor, .. }) = config.classify
    else {
        return Box::new(Reconstruction { balance: config.training.balance, devices });
    };
    let loss = ClassifierLoss { temperature, power: loss_power };
    Box::new(Association { labels, loss, decay, floor })
}
