//! `[[layers]]`, from TOML to settings.

use hopfield_layer::{Beta, BetaSchedule, Init, Range, ScheduleShape, Separation, Similarity};

use super::node::Value;
use super::section::{Allowed, Section, number};
use super::{Layer, LayerValues, SHAPES, SIMILARITIES};

/// The layers that one `[[layers]]` table stands for.
pub(super) fn read_layers(mut layer: Section<'_>) -> Vec<Layer> {
    let problems_before = layer.problem_count();
    let repeat = layer.whole("repeat", "This many layers of this kind.", Some(1), 1..=1000);
    let read = Layer {
        patterns: layer.whole("patterns", "N, the number of patterns.", None, 1..=1_000_000) as usize,
        values: read_values(&mut layer),
        heads: layer.whole(
            "heads",
            "States and patterns are cut into so many parts, each with its own β; divides their dimension.",
            Some(1),
            1..=1_000_000,
        ) as usize,
        similarity: layer
            .choice(
                "similarity",
                "How states and patterns are compared.",
                Similarity::Dot,
                &SIMILARITIES,
            )
            .unwrap_or_default(),
        separation: read_separation(&mut layer),
        steps: layer.whole("steps", "Update steps in one answer.", Some(1), 1..=1000) as usize,
        beta: read_beta(&mut layer),
        init: read_init(&mut layer, "init", "How the patterns start."),
        range: read_range(&mut layer),
    };
    // What only the layer knows; which dimension the heads divide is known with the images.
    let probe = read.config(read.heads, read.heads);
    if layer.problem_count() == problems_before
        && let Err(error) = probe.check()
    {
        layer.problem(&error.to_string());
    }
    layer.end();
    vec![read; repeat as usize]
}

fn read_values(layer: &mut Section<'_>) -> Option<LayerValues> {
    let mut values = layer.optional_section(
        "values",
        "The layer answers with values of its own, not with its patterns.",
    )?;
    let dim = values.whole(
        "dim",
        "Their dimension, which the next layer takes; 0: that of the images.",
        Some(0),
        0..=1_000_000,
    );
    let init = read_init(&mut values, "init", "How the values start.");
    values.end();
    Some(LayerValues { dim: (dim > 0).then_some(dim as usize), init })
}

/// `separation = "softmax"`, or a table with `kind` and what belongs to it.
fn read_separation(layer: &mut Section<'_>) -> Separation {
    let kinds = [
        ("softmax", Separation::Softmax),
        ("sparsemax", Separation::Sparsemax),
        ("entmax_1.5", Separation::Entmax15),
        ("softmax1", Separation::Softmax1),
        ("top_k", Separation::TopK(0)),
        ("polynomial", Separation::Polynomial(0)),
    ];
    let mut separation = layer.section_or_kind("separation");
    let meaning = "How scores become weights. `separation = \"…\"` is short for `separation = { kind = \"…\" }`.";
    let read = match separation.choice("kind", meaning, Separation::Softmax, &kinds) {
        Some(Separation::TopK(_)) => {
            let meaning = "The k best patterns share the weight.";
            Separation::TopK(separation.whole("k", meaning, None, 1..=1_000_000) as usize)
        }
        Some(Separation::Polynomial(_)) => {
            let meaning = "The power of the (positive) scores; weights do not depend on β.";
            Separation::Polynomial(separation.whole("degree", meaning, None, 1..=100) as u32)
        }
        kind => kind.unwrap_or_default(),
    };
    separation.end();
    read
}

/// β at the scale that trained layers of images in [0, 1] have; trains from random patterns at any depth.
const BETA: f64 = 0.3;

