//! From the document to settings: every key with its default and what is allowed.

use hopfield_data::{Mask, Noise, Task};
use hopfield_layer::{Beta, Init, Range};

use super::node::Value;
use super::section::{Allowed, Section, number};
use super::{Config, Layer, SCHEDULES, SOURCES, Schedule, Source, Training};
use crate::device;

/// The whole config.
pub(super) fn config(root: &mut Section<'_>) -> Config {
    Config {
        seed: root.whole("seed", Some(1), 0..=i64::MAX as u64),
        device: read_device(root),
        data: read_data(root.section("data")),
        task: read_task(root.section("task")),
        layers: root.sections("layers").into_iter().flat_map(read_layers).collect(),
        training: read_training(root.section("training")),
    }
}

/// A device that is there, or the default one.
fn read_device(root: &mut Section<'_>) -> String {
    let Some(node) = root.node("device") else {
        return device::default().to_owned();
    };
    match &node.value {
        Value::Text(name) => match device::find(name) {
            Ok(_) => return name.clone(),
            Err(allowed) => root.reject("device", node, &allowed),
        },
        _ => root.reject("device", node, "a text in quotes"),
    }
    String::new()
}

fn read_data(mut data: Section<'_>) -> Source {
    let download = data.choice("source", Some(false), &SOURCES);
    let source = match (data.text("dir"), download) {
        (Some(dir), _) => Source::Dir(dir.into()),
        (None, Some(true)) => Source::Mnist,
        (None, _) => Source::Bundled,
    };
    data.end();
    source
}

fn read_task(mut task: Section<'_>) -> Task {
    let kinds = [("reconstruct", 0), ("denoise", 1), ("complete", 2)];
    let read = match task.choice("kind", Some(0), &kinds) {
        Some(1) => {
            match task.choice("noise", Some(0), &[("gaussian", 0), ("salt_and_pepper", 1)]) {
                Some(0) => Task::Denoise(Noise::Gaussian {
                    std: task.real("std", Some(0.5), Allowed::Positive),
                }),
                _ => Task::Denoise(Noise::SaltAndPepper {
                    fraction: task.real("fraction", Some(0.3), Allowed::Fraction),
                }),
            }
        }
        Some(2) => {
            let mut masks = [("bottom", Mask::Bottom); 5];
            masks[1] = ("top", Mask::Top);
            masks[2] = ("left", Mask::Left);
            masks[3] = ("right", Mask::Right);
            masks[4] = ("random", Mask::Random { fraction: 0.5 });
            match task.choice("mask", Some(Mask::Bottom), &masks) {
                Some(Mask::Random { fraction }) => Task::Complete(Mask::Random {
                    fraction: task.real("fraction", Some(fraction), Allowed::Fraction),
                }),
                mask => Task::Complete(mask.unwrap_or(Mask::Bottom)),
            }
        }
        _ => Task::Reconstruct,
    };
    task.end();
    read
}

/// The layers that one `[[layers]]` table stands for.
fn read_layers(mut layer: Section<'_>) -> Vec<Layer> {
    let problems_before = layer.problem_count();
    let repeat = layer.whole("repeat", Some(1), 1..=1000);
    let read = Layer {
        patterns: layer.whole("patterns", None, 1..=1_000_000) as usize,
        beta: read_beta(&mut layer),
        init: read_init(&mut layer),
        range: read_range(&mut layer),
    };
    if layer.problem_count() == problems_before
        && let Err(error) = read.config(1).check()
    {
        layer.problem(&error.to_string());
    }
    layer.end();
    vec![read; repeat as usize]
}

/// β at the scale that trained layers of images in [0, 1] have; trains from random patterns at any depth.
const BETA: f64 = 0.3;

/// `beta = 0.2`, or a table with `start` or `spread`, and `trainable`.
fn read_beta(layer: &mut Section<'_>) -> Beta {
    let Some(node) = layer.node("beta") else { return Beta::Trainable(BETA) };
    if let Value::Table(entries) = &node.value {
        let mut beta = layer.section("beta");
        let start = beta.real("start", Some(BETA), Allowed::Positive);
        let spread = beta.real("spread", Some(1.0), Allowed::Positive);
        let trainable = beta.flag("trainable", true);
        beta.end();
        let calibrated = entries.contains_key("spread");
        if calibrated && entries.contains_key("start") {
            layer.reject("beta", node, "start or spread, not both");
        }
        return match (calibrated, trainable) {
            (true, trainable) => Beta::Calibrated { spread, trainable },
            (false, true) => Beta::Trainable(start),
            (false, false) => Beta::Fixed(start),
        };
    }
    match number(&node.value) {
        Some(beta) if Allowed::Positive.holds(beta) => Beta::Fixed(beta),
        _ => {
            let allowed = "a number above 0 (fixed), or { start = …, trainable = … }, or { spread = …, trainable = … }";
            layer.reject("beta", node, allowed);
            Beta::Fixed(BETA)
        }
    }
}

fn read_init(layer: &mut Section<'_>) -> Init {
    let node = layer.node("init");
    let mut init = layer.section("init");
    let read = match init.choice("kind", Some(0), &[("normal", 0), ("uniform", 1), ("data", 2)]) {
        Some(1) => {
            let low = init.real("low", Some(0.0), Allowed::Any);
            let high = init.real("high", Some(1.0), Allowed::Any);
            if let Some(node) = node.filter(|_| low >= high) {
                layer.reject("init", node, "low below high");
            }
            Init::Uniform { low, high }
        }
        Some(2) => Init::Data,
        _ => Init::Normal {
            mean: init.real("mean", Some(0.0), Allowed::Any),
            std: init.real("std", Some(0.3), Allowed::Positive),
        },
    };
    init.end();
    read
}

fn read_range(layer: &mut Section<'_>) -> Option<Range> {
    let node = layer.node("range")?;
    if let Value::List(items) = &node.value {
        let numbers: Vec<_> = items.iter().filter_map(|item| number(&item.value)).collect();
        if let [low, high] = numbers[..]
            && items.len() == 2
            && low < high
            && numbers.iter().all(|&number| Allowed::Any.holds(number))
        {
            return Some(Range { low, high });
        }
    }
    layer.reject("range", node, "two numbers [low, high], low below high");
    None
}

fn read_training(mut training: Section<'_>) -> Training {
    let read = Training {
        epochs: training.whole("epochs", Some(60), 1..=1_000_000),
        batch_size: training.whole("batch_size", Some(128), 1..=1_000_000) as usize,
        learning_rate: training.real("learning_rate", Some(0.1), Allowed::Positive),
        beta_learning_rate: training.real("beta_learning_rate", Some(1e-4), Allowed::ZeroOrMore),
        momentum: training.real("momentum", Some(0.9), Allowed::BelowOne),
        schedule: training
            .choice("schedule", Some(Schedule::Cosine), &SCHEDULES)
            .unwrap_or(Schedule::Cosine),
    };
    training.end();
    read
}
