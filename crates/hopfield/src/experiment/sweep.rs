//! Networks × numbers of patterns × damages: all experiments but that of fixed points.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_report::{Sheet, Tone, png};
use hopfield_train::printer::Printer;

use super::args::{Common, Queries};
use super::curves::Curves;
use super::damage::Damage;
use super::measure::Tally;
use super::network::{Network, Stored};
use super::patterns::{MOST_NUMBERS, Patterns};
use super::results::Results;
use super::table::{Cell, Table};
use crate::error::Error;
use crate::eval::host;
use crate::probe::open_device;

/// Queries in a picture.
const DRAWN: usize = 12;

const COLUMNS: [&str; 18] = [
    "network",
    "beta",
    "damage",
    "level",
    "patterns",
    "queries",
    "top_1",
    "exact",
    "exact_up_to_sign",
    "mse",
    "bit_error_rate",
    "sse_below_50",
    "steps",
    "entropy",
    "metastable_size",
    "right_weight",
    "store_ms",
    "us_per_query",
];

/// What is varied, and how it is measured.
pub(crate) struct Sweep<'a> {
    pub(crate) networks: Vec<Network>,
    pub(crate) sizes: Vec<usize>,
    pub(crate) damages: Vec<Damage>,
    pub(crate) queries: &'a Queries,
    pub(crate) common: &'a Common,
}

/// One network with one number of patterns and one damage.
struct Case {
    network: Network,
    size: usize,
    damage: Damage,
}

impl Sweep<'_> {
    /// Measures everything, writes and prints it.
    pub(crate) fn run(
        &self,
        mut results: Results,
        curves: Curves,
        printer: &mut Printer,
    ) -> Result<(), Error> {
        let device = open_device(self.common.device.as_deref())?;
        let patterns = Patterns::new(self.common)?;
        // Said before anything is measured.
        self.check(&patterns, &device)?;
        let mut table = Table::new(&COLUMNS).without_for_people(&["beta", "level"]);
        let mut lines: Vec<(String, Vec<usize>)> = Vec::new();
        let cases = self.networks.len() * self.damages.len() * self.sizes.len();
        printer.begin(cases as u64, 0);
        for &network in &self.networks {
            let mut picture = Vec::new();
            let damages: Vec<Damage> =
                self.damages.iter().map(|damage| damage.to(network)).collect();
            for (index, &damage) in damages.iter().enumerate() {
                let seen = |other: &Damage| other.is_the_same(&damage, network, &patterns);
                if damages[..index].iter().any(seen) {
                    continue;
                }
                for &size in &self.sizes {
                    let case = Case { network, size, damage };
                    printer.step(|| format!("{}, {size} patterns", network.name()));
                    let (tally, sheet) = self.measure(&case, &patterns, &device)?;
                    let name = self.line(&case, curves);
                    let row = table.rows().count();
                    match lines.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, rows)) => rows.push(row),
                        None => lines.push((name, vec![row])),
                    }
                    table.add(row_of(&case, &tally));
                    picture.extend(sheet);
                }
            }
            if !picture.is_empty() {
                let name = format!("{}.png", network.name().replace(':', "-"));
                results.add(&name, png(vec![Sheet::below_each_other(&picture)]));
            }
        }
        printer.end();
        results.add_curves("curves.svg", &curves, &table, &lines);
        results.finish(&table, patterns.data_sha256.as_deref(), printer)
    }

    /// Whether every number of patterns and every network is possible.
    fn check(&self, patterns: &Patterns, device: &Device) -> Result<(), Error> {
        self.sizes.iter().try_for_each(|&size| patterns.sets(size, 1).map(|_| ()))?;
        for &size in &self.sizes {
            let queries = size.min(self.queries.queries);
            if queries * size > MOST_NUMBERS {
                return Err(Error::Usage(format!(
                    "{queries} queries to {size} patterns at a time; allowed: --queries up to {}",
                    MOST_NUMBERS / size
                )));
            }
        }
        self.damages.iter().try_for_each(|damage| damage.check(patterns))?;
        for network in &self.networks {
            network.check(patterns.dim)?;
            network.store(Tensor::ones([1, 1], device), self.common.updates)?;
        }
        Ok(())
    }

    /// The curve that a case belongs to: what tells it from others, other than what it runs along.
    fn line(&self, case: &Case, curves: Curves) -> String {
        let mut name = match curves.x {
            "beta" => String::new(),
            _ => case.network.name(),
        };
        if self.damages.len() > 1 && curves.x != "level" {
            name += &format!(" {}", case.damage.name());
        }
        if self.sizes.len() > 1 && curves.x != "patterns" {
            name += &format!(" {} patterns", case.size);
        }
        name.trim().to_owned()
    }

    fn measure(
        &self,
        case: &Case,
        patterns: &Patterns,
        device: &Device,
    ) -> Result<(Tally, Option<Sheet>), Error> {
        let &Case { network, size, damage } = case;
        let (dim, coding) = (patterns.dim, network.coding());
        let count = size.min(self.queries.queries);
        let tensor = |numbers: Vec<f32>| {
            let rows = numbers.len() / dim;
            Tensor::<2>::from_data(TensorData::new(numbers, [rows, dim]), device)
        };
        let mut tally = Tally::default();
        let mut sheet = None;
        for set in 0..patterns.sets(size, self.queries.sets)? {
            let pixels = patterns.set(size, set);
            let units: Vec<f32> =
                pixels.iter().map(|&pixel| patterns.encode(pixel, coding)).collect();
            let decoded = |units: Vec<f32>| -> Vec<f32> {
                units.into_iter().map(|unit| patterns.decode(unit, coding)).collect()
            };
            let seed = self.common.seed;
            let queries = damage.queries(&pixels, count, network, patterns, seed, set as u64);
            let (units, queries) = (tensor(units), tensor(queries));
            let began = Instant::now();
            let stored = network.store(units.clone(), self.common.updates)?;
            let _ = device.sync();
            tally.store_seconds += began.elapsed().as_secs_f64();
            tally.sets += 1;
            let began = Instant::now();
            let (answers, steps) = self.recall(&stored, queries.clone());
            let answers = host(answers);
            tally.recall_seconds += began.elapsed().as_secs_f64();
            if let Stored::Continuous(memory) = &stored {
                tally.add_weights(&memory.layer().associate(queries.clone()));
            }
            let answers = tensor(decoded(answers));
            let wanted = tensor(decoded(host(units)));
            tally.add(&answers, &wanted, &steps);
            if let Some(shape) = patterns.shape.filter(|_| sheet.is_none()) {
                let queries = decoded(host(queries));
                sheet = Some(draw(&queries, &host(answers), &host(wanted), shape));
            }
        }
        Ok((tally, sheet))
    }

    /// The answers, and how many updates each took.
    fn recall(&self, stored: &Stored, queries: Tensor<2>) -> (Tensor<2>, Vec<usize>) {
        let [count, _] = queries.dims();
        match self.queries.steps {
            1 => (stored.memory().update(queries), vec![1; count]),
            steps => {
                let found = stored.memory().recall(queries, steps);
                (found.states, found.steps)
            }
        }
    }
}

