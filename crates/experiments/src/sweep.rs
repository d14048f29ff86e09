//! Networks × damages × numbers of patterns: what is recalled of damaged patterns.

use std::time::Instant;

use burn::tensor::Device;
use hopfield_layer::InvalidSetting;
use hopfield_memory::{MemoryError, Updates};

use crate::curves::Curves;
use crate::damage::Damage;
use crate::experiment::{Experiment, Outcome, Picture, check};
use crate::host::{to_device, to_host};
use crate::measure::Tally;
use crate::network::{Coding, Network};
use crate::patterns::{MOST_NUMBERS, Patterns};
use crate::table::{Cell, Table};

/// Measures how well networks recall damaged patterns, for every combination of network, damage and number of patterns.
#[derive(Debug)]
pub struct Sweep {
    /// The patterns to store.
    pub patterns: Patterns,
    /// The networks.
    pub networks: Vec<Network>,
    /// The numbers of patterns that are stored.
    pub sizes: Vec<usize>,
    /// What is done to a pattern to make a query of it.
    pub damages: Vec<Damage>,
    /// The most disjoint sets of patterns for each combination.
    pub sets: usize,
    /// The most queries to each set.
    pub queries: usize,
    /// The most updates of a state. 1 updates it once; otherwise it is updated until it stops changing.
    pub steps: usize,
    /// How the units of binary networks are updated.
    pub updates: Updates,
    /// What is drawn: `beta`, `level` or `patterns` along the horizontal axis.
    pub curves: Curves,
}

/// One network with one damage and one number of patterns.
struct Case {
    network: Network,
    damage: Damage,
    size: usize,
}

/// Cases are skipped whose damage the network cannot tell from an earlier one.
impl Experiment for Sweep {
    fn name(&self) -> &'static str {
        self.curves.title
    }

    fn count(&self) -> usize {
        self.networks.len() * self.damages.len() * self.sizes.len()
    }

    fn run(
        &self,
        device: &Device,
        progress: &mut dyn FnMut(String),
    ) -> Result<Outcome, MemoryError> {
        self.check(device)?;
        let patterns = &self.patterns;
        let mut table = Table::new(&["beta", "level"]);
        let (mut names, mut pictures) = (Vec::new(), Vec::new());
        for &network in &self.networks {
            let mut of_network = Vec::new();
            let damages: Vec<Damage> =
                self.damages.iter().map(|damage| damage.seen_by(network)).collect();
            for (index, &damage) in damages.iter().enumerate() {
                let seen = |other: &Damage| other.is_the_same(&damage, network, patterns);
                if damages[..index].iter().any(seen) {
                    continue;
                }
                for &size in &self.sizes {
                    progress(format!("{network}, {size} patterns"));
                    let case = Case { network, damage, size };
                    let (tally, picture) = self.measure(&case, device)?;
                    names.push(self.curve(&case));
                    table.add(case.row(&tally));
                    of_network.extend(picture);
                }
            }
            if !of_network.is_empty() {
                pictures.push((network.to_string(), of_network));
            }
        }
        let curves = self.curves.draw(&table, &names);
        let files = curves.map(|svg| ("curves.svg", svg)).into_iter().collect();
        Ok(Outcome { table, summary: None, pictures, files })
    }
}

impl Sweep {
    fn check(&self, device: &Device) -> Result<(), MemoryError> {
        let patterns = &self.patterns;
        check(&self.networks, &self.sizes, self.updates, patterns, device)?;
        for &size in &self.sizes {
            let queries = size.min(self.queries);
            if queries * size > MOST_NUMBERS {
                let allowed = format!("up to {} for {size} patterns", MOST_NUMBERS / size);
                return Err(InvalidSetting::new("queries", queries, allowed).into());
            }
        }
        Ok(self.damages.iter().try_for_each(|damage| damage.check(patterns))?)
    }

    /// The name of the curve that a case belongs to: everything that varies except what is on the horizontal axis.
    fn curve(&self, case: &Case) -> String {
        let along = self.curves.x;
        let mut name = Vec::new();
        if along != "beta" {
            name.push(case.network.to_string());
        }
        if self.damages.len() > 1 && along != "level" {
            name.push(case.damage.to_string());
        }
        if self.sizes.len() > 1 && along != "patterns" {
            name.push(format!("{} patterns", case.size));
        }
        name.join(" ")
    }

