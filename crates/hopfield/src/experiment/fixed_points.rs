//! Are stored patterns fixed points, and where do random states end?

use std::collections::HashSet;

use burn::tensor::{Tensor, TensorData};
use hopfield_memory::{AssociativeMemory, End, Recall};
use hopfield_train::printer::Printer;

use super::args::FixedPointsArgs;
use super::curves::{Axis, Curves};
use super::network::Coding;
use super::patterns::{MOST_NUMBERS, Patterns};
use super::results::Results;
use super::table::{Cell, Table};
use crate::error::Error;
use crate::eval::host;
use crate::probe::open_device;

/// Updates until an end, at most.
const STEPS: usize = 200;
/// States updated together, to bound memory.
const CHUNK: usize = 500;
/// The cosine of a state and a grey pattern from which they count as the same.
const SAME: f32 = 0.999;
/// Bars of the histogram of overlaps, over [0, 1].
const BARS: usize = 20;

const COLUMNS: [&str; 11] = [
    "network",
    "patterns",
    "fixed",
    "starts",
    "at_pattern",
    "at_negative",
    "elsewhere",
    "attractors",
    "overlap",
    "steps",
    "endless",
];

pub(crate) fn run(
    args: &FixedPointsArgs,
    mut results: Results,
    printer: &mut Printer,
) -> Result<(), Error> {
    let device = open_device(args.common.device.as_deref())?;
    let patterns = Patterns::new(&args.common)?;
    args.sizes.iter().try_for_each(|&size| patterns.sets(size, 1).map(|_| ()))?;
    args.networks.iter().try_for_each(|network| network.check(patterns.dim))?;
    if args.starts * patterns.dim > MOST_NUMBERS {
        return Err(Error::Usage(format!(
            "--starts {} of {} units; allowed: up to {}",
            args.starts,
            patterns.dim,
            MOST_NUMBERS / patterns.dim
        )));
    }
    printer.begin((args.networks.len() * args.sizes.len()) as u64, 0);
    let mut table = Table::new(&COLUMNS);
    let mut histogram = Table::new(&["network", "patterns", "overlap", "share"]);
    let mut lines: Vec<(String, Vec<usize>)> = Vec::new();
    let dim = patterns.dim;
    for &network in &args.networks {
        for &size in &args.sizes {
            printer.step(|| format!("{}, {size} patterns", network.name()));
            let coding = network.coding();
            let tensor = |pixels: Vec<f32>| {
                let rows = pixels.len() / dim;
                let units: Vec<f32> =
                    pixels.into_iter().map(|pixel| patterns.encode(pixel, coding)).collect();
                Tensor::<2>::from_data(TensorData::new(units, [rows, dim]), &device)
            };
            let units = tensor(patterns.set(size, 0));
            let stored = network.store(units.clone(), args.common.updates)?;
            let memory = stored.memory();
            let fixed = fixed(memory, &units);
            let starts = tensor(patterns.starts(args.starts, size, 0));
            let found = ends(memory, &units, starts, coding);
            let overlaps = found.overlaps.iter().map(|overlap| f64::from(*overlap));
            let share = |count: usize| count as f64 / args.starts as f64;
            let [at, negative] = [found.at_pattern, found.at_negative].map(share);
            table.add(vec![
                Cell::Text(network.name()),
                Cell::Count(size),
                Cell::Real(fixed, 3),
                Cell::Count(args.starts),
                Cell::Real(at, 3),
                Cell::Real(negative, 3),
                Cell::Real(1.0 - at - negative, 3),
                Cell::Count(found.attractors),
                Cell::Real(overlaps.sum::<f64>() / args.starts as f64, 3),
                Cell::Real(found.steps as f64 / args.starts as f64, 1),
                Cell::Real(share(found.endless), 3),
            ]);
            let first = histogram.rows().count();
            for (bar, &count) in bars(&found.overlaps).iter().enumerate() {
                histogram.add(vec![
                    Cell::Text(network.name()),
                    Cell::Count(size),
                    Cell::Real((bar as f64 + 0.5) / BARS as f64, 3),
                    Cell::Real(share(count), 4),
                ]);
            }
            let name = format!("{}, {size} patterns", network.name());
            lines.push((name, (first..first + BARS).collect()));
        }
    }
    printer.end();
    results.add("overlaps.csv", histogram.csv());
    let curves = Curves { x: "overlap", y: "share", axis: Axis::Linear };
    results.add_curves("overlaps.svg", &curves, &histogram, &lines);
    results.finish(&table, patterns.data_sha256.as_deref(), printer)
}

