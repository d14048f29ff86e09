//! How many random patterns are recalled without error, and how that number grows with their dimension.

use burn::tensor::Device;
use hopfield_layer::{InvalidSetting, Separation, Similarity};
use hopfield_memory::{Interaction, MemoryError, Storage, Updates};

use crate::damage::Damage;
use crate::experiment::{Experiment, Outcome};
use crate::host::{to_device, to_host};
use crate::measure::exact;
use crate::network::Network;
use crate::patterns::{MOST_NUMBERS, Patterns};
use crate::table::{Cell, Table};

mod figure;
mod growth;

use growth::{Growth, Line, fit};

/// Queries to a network, at most.
const QUERIES: usize = 100;
/// Fewer patterns than this say little about growth: they are whole numbers.
const LEAST_FITTED: usize = 10;

/// Finds the capacity of networks: the largest number of random patterns of which up to 100 are all recalled without error.
///
/// A pattern is d independent, equally likely units ±1. It is recalled without error if updates of the state, which is the
/// pattern with a fraction of its units inverted, end in the pattern (for continuous networks: to within half a grey value of
/// 256). The number is found by doubling and then bisection, to 2 %; smaller sets of patterns are the first of larger ones.
/// Dimensions with more than the most patterns to store have none in the table.
///
/// The exponent of growth is fitted by least squares for each seed, over the dimensions for which all seeds found 10 patterns
/// or more: of dᵃ, or of 2^(a d) for exponential and continuous networks. Its interval is that of Student's t, 95 %, over seeds.
#[derive(Debug)]
pub struct Capacity {
    /// The networks.
    pub networks: Vec<Network>,
    /// The dimensions of patterns.
    pub dims: Vec<usize>,
    /// The fraction of a query's units that are inverted.
    pub flip: f64,
    /// The most updates of a state. 1 updates it once; otherwise it is updated until it stops changing.
    pub steps: usize,
    /// How the units of binary networks are updated.
    pub updates: Updates,
    /// The number of independent draws of patterns.
    pub seeds: usize,
    /// The seed of the first.
    pub seed: u64,
    /// The most patterns to store. Dimensions with a larger capacity are left out, and all above them.
    pub most: usize,
}

/// What was found for one network.
struct Found {
    network: Network,
    /// Dimensions, and the capacity for every seed.
    points: Vec<(usize, Vec<usize>)>,
    /// The dimensions for which it is above the most patterns to store.
    left_out: Vec<usize>,
    /// The fraction of a query's units that were inverted.
    flip: f64,
}

impl Experiment for Capacity {
    fn name(&self) -> &'static str {
        "capacity"
    }

    fn count(&self) -> usize {
        self.networks.len() * self.dims.len()
    }

    fn run(
        &self,
        device: &Device,
        progress: &mut dyn FnMut(String),
    ) -> Result<Outcome, MemoryError> {
        let dims = self.check(device)?;
        let (mut table, mut summary) = (Table::new(&[]), Table::new(&[]));
        let mut all = Vec::new();
        for &network in &self.networks {
            let mut found =
                Found { network, points: Vec::new(), left_out: Vec::new(), flip: self.flip };
            for (index, &dim) in dims.iter().enumerate() {
                progress(format!("{network}, {dim} units"));
                let seeds = (0..self.seeds as u64).map(|seed| self.seed.wrapping_add(seed));
                let capacities: Option<Vec<usize>> = seeds
                    .map(|seed| self.capacity(network, dim, seed, device))
                    .collect::<Result<_, _>>()?;
                match capacities {
                    Some(capacities) => found.points.push((dim, capacities)),
                    None => {
                        found.left_out = dims[index..].to_vec();
                        break;
                    }
                }
            }
            found.rows(&mut table);
            summary.add(found.growth());
            all.push(found);
        }
        let figure = figure::draw(&all).map(|svg| ("capacity.svg", svg));
        let growth = [("growth.csv", summary.csv())];
        let files = growth.into_iter().chain(figure).collect();
        Ok(Outcome { table, summary: Some(summary), pictures: Vec::new(), files })
    }
}

impl Capacity {
    /// The dimensions, in order.
    fn check(&self, device: &Device) -> Result<Vec<usize>, MemoryError> {
        let mut dims = self.dims.clone();
        dims.sort_unstable();
        dims.dedup();
        for &dim in &dims {
            self.networks
                .iter()
                .try_for_each(|network| network.check(dim, self.updates, device))?;
            if self.most.saturating_mul(dim.max(QUERIES)) > MOST_NUMBERS {
                let allowed = format!("up to {} for {dim} units", MOST_NUMBERS / dim.max(QUERIES));
                return Err(InvalidSetting::new("most", self.most, allowed).into());
            }
        }
        Ok(dims)
    }