/// `beta = 0.2`, or a table with `start`, `spread`, or `from` and `to`.
fn read_beta(layer: &mut Section<'_>) -> Beta {
    layer.describe(
        "beta",
        "The inverse temperature. A number stays as it is; a table says more.",
        Some("{ start = 0.3, trainable = true }".into()),
        "a number above 0, or a table with start, spread, or from and to",
    );
    let node = layer.node("beta");
    if let Some(fixed) = node.filter(|node| !matches!(node.value, Value::Table(_))) {
        if let Some(beta) = number(&fixed.value).filter(|&beta| Allowed::Positive.holds(beta)) {
            return Beta::Fixed(beta);
        }
        let allowed = "a number above 0 (fixed), or { start = …, trainable = … }, or { spread = …, trainable = … }, \
                       or { from = …, to = …, shape = … }";
        layer.reject("beta", fixed, allowed);
        return Beta::Fixed(BETA);
    }
    let mut beta = layer.section("beta");
    let start = beta.reals("start", "β at first, or one for every head.", BETA, Allowed::Positive);
    let spread = beta.optional_real(
        "spread",
        "Instead: set on the first batch so that the standard deviation of β·C across the patterns is this.",
        Allowed::Positive,
    );
    let from = beta.optional_real(
        "from",
        "Instead: β at the first step of the training.",
        Allowed::Positive,
    );
    let to = beta.optional_real("to", "With `from`: β at its last step.", Allowed::Positive);
    let shape = beta.choice(
        "shape",
        "With `from` and `to`: the way between.",
        ScheduleShape::Exponential,
        &SHAPES,
    );
    let trainable = beta.flag("trainable", "Whether β is trained, with `start` or `spread`.", true);
    let value = |key: &str| match node.map(|node| &node.value) {
        Some(Value::Table(entries)) => entries.get(key).map(|node| &node.value),
        _ => None,
    };
    let given = |key: &str| value(key).is_some();
    let per_head = matches!(value("start"), Some(Value::List(_)));
    let scheduled = from.is_some() || to.is_some() || given("shape");
    let reject = |allowed| {
        if let Some(node) = node {
            layer.reject("beta", node, allowed);
        }
    };
    if [given("start"), spread.is_some(), scheduled].into_iter().filter(|&way| way).count() > 1 {
        reject("only one of start, spread, and from with to");
    } else if scheduled && (from.is_none() || to.is_none()) {
        reject("both from and to");
    } else if scheduled && given("trainable") {
        reject("from and to without trainable: β follows them");
    }
    beta.end();
    match (from, to, spread, start.as_slice()) {
        (Some(from), Some(to), ..) => {
            let shape = shape.unwrap_or(ScheduleShape::Exponential);
            Beta::Scheduled(BetaSchedule { from, to, shape })
        }
        (_, _, Some(spread), _) => Beta::Calibrated { spread, trainable },
        (.., &[start]) if !per_head && trainable => Beta::Trainable(start),
        (.., &[start]) if !per_head => Beta::Fixed(start),
        _ => Beta::PerHead { start, trainable },
    }
}

fn read_init(section: &mut Section<'_>, key: &'static str, meaning: &'static str) -> Init {
    let node = section.node(key);
    let mut init = section.section(key);
    let kinds = [("normal", 0), ("uniform", 1), ("data", 2), ("k_means++", 3)];
    let read = match init.choice("kind", meaning, 0, &kinds) {
        Some(1) => {
            let problems_before = init.problem_count();
            let low = init.real("low", "The least.", Some(0.0), Allowed::Any);
            let high = init.real("high", "The largest.", Some(1.0), Allowed::Any);
            let read = init.problem_count() == problems_before;
            if let Some(node) = node.filter(|_| read && low >= high) {
                section.reject(key, node, "low below high");
            }
            Init::Uniform { low, high }
        }
        Some(2) => Init::Data,
        Some(3) => Init::KMeansPlusPlus,
        _ => Init::Normal {
            mean: init.real("mean", "Mean.", Some(0.0), Allowed::Any),
            std: init.real("std", "Standard deviation.", Some(0.3), Allowed::Positive),
        },
    };
    init.end();
    read
}

fn read_range(layer: &mut Section<'_>) -> Option<Range> {
    let allowed = "two numbers [low, high], low below high";
    layer.describe(
        "range",
        "Every entry of patterns and values is kept in it.",
        Some("none".into()),
        allowed,
    );
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
    layer.reject("range", node, allowed);
    None
}