fn row_of(case: &Case, tally: &Tally) -> Vec<Cell> {
    let found = tally.mean();
    let sign =
        matches!(case.network, Network::Classical(_) | Network::Notebook | Network::Dense(_));
    vec![
        Cell::Text(case.network.name()),
        Cell::maybe(case.network.beta(), 3),
        Cell::Text(case.damage.name()),
        Cell::maybe(case.damage.level(), 2),
        Cell::Count(case.size),
        Cell::Count(tally.queries),
        Cell::Real(found.top_1, 3),
        Cell::Real(found.exact, 3),
        Cell::maybe(sign.then_some(found.exact_up_to_sign), 3),
        Cell::Real(found.mse, 4),
        Cell::Real(found.bit_errors, 4),
        Cell::Real(found.below_50, 3),
        Cell::Real(found.steps, 1),
        Cell::maybe(found.entropy, 3),
        Cell::maybe(found.metastable_size, 1),
        Cell::maybe(found.right_weight, 3),
        Cell::Real(1e3 * tally.store_seconds / tally.sets as f64, 1),
        Cell::Real(1e6 * tally.recall_seconds / tally.queries as f64, 1),
    ]
}

/// Three lines: queries, answers, and what was wanted.
fn draw(queries: &[f32], answers: &[f32], wanted: &[f32], shape: [usize; 2]) -> Sheet {
    let dim = shape[0] * shape[1];
    let first = |pixels: &[f32]| pixels[..pixels.len().min(DRAWN * dim)].to_vec();
    let count = (queries.len() / dim).min(DRAWN);
    // Sets of few patterns have few queries; all pictures are as wide.
    let mut tiles = Vec::new();
    for pixels in [queries, answers, &wanted[..count * dim]] {
        tiles.extend(first(pixels));
        tiles.resize(tiles.len() + (DRAWN - count) * dim, 0.0);
    }
    Sheet::tiles(&tiles, shape, DRAWN, Tone::Fixed { low: 0.0, high: 1.0 })
}