    fn measure(
        &self,
        case: &Case,
        device: &Device,
    ) -> Result<(Tally, Option<Picture>), MemoryError> {
        let patterns = &self.patterns;
        let &Case { network, damage, size } = case;
        let (dim, coding) = (patterns.dim, network.coding());
        let count = size.min(self.queries);
        let mut tally = Tally::default();
        let mut picture = None;
        for set in 0..patterns.sets(size, self.sets)? {
            let pixels = patterns.set(size, set);
            let units = to_device(patterns.encoded(&pixels, coding), dim, device); // [N, d]
            let queries = damage.queries(&pixels, count, network, patterns, set as u64);
            let queries = to_device(queries, dim, device); // [B, d]
            let began = Instant::now();
            let stored = network.store(units.clone(), self.updates)?;
            let _ = device.sync();
            tally.store_seconds += began.elapsed().as_secs_f64();
            tally.sets += 1;
            let began = Instant::now();
            let (answers, steps) = match self.steps {
                1 => (stored.update(queries.clone()), vec![1; count]),
                most => {
                    let found = stored.recall(queries.clone(), most);
                    (found.states, found.steps)
                }
            };
            let answers = network.finite(to_host(answers))?;
            tally.recall_seconds += began.elapsed().as_secs_f64();
            if let Some(layer) = &stored.layer {
                tally.add_weights(&layer.associate(queries.clone()));
            }
            let answers = patterns.decoded(&answers, coding);
            let wanted = patterns.decoded(&to_host(units), coding);
            if let Some(shape) = patterns.shape.filter(|_| picture.is_none()) {
                let queries = patterns.decoded(&to_host(queries), coding);
                let shown = count.min(Picture::MOST) * dim;
                let [queries, answers, stored] =
                    [&queries, &answers, &wanted].map(|pixels| pixels[..shown].to_vec());
                picture = Some(Picture { shape, queries, answers, stored });
            }
            let [answers, wanted] = [answers, wanted].map(|all| to_device(all, dim, device));
            tally.add(&answers, &wanted, &steps);
        }
        Ok((tally, picture))
    }
}

impl Case {
    fn row(&self, tally: &Tally) -> Vec<(&'static str, Cell)> {
        // Grey networks are those with weights; the others have signs.
        let is_grey = self.network.coding() == Coding::Grey;
        let sign = (!is_grey).then(|| tally.share(tally.exact_up_to_sign));
        let of_weights = |sum| is_grey.then(|| tally.mean(sum));
        vec![
            ("network", Cell::Text(self.network.to_string())),
            ("beta", Cell::maybe(self.network.beta(), 3)),
            ("damage", Cell::Text(self.damage.to_string())),
            ("level", Cell::maybe(self.damage.level(), 2)),
            ("patterns", Cell::Count(self.size)),
            ("queries", Cell::Count(tally.queries)),
            ("top_1", Cell::Real(tally.share(tally.top_1), 3)),
            ("exact", Cell::Real(tally.share(tally.exact), 3)),
            ("exact_up_to_sign", Cell::maybe(sign, 3)),
            ("mse", Cell::Real(tally.mean(tally.mse), 4)),
            ("bit_error_rate", Cell::Real(tally.mean(tally.bit_errors), 4)),
            ("sse_below_50", Cell::Real(tally.share(tally.below_50), 3)),
            ("steps", Cell::Real(tally.share(tally.steps), 1)),
            ("entropy", Cell::maybe(of_weights(tally.entropy), 3)),
            ("metastable_size", Cell::maybe(of_weights(tally.metastable_size), 1)),
            ("right_weight", Cell::maybe(of_weights(tally.right_weight), 3)),
            ("store_ms", Cell::Real(1e3 * tally.store_seconds / tally.sets as f64, 1)),
            ("us_per_query", Cell::Real(1e6 * tally.mean(tally.recall_seconds), 1)),
        ]
    }
}
