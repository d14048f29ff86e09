//! From the document to settings: every key with its meaning, its default and what is allowed.

use hopfield_data::{Damage, Mask, Noise};
use hopfield_report::Format;

use super::layers::read_layers;
use super::node::{Node, Value};
use super::section::{Allowed, Section};
use super::{Classify, Config, Output, SCHEDULES, SOURCES, Schedule, Source, Training, exports};
use crate::device;

/// The whole config.
pub(super) fn config(root: &mut Section<'_>) -> Config {
    let seed = root.whole(
        "seed",
        "Of the first patterns, the order of the images, and their damage.",
        Some(1),
        0..=i64::MAX as u64,
    );
    let devices = read_devices(root);
    let device = read_device(root, devices.first());
    let residual = root.flag(
        "residual",
        "If true, every layer but the last hands on its state plus its answer; if false, its answer alone.",
        false,
    );
    let init_from = root.text(
        "init_from",
        "A run folder or pattern database to begin with: patterns, values and β of all layers are taken from it, in place of \
         `init` and of where β would start (a scheduled β follows its schedule).",
    );
    let init_from = init_from.map(Into::into);
    let (data, validation) = read_data(root.section("data"));
    let mut task = root.section("task");
    let kinds = [("reconstruct", 0), ("denoise", 1), ("complete", 2), ("classify", 3)];
    let meaning = "Answer the clean image, given the clean image, one with noise, or one with a part hidden; or classify: answer \
                   the label (then there are no `layers`).";
    let kind = task.choice("kind", meaning, 0, &kinds);
    let (classify, layers, training) = match kind {
        Some(3) => {
            let classify = read_classify(&mut task);
            let training = read_classifier_training(root.section("training"));
            (Some(classify), vec![classify.layer()], training)
        }
        // Which keys there are is not clear.
        None => (None, Vec::new(), read_training(root.section("training"))),
        _ => {
            let layers = root.sections("layers").into_iter().flat_map(read_layers).collect();
            (None, layers, read_training(root.section("training")))
        }
    };
    if let Some(node) = root.node("devices").filter(|_| classify.is_some() && devices.len() > 1) {
        root.reject("devices", node, "one with task.kind = \"classify\"");
    }
    if let Some(node) = root.node("residual").filter(|_| classify.is_some() && residual) {
        root.reject("residual", node, "false with task.kind = \"classify\"");
    }
    if let Some(layers) = root.node("layers").filter(|_| classify.is_some()) {
        let allowed = "no layers with task.kind = \"classify\"; a classifier has task.memories";
        root.reject("layers", layers, allowed);
    }
    Config {
        seed,
        device,
        devices,
        data,
        validation,
        task: read_task(kind, task),
        classify,
        residual,
        layers,
        init_from,
        training,
        output: read_output(root.section("output")),
    }
}

/// Devices that are there, to share every batch.
fn read_devices(root: &mut Section<'_>) -> Vec<String> {
    let allowed = "a list of names as of `device`";
    root.describe(
        "devices",
        "The devices that share every batch, each taking a part of its images; their gradients are summed on the first, which is \
         `device`. The same one may be named several times. []: `device` alone.",
        Some("[]".into()),
        allowed,
    );
    let Some(node) = root.node("devices") else { return Vec::new() };
    let Value::List(items) = &node.value else {
        root.reject("devices", node, allowed);
        return Vec::new();
    };
    let mut devices = Vec::new();
    for item in items {
        devices.extend(device_name(root, "devices", item));
    }
    devices
}

/// A device that is there: the first of those that share the work, or the default one.
fn read_device(root: &mut Section<'_>, first: Option<&String>) -> String {
    root.describe(
        "device",
        "Where to train. Cargo features decide which are compiled in; the default is the first of them. Of several GPUs, \
         `cuda:1` is the second; `remote:ws://HOST:PORT` is the device of another machine.",
        None,
        &device::names(),
    );
    let Some(node) = root.node("device") else {
        return first.map_or_else(|| device::default().to_owned(), Clone::clone);
    };
    let name = device_name(root, "device", node);
    if name.is_some() && first.is_some() && name.as_ref() != first {
        root.reject("device", node, "the first of `devices`; take one of the two out");
    }
    name.unwrap_or_default()
}

