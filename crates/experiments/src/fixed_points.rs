//! Are stored patterns fixed points, and where do random states end?

use std::collections::HashSet;

use burn::tensor::{Device, Tensor};
use hopfield_layer::{InvalidSetting, matmul};
use hopfield_memory::{End, MemoryError, Recall, Updates};

use crate::curves::Curves;
use crate::experiment::{Experiment, Outcome, check};
use crate::host::{to_device, to_host};
use crate::network::{Coding, Network, Stored};
use crate::patterns::{MOST_NUMBERS, Patterns};
use crate::table::{Cell, Table};

/// The most updates of a state.
const STEPS: usize = 200;
/// States updated together, to bound memory.
const CHUNK: usize = 500;
/// A grey state has reached a pattern when their cosine exceeds this.
const SAME: f32 = 0.999;
/// Bars of the histogram of overlaps, over [0, 1].
const BARS: usize = 20;

/// Counts the stored patterns that are fixed points, and finds out where random states end.
#[derive(Debug)]
pub struct FixedPoints {
    /// The patterns to store.
    pub patterns: Patterns,
    /// The networks.
    pub networks: Vec<Network>,
    /// The numbers of patterns that are stored.
    pub sizes: Vec<usize>,
    /// The number of random states.
    pub starts: usize,
    /// How the units of binary networks are updated.
    pub updates: Updates,
}

impl Experiment for FixedPoints {
    fn name(&self) -> &'static str {
        "fixed-points"
    }

    fn count(&self) -> usize {
        self.networks.len() * self.sizes.len()
    }

    fn run(
        &self,
        device: &Device,
        progress: &mut dyn FnMut(String),
    ) -> Result<Outcome, MemoryError> {
        let patterns = &self.patterns;
        check(&self.networks, &self.sizes, self.updates, patterns, device)?;
        let most = MOST_NUMBERS / patterns.dim;
        if self.starts > most {
            let allowed = format!("up to {most} for {} units", patterns.dim);
            return Err(InvalidSetting::new("starts", self.starts, allowed).into());
        }
        let (mut table, mut histogram, mut names) = (Table::new(&[]), Table::new(&[]), Vec::new());
        let share = |count: usize| count as f64 / self.starts as f64;
        for &network in &self.networks {
            for &size in &self.sizes {
                progress(format!("{network}, {size} patterns"));
                let coding = network.coding();
                let tensor = |pixels: Vec<f32>| {
                    to_device(patterns.encoded(&pixels, coding), patterns.dim, device)
                };
                let units = tensor(patterns.set(size, 0)); // [N, d]
                let stored = network.store(units.clone(), self.updates)?;
                let fixed = fixed(network, &stored, &units)?;
                let starts = tensor(patterns.starts(self.starts, size, 0));
                let found = ends(network, &stored, &units, starts)?;
                let [at, negative] = [found.at_pattern, found.at_negative].map(share);
                table.add(vec![
                    ("network", Cell::Text(network.to_string())),
                    ("patterns", Cell::Count(size)),
                    ("fixed", Cell::Real(fixed, 3)),
                    ("starts", Cell::Count(self.starts)),
                    ("at_pattern", Cell::Real(at, 3)),
                    ("at_negative", Cell::Real(negative, 3)),
                    ("elsewhere", Cell::Real(1.0 - at - negative, 3)),
                    ("attractors", Cell::Count(found.attractors)),
                    ("overlap", Cell::Real(found.overlap / self.starts as f64, 3)),
                    ("steps", Cell::Real(share(found.steps), 1)),
                    ("endless", Cell::Real(share(found.endless), 3)),
                ]);
                for (bar, &count) in found.bars.iter().enumerate() {
                    histogram.add(vec![
                        ("network", Cell::Text(network.to_string())),
                        ("patterns", Cell::Count(size)),
                        ("overlap", Cell::Real((bar as f64 + 0.5) / BARS as f64, 3)),
                        ("share", Cell::Real(share(count), 4)),
                    ]);
                    names.push(format!("{network}, {size} patterns"));
                }
            }
        }
        let curves = Curves { title: self.name(), x: "overlap", y: "share", logarithmic: false };
        let svg = curves.draw(&histogram, &names).map(|svg| ("overlaps.svg", svg));
        let files = [("overlaps.csv", histogram.csv())].into_iter().chain(svg).collect();
        Ok(Outcome { table, summary: None, pictures: Vec::new(), files })
    }
}