    /// Nothing, if it is above the most patterns to store.
    fn capacity(
        &self,
        network: Network,
        dim: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Option<usize>, MemoryError> {
        let patterns = Patterns::random(dim, seed);
        let recalls = |count| self.recalls(network, &patterns, count, device);
        let (mut good, mut tried) = (0, 1);
        while recalls(tried)? {
            if tried == self.most {
                return Ok(None);
            }
            good = tried;
            tried = self.most.min(2 * tried);
        }
        let mut bad = tried;
        while bad - good > 1.max(good / 50) {
            let middle = good.midpoint(bad);
            if recalls(middle)? { good = middle } else { bad = middle }
        }
        Ok(Some(good))
    }

    /// Whether a network that stores the first `count` patterns recalls them without error.
    fn recalls(
        &self,
        network: Network,
        patterns: &Patterns,
        count: usize,
        device: &Device,
    ) -> Result<bool, MemoryError> {
        let (dim, coding) = (patterns.dim, network.coding());
        let queries = count.min(QUERIES);
        let pixels = patterns.first(count);
        let states = Damage::Flip(self.flip).queries(&pixels, queries, network, patterns, 0);
        let units = to_device(patterns.encoded(&pixels, coding), dim, device);
        let wanted = units.clone().narrow(0, 0, queries);
        let stored = network.store(units, self.updates)?;
        let states = to_device(states, dim, device);
        let answers = match self.steps {
            1 => stored.update(states),
            most => stored.recall(states, most).states,
        };
        let answers = network.finite(to_host(answers))?;
        let [answers, wanted] = [answers, to_host(wanted)]
            .map(|units| to_device(patterns.decoded(&units, coding), dim, device));
        Ok(exact(answers - wanted).into_iter().all(|exact| exact))
    }
}

impl Found {
    fn rows(&self, table: &mut Table) {
        let found = self.points.iter().map(|(dim, capacities)| (*dim, Some(spread(capacities))));
        let left_out = self.left_out.iter().map(|&dim| (dim, None));
        for (dim, spread) in found.chain(left_out) {
            let count = |at: usize| spread.map_or(Cell::Nothing, |spread| Cell::Count(spread[at]));
            table.add(vec![
                ("network", Cell::Text(self.network.to_string())),
                ("dim", Cell::Count(dim)),
                ("capacity", count(1)),
                ("lowest", count(0)),
                ("highest", count(2)),
                ("theory", Cell::maybe(self.expected(dim as f64), 1)),
            ]);
        }
    }

    /// The capacity by the theory, where it gives a number.
    fn expected(&self, d: f64) -> Option<f64> {
        expected(self.network, d).filter(|n| self.flip == 0.0 && n.is_finite())
    }

    /// The exponent of growth, its interval, and what the theory says.
    fn growth(&self) -> Vec<(&'static str, Cell)> {
        let (growth, theory) = growth(self.network);
        let theory = theory.filter(|_| self.flip == 0.0);
        let enough =
            |(_, capacities): &&(usize, Vec<usize>)| capacities.iter().all(|&n| n >= LEAST_FITTED);
        let points: Vec<_> = self.points.iter().filter(enough).cloned().collect();
        let line = fit(growth, &points);
        vec![
            ("network", Cell::Text(self.network.to_string())),
            ("grows_as", Cell::Text(growth.to_string())),
            ("exponent", Cell::maybe(line.as_ref().map(|line| line.exponent), 3)),
            ("low", Cell::maybe(line.as_ref().and_then(Line::low), 3)),
            ("high", Cell::maybe(line.as_ref().and_then(Line::high), 3)),
            ("theory", Cell::maybe(theory, 3)),
            ("dims", Cell::Count(points.len())),
        ]
    }
}

/// The lowest, the median and the highest capacity over seeds.
fn spread(capacities: &[usize]) -> [usize; 3] {
    let mut sorted = capacities.to_vec();
    sorted.sort_unstable();
    [0, sorted.len() / 2, sorted.len() - 1].map(|at| sorted[at])
}

/// How the capacity grows, and the exponent by the theory.
fn growth(network: Network) -> (Growth, Option<f64>) {
    match network {
        Network::Classical(_) => (Growth::Power, Some(1.0)),
        Network::Notebook => (Growth::Power, None),
        Network::Dense(Interaction::Polynomial(n) | Interaction::RectifiedPolynomial(n)) => {
            (Growth::Power, Some(f64::from(n) - 1.0))
        }
        // Demircigil et al. (2017), Theorem 3, which is about β = 1.
        Network::Dense(Interaction::Exponential { beta }) => {
            (Growth::Exponential, (beta == 1.0).then_some(0.5))
        }
        Network::Continuous(settings) => {
            // The weight of a random pattern beside the right one is (cosh β / e^β)ᵈ in the mean.
            let rate = (settings.beta - settings.beta.cosh().ln()) / std::f64::consts::LN_2;
            let is_attention = settings.similarity == Similarity::Dot
                && settings.separation == Separation::Softmax;
            (Growth::Exponential, (is_attention && rate.is_finite()).then_some(rate))
        }
    }
}

/// The capacity by the theory, if no unit is inverted; not finite for the smallest d.
fn expected(network: Network, d: f64) -> Option<f64> {
    match network {
        // Amit, Gutfreund & Sompolinsky (1985); a few units are wrong.
        Network::Classical(Storage::Hebbian) => Some(0.138 * d),
        // Krotov & Hopfield (2016), for powers without error: dⁿ⁻¹ / (2 (2n − 3)!! ln d).
        Network::Dense(Interaction::Polynomial(n) | Interaction::RectifiedPolynomial(n))
            if (2..=100).contains(&n) =>
        {
            let odd: f64 = (1..=2 * n - 3).step_by(2).map(f64::from).product();
            Some(d.powi(n as i32 - 1) / (2.0 * odd * d.ln()))
        }
        Network::Dense(Interaction::Exponential { beta: 1.0 }) => Some((d / 2.0).exp2()),
        _ => None,
    }
}