/// The name of a device that is there.
fn device_name(root: &mut Section<'_>, key: &str, node: &Node) -> Option<String> {
    let Value::Text(name) = &node.value else {
        root.reject(key, node, "a text in quotes");
        return None;
    };
    match device::find(name) {
        Ok(_) => Some(name.clone()),
        Err(allowed) => {
            root.reject(key, node, &allowed);
            None
        }
    }
}

/// The images, and how many are kept back.
fn read_data(mut data: Section<'_>) -> (Source, usize) {
    let download = data.choice(
        "source",
        "The images: 10,000 + 2,000 digits in the program, or all of MNIST, downloaded once.",
        false,
        &SOURCES,
    );
    let dir = data.text(
        "dir",
        "A folder with four IDX files, plain or `.gz`, named as MNIST's; wins over `source`.",
    );
    let source = match (dir, download) {
        (Some(dir), _) => Source::Dir(dir.into()),
        (None, Some(true)) => Source::Mnist,
        (None, _) => Source::Bundled,
    };
    let validation = data.whole(
        "validation",
        "The last so many training images are kept back: each epoch is measured on them, and the test images are looked at \
         once, at the end. 0: each epoch is measured on the test images.",
        Some(0),
        0..=1_000_000_000,
    );
    data.end();
    (source, validation as usize)
}

fn read_classify(task: &mut Section<'_>) -> Classify {
    Classify {
        memories: task.whole("memories", "K, the number of memories.", Some(2000), 1..=1_000_000)
            as usize,
        degree: task.whole("degree", "n, of the energy −Σ max(0, ξ·s)ⁿ.", Some(20), 2..=100) as u32,
        labels: task.whole("labels", "C: labels are from 0 to C − 1.", Some(10), 2..=256) as usize,
        temperature: task.real(
            "temperature",
            "T: overlaps are divided by it before their power is taken, β = 1/Tⁿ. 540 is for 784 pixels; it grows with their number.",
            Some(540.0),
            Allowed::Positive,
        ),
        loss_power: task.whole(
            "loss_power",
            "m, half the power of the loss Σ (c − t)²ᵐ.",
            Some(30),
            1..=100,
        ) as u32,
        decay: task.real(
            "decay",
            "The learning rate is multiplied by it after every epoch, beside the schedule.",
            Some(1.0),
            Allowed::Fraction,
        ),
        floor: task.real(
            "floor",
            "Memories whose velocity is less than this part of the largest one take smaller steps, in proportion; 0, as in the \
             paper: none does, and memories that no image needs drift until none reaches them.",
            Some(0.0),
            Allowed::Fraction,
        ),
    }
}

/// Of a classifier, whose steps are relative.
fn read_classifier_training(mut training: Section<'_>) -> Training {
    let read = Training {
        learning_rate: training.real(
            "learning_rate",
            "ε, the largest change of an entry of each memory in a step; memories are in [−1, 1].",
            Some(0.04),
            Allowed::Positive,
        ),
        momentum: training.real("momentum", "Of the steps.", Some(0.6), Allowed::BelowOne),
        beta_learning_rate: 0.0,
        gradient_limit: None,
        balance: 0.0,
        reseed_every: 0,
        ..read_steps(&mut training)
    };
    training.end();
    read
}