/// The share of patterns that an update leaves as they are.
fn fixed(memory: &dyn AssociativeMemory, patterns: &Tensor<2>) -> f64 {
    let [n, _] = patterns.dims();
    let next = in_chunks(patterns, |chunk| memory.update(chunk));
    let moved = (next - patterns.clone()).abs().max_dim(1).into_data();
    moved.iter::<f32>().filter(|&moved| moved < 1e-3).count() as f64 / n as f64
}

/// Where recalls ended.
struct Ends {
    at_pattern: usize,
    at_negative: usize,
    attractors: usize,
    steps: usize,
    /// In a cycle, or still moving after the last step.
    endless: usize,
    /// The cosine to the nearest pattern, or to its negative, wherever they ended.
    overlaps: Vec<f32>,
}

fn ends(
    memory: &dyn AssociativeMemory,
    patterns: &Tensor<2>,
    starts: Tensor<2>,
    coding: Coding,
) -> Ends {
    let [count, _] = starts.dims();
    let directions = unit_length(patterns.clone());
    let same = match coding {
        Coding::Grey => SAME,
        // No unit differs; one that does takes 2/d away.
        Coding::Binary | Coding::Negative => 1.0 - 1.0 / memory.dim() as f32,
    };
    let mut ends = Ends {
        at_pattern: 0,
        at_negative: 0,
        attractors: 0,
        steps: 0,
        endless: 0,
        overlaps: Vec::new(),
    };
    let mut seen: HashSet<Vec<i16>> = HashSet::new();
    for from in (0..count).step_by(CHUNK) {
        let chunk = starts.clone().narrow(0, from, CHUNK.min(count - from));
        let Recall { states, steps, ends: how } = memory.recall(chunk, STEPS);
        ends.steps += steps.iter().sum::<usize>();
        ends.endless += how.iter().filter(|&&end| end != End::FixedPoint).count();
        let [_, d] = states.dims();
        // Grey states that agree to a hundredth are one.
        let round =
            |state: &[f32]| state.iter().map(|&unit| (unit * 100.0).round() as i16).collect();
        let is_fixed = |state: usize| how[state] == End::FixedPoint;
        let numbers = host(states.clone());
        let fixed = numbers.chunks_exact(d).enumerate().filter(|&(state, _)| is_fixed(state));
        seen.extend(fixed.map(|(_, state)| round(state)));
        let overlaps = unit_length(states).matmul(directions.clone().transpose()); // [B, N]
        let most = host(overlaps.clone().max_dim(1));
        let least = host(overlaps.min_dim(1));
        for (state, (most, least)) in most.into_iter().zip(least).enumerate() {
            let at = is_fixed(state) && most > same;
            ends.at_pattern += usize::from(at);
            ends.at_negative += usize::from(is_fixed(state) && least < -same && !at);
            ends.overlaps.push(most.max(-least).clamp(0.0, 1.0));
        }
    }
    ends.attractors = seen.len();
    ends
}

/// Rows of length 1.
fn unit_length(rows: Tensor<2>) -> Tensor<2> {
    let length = rows.clone().square().sum_dim(1).sqrt().clamp_min(f32::MIN_POSITIVE);
    rows / length
}

fn in_chunks(rows: &Tensor<2>, update: impl Fn(Tensor<2>) -> Tensor<2>) -> Tensor<2> {
    let [count, _] = rows.dims();
    let chunk = |from: usize| update(rows.clone().narrow(0, from, CHUNK.min(count - from)));
    Tensor::cat((0..count).step_by(CHUNK).map(chunk).collect(), 0)
}

fn bars(overlaps: &[f32]) -> [usize; BARS] {
    let mut bars = [0; BARS];
    for overlap in overlaps {
        bars[((overlap * BARS as f32) as usize).min(BARS - 1)] += 1;
    }
    bars
}
