//! From settings back to TOML, with every default written out.

use hopfield_data::{Mask, Noise, Task};
use hopfield_layer::{Beta, Init, Range};
use toml::{Table, Value};

use super::{Config, Layer, SCHEDULES, Source, Training};

/// The whole config.
pub(super) fn config(config: &Config) -> Table {
    let mut root = Table::new();
    root.insert("seed".into(), Value::Integer(config.seed as i64));
    root.insert("device".into(), config.device.as_str().into());
    root.insert("data".into(), write_data(&config.data).into());
    root.insert("task".into(), write_task(config.task).into());
    let layers: Vec<Value> = config.layers.iter().map(|layer| write_layer(layer).into()).collect();
    root.insert("layers".into(), layers.into());
    root.insert("training".into(), write_training(&config.training).into());
    root
}

fn write_data(source: &Source) -> Table {
    let mut data = Table::new();
    match source {
        Source::Bundled => data.insert("source".into(), "bundled".into()),
        Source::Mnist => data.insert("source".into(), "mnist".into()),
        Source::Dir(dir) => data.insert("dir".into(), dir.display().to_string().into()),
    };
    data
}

fn write_task(task: Task) -> Table {
    let (kind, detail, strength) = match task {
        Task::Reconstruct => ("reconstruct", None, None),
        Task::Denoise(Noise::Gaussian { std }) => {
            ("denoise", Some(("noise", "gaussian")), Some(("std", std)))
        }
        Task::Denoise(Noise::SaltAndPepper { fraction }) => {
            ("denoise", Some(("noise", "salt_and_pepper")), Some(("fraction", fraction)))
        }
        Task::Complete(mask) => {
            let (name, fraction) = match mask {
                Mask::Top => ("top", None),
                Mask::Bottom => ("bottom", None),
                Mask::Left => ("left", None),
                Mask::Right => ("right", None),
                Mask::Random { fraction } => ("random", Some(("fraction", fraction))),
            };
            ("complete", Some(("mask", name)), fraction)
        }
    };
    let mut table = Table::new();
    table.insert("kind".into(), kind.into());
    if let Some((key, name)) = detail {
        table.insert(key.into(), name.into());
    }
    if let Some((key, number)) = strength {
        table.insert(key.into(), number.into());
    }
    table
}

fn write_layer(layer: &Layer) -> Table {
    let mut table = Table::new();
    table.insert("patterns".into(), Value::Integer(layer.patterns as i64));
    let (key, number) = match layer.beta {
        Beta::Fixed(start) | Beta::Trainable(start) => ("start", start),
        Beta::Calibrated { spread, .. } => ("spread", spread),
    };
    let mut beta = Table::new();
    beta.insert(key.into(), number.into());
    beta.insert("trainable".into(), layer.beta.is_trainable().into());
    table.insert("beta".into(), beta.into());

    let (kind, numbers) = match layer.init {
        Init::Normal { mean, std } => ("normal", vec![("mean", mean), ("std", std)]),
        Init::Uniform { low, high } => ("uniform", vec![("low", low), ("high", high)]),
        Init::Data => ("data", vec![]),
    };
    let mut init = Table::new();
    init.insert("kind".into(), kind.into());
    init.extend(numbers.into_iter().map(|(key, number)| (key.to_owned(), number.into())));
    table.insert("init".into(), init.into());
    if let Some(Range { low, high }) = layer.range {
        table.insert("range".into(), vec![low, high].into());
    }
    table
}

fn write_training(training: &Training) -> Table {
    let mut table = Table::new();
    table.insert("epochs".into(), Value::Integer(training.epochs as i64));
    table.insert("batch_size".into(), Value::Integer(training.batch_size as i64));
    table.insert("learning_rate".into(), training.learning_rate.into());
    table.insert("beta_learning_rate".into(), training.beta_learning_rate.into());
    table.insert("momentum".into(), training.momentum.into());
    let schedule = SCHEDULES.iter().find(|(_, schedule)| *schedule == training.schedule);
    let (name, _) = schedule.expect("every schedule has a name");
    table.insert("schedule".into(), (*name).into());
    table
}