fn read_task(kind: Option<i32>, mut task: Section<'_>) -> Damage {
    let read = match kind {
        Some(1) => {
            let noises = [("gaussian", 0), ("salt_and_pepper", 1)];
            match task.choice("noise", "What is added to the image.", 0, &noises) {
                Some(0) => Damage::Noise(Noise::Gaussian {
                    std: task.real(
                        "std",
                        "Standard deviation of the noise; pixels are in [0, 1].",
                        Some(0.5),
                        Allowed::Positive,
                    ),
                }),
                _ => Damage::Noise(Noise::SaltAndPepper {
                    fraction: task.real(
                        "fraction",
                        "The part of the pixels that becomes 0 or 1.",
                        Some(0.3),
                        Allowed::Fraction,
                    ),
                }),
            }
        }
        Some(2) => {
            let random = Mask::Random { fraction: 0.5 };
            let masks = [
                ("bottom", Mask::Bottom),
                ("top", Mask::Top),
                ("left", Mask::Left),
                ("right", Mask::Right),
                ("random", random),
            ];
            match task.choice(
                "mask",
                "What is hidden: half of the image, or pixels here and there.",
                Mask::Bottom,
                &masks,
            ) {
                Some(Mask::Random { fraction }) => Damage::Mask(Mask::Random {
                    fraction: task.real(
                        "fraction",
                        "The part of the pixels that is hidden.",
                        Some(fraction),
                        Allowed::Fraction,
                    ),
                }),
                mask => Damage::Mask(mask.unwrap_or(Mask::Bottom)),
            }
        }
        _ => Damage::None,
    };
    task.end();
    read
}

fn read_training(mut training: Section<'_>) -> Training {
    let steps = read_steps(&mut training);
    let read = Training {
        learning_rate: training.real(
            "learning_rate",
            "Of patterns and values, for the squared error summed over pixels, averaged over the batch.",
            Some(0.1),
            Allowed::Positive,
        ),
        beta_learning_rate: training.real(
            "beta_learning_rate",
            "Of log β, for the same error.",
            Some(1e-4),
            Allowed::ZeroOrMore,
        ),
        momentum: training.real("momentum", "Of SGD; 0 is plain SGD.", Some(0.9), Allowed::BelowOne),
        gradient_limit: training.optional_real(
            "gradient_limit",
            "The gradient of every pattern is shortened to this length, if it is longer; learning rates may then be 1 to 64.",
            Allowed::Positive,
        ),
        balance: training.real(
            "balance",
            "λ: so much of KL(equal weights ‖ mean weights of the batch) is added to the error for every layer with softmax or \
             softmax1, so that no pattern stays unused; 0.5 is a good start. Errors are reported without it.",
            Some(0.0),
            Allowed::ZeroOrMore,
        ),
        reseed_every: training.whole(
            "reseed_every",
            "After so many epochs, again and again, patterns that no image uses become training images. 0: never.",
            Some(0),
            0..=1_000_000,
        ),
        ..steps
    };
    training.end();
    read
}

/// What all trainings have.
fn read_steps(training: &mut Section<'_>) -> Training {
    Training {
        epochs: training.whole(
            "epochs",
            "Passes over the training images.",
            Some(60),
            1..=1_000_000,
        ),
        batch_size: training.whole("batch_size", "Images per step.", Some(128), 1..=1_000_000)
            as usize,
        schedule: training
            .choice(
                "schedule",
                "The learning rates fall to 0 along half a cosine, or stay.",
                Schedule::Cosine,
                &SCHEDULES,
            )
            .unwrap_or(Schedule::Cosine),
        learning_rate: 0.0,
        beta_learning_rate: 0.0,
        momentum: 0.0,
        gradient_limit: None,
        balance: 0.0,
        reseed_every: 0,
    }
}

fn read_output(mut output: Section<'_>) -> Output {
    let read = Output {
        snapshots: output.whole(
            "snapshots",
            "So many times at most, often at first, the pattern database is kept in `evolution`, to see it grow; together at \
             most 256 MB. 0: never.",
            Some(32),
            0..=1000,
        ),
        export: output.names(
            "export",
            "Formats in which the pattern database is written at the end, beside safetensors and png.",
            &exports(),
        ),
    };
    if read.snapshots == 0 && read.export.contains(&Format::Apng) {
        output.problem("export has \"apng\", which shows the snapshots, but snapshots = 0");
    }
    output.end();
    read
}