/// The share of patterns that an update leaves unchanged.
fn fixed(network: Network, stored: &Stored, patterns: &Tensor<2>) -> Result<f64, MemoryError> {
    let [n, _] = patterns.dims();
    let updated = chunks(patterns).map(|chunk| stored.update(chunk)).collect();
    let moved = (Tensor::cat(updated, 0) - patterns.clone()).abs().max_dim(1);
    let moved = network.finite(to_host(moved))?;
    Ok(moved.into_iter().filter(|&moved| moved < 1e-3).count() as f64 / n as f64)
}

/// Where recalls ended.
#[derive(Default)]
struct Ends {
    at_pattern: usize,
    at_negative: usize,
    attractors: usize,
    steps: usize,
    /// States that ended in a cycle, or were still changing after the last step.
    endless: usize,
    /// Overlaps, the cosines to the nearest pattern or negative of a pattern: their sum.
    overlap: f64,
    /// Their histogram.
    bars: [usize; BARS],
}

fn ends(
    network: Network,
    stored: &Stored,
    patterns: &Tensor<2>,
    starts: Tensor<2>,
) -> Result<Ends, MemoryError> {
    let [_, d] = patterns.dims();
    let directions = unit_length(patterns.clone());
    let same = match network.coding() {
        Coding::Grey => SAME,
        // No unit may differ; one that does lowers the cosine by 2/d.
        Coding::Binary | Coding::Negative => 1.0 - 1.0 / d as f32,
    };
    let mut ends = Ends::default();
    let mut seen: HashSet<Vec<i16>> = HashSet::new();
    for chunk in chunks(&starts) {
        let Recall { states, steps, ends: how } = stored.recall(chunk, STEPS);
        ends.steps += steps.iter().sum::<usize>();
        ends.endless += how.iter().filter(|&&end| end != End::FixedPoint).count();
        let is_fixed = |state: usize| how[state] == End::FixedPoint;
        // States that agree to a hundredth count as one attractor.
        let round =
            |state: &[f32]| state.iter().map(|&unit| (unit * 100.0).round() as i16).collect();
        let numbers = network.finite(to_host(states.clone()))?;
        let fixed = numbers.chunks_exact(d).enumerate().filter(|&(state, _)| is_fixed(state));
        seen.extend(fixed.map(|(_, state)| round(state)));
        let overlaps = matmul(unit_length(states), directions.clone().transpose()); // [B, N]
        let most = to_host(overlaps.clone().max_dim(1));
        let least = to_host(overlaps.min_dim(1));
        for (state, (most, least)) in most.into_iter().zip(least).enumerate() {
            let at = is_fixed(state) && most > same;
            ends.at_pattern += usize::from(at);
            ends.at_negative += usize::from(is_fixed(state) && least < -same && !at);
            let overlap = most.max(-least).clamp(0.0, 1.0);
            ends.overlap += f64::from(overlap);
            ends.bars[((overlap * BARS as f32) as usize).min(BARS - 1)] += 1;
        }
    }
    ends.attractors = seen.len();
    Ok(ends)
}

/// Rows scaled to length 1.
fn unit_length(rows: Tensor<2>) -> Tensor<2> {
    let length = rows.clone().square().sum_dim(1).sqrt().clamp_min(f32::MIN_POSITIVE);
    rows / length
}

/// The rows, a few at a time.
fn chunks(rows: &Tensor<2>) -> impl Iterator<Item = Tensor<2>> {
    let [count, _] = rows.dims();
    (0..count).step_by(CHUNK).map(move |from| rows.clone().narrow(0, from, CHUNK.min(count - from)))
}
