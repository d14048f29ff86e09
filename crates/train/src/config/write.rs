//! From settings back to TOML, with every default written out.

use hopfield_layer::{Beta, Init, Range, Separation};
use toml::{Table, Value};

use super::{
    Classify, Config, Layer, LayerValues, Output, SCHEDULES, SHAPES, SIMILARITIES, Source,
    Training, name_of,
};

/// The whole config.
pub(super) fn config(config: &Config) -> Table {
    let mut root = Table::new();
    root.insert("seed".into(), Value::Integer(config.seed as i64));
    root.insert("device".into(), config.device.as_str().into());
    let devices: Vec<Value> = config.devices.iter().map(|name| name.as_str().into()).collect();
    if !devices.is_empty() {
        // A run of one device has the config, and so the hash, that it had before there could be several.
        root.insert("devices".into(), devices.into());
    }
    root.insert("residual".into(), config.residual.into());
    if let Some(path) = &config.init_from {
        root.insert("init_from".into(), path.display().to_string().into());
    }
    let mut data = write_data(&config.data);
    data.insert("validation".into(), whole(config.validation));
    root.insert("data".into(), data.into());
    let mut training = write_training(&config.training);
    if let Some(classify) = &config.classify {
        root.insert("task".into(), write_classify(classify).into());
        for key in ["beta_learning_rate", "balance", "reseed_every"] {
            training.remove(key);
        }
    } else {
        let task = Value::try_from(config.task).expect("damage is plain data");
        root.insert("task".into(), task);
        let layers: Vec<Value> =
            config.layers.iter().map(|layer| write_layer(layer).into()).collect();
        root.insert("layers".into(), layers.into());
    }
    root.insert("training".into(), training.into());
    root.insert("output".into(), write_output(&config.output).into());
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

fn write_classify(classify: &Classify) -> Table {
    let &Classify { memories, labels, degree, temperature, loss_power, decay, floor } = classify;
    entries([
        ("kind", "classify".into()),
        ("memories", whole(memories)),
        ("degree", whole(degree as usize)),
        ("labels", whole(labels)),
        ("temperature", temperature.into()),
        ("loss_power", whole(loss_power as usize)),
        ("decay", decay.into()),
        ("floor", floor.into()),
    ])
}

fn write_layer(layer: &Layer) -> Table {
    let mut table = Table::new();
    table.insert("patterns".into(), whole(layer.patterns));
    if let Some(LayerValues { dim, init }) = layer.values {
        let mut values = Table::new();
        values.insert("dim".into(), whole(dim.unwrap_or(0)));
        values.insert("init".into(), write_init(init).into());
        table.insert("values".into(), values.into());
    }
    table.insert("heads".into(), whole(layer.heads));
    table.insert("similarity".into(), name_of(layer.similarity, &SIMILARITIES).into());
    table.insert("separation".into(), write_separation(layer.separation).into());
    table.insert("steps".into(), whole(layer.steps));
    table.insert("beta".into(), write_beta(&layer.beta).into());
    table.insert("init".into(), write_init(layer.init).into());
    if let Some(Range { low, high }) = layer.range {
        table.insert("range".into(), vec![low, high].into());
    }
    table
}

fn whole(number: usize) -> Value {
    Value::Integer(number as i64)
}

fn entries<const N: usize>(entries: [(&str, Value); N]) -> Table {
    entries.map(|(key, value)| (key.to_owned(), value)).into_iter().collect()
}

fn write_separation(separation: Separation) -> Table {
    let simple = |kind: &str| entries([("kind", kind.into())]);
    match separation {
        Separation::Softmax => simple("softmax"),
        Separation::Sparsemax => simple("sparsemax"),
        Separation::Entmax15 => simple("entmax_1.5"),
        Separation::Softmax1 => simple("softmax1"),
        Separation::TopK(k) => entries([("kind", "top_k".into()), ("k", whole(k))]),
        Separation::Polynomial(degree) => {
            entries([("kind", "polynomial".into()), ("degree", whole(degree as usize))])
        }
    }
}

fn write_beta(beta: &Beta) -> Table {
    if let Beta::Scheduled(schedule) = beta {
        return entries([
            ("from", schedule.from.into()),
            ("to", schedule.to.into()),
            ("shape", name_of(schedule.shape, &SHAPES).into()),
        ]);
    }
    let start: (&str, Value) = match beta {
        Beta::Fixed(start) | Beta::Trainable(start) => ("start", (*start).into()),
        Beta::PerHead { start, .. } => ("start", start.clone().into()),
        Beta::Calibrated { spread, .. } => ("spread", (*spread).into()),
        Beta::Scheduled(_) => unreachable!("written above"),
    };
    entries([start, ("trainable", beta.is_trainable().into())])
}

fn write_init(init: Init) -> Table {
    match init {
        Init::Normal { mean, std } => {
            entries([("kind", "normal".into()), ("mean", mean.into()), ("std", std.into())])
        }
        Init::Uniform { low, high } => {
            entries([("kind", "uniform".into()), ("low", low.into()), ("high", high.into())])
        }
        Init::Data => entries([("kind", "data".into())]),
        Init::KMeansPlusPlus => entries([("kind", "k_means++".into())]),
    }
}

fn write_training(training: &Training) -> Table {
    let mut table = Table::new();
    table.insert("epochs".into(), Value::Integer(training.epochs as i64));
    table.insert("batch_size".into(), Value::Integer(training.batch_size as i64));
    table.insert("learning_rate".into(), training.learning_rate.into());
    table.insert("beta_learning_rate".into(), training.beta_learning_rate.into());
    table.insert("momentum".into(), training.momentum.into());
    if let Some(limit) = training.gradient_limit {
        table.insert("gradient_limit".into(), limit.into());
    }
    table.insert("balance".into(), training.balance.into());
    table.insert("schedule".into(), name_of(training.schedule, &SCHEDULES).into());
    table.insert("reseed_every".into(), Value::Integer(training.reseed_every as i64));
    table
}

fn write_output(output: &Output) -> Table {
    let export: Vec<Value> = output.export.iter().map(|format| format.name().into()).collect();
    entries([("snapshots", Value::Integer(output.snapshots as i64)), ("export", export.into())])
}
