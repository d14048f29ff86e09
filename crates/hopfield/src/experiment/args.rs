//! Command-line arguments of the experiments, and the settings that they describe.

use std::path::PathBuf;

use clap::Args;
use hopfield_data::{Mask, source};
use hopfield_experiments::{
    Capacity, Curves, Damage, FixedPoints, Generalisation, Hidden, Network, Patterns, Sweep,
};
use hopfield_layer::Similarity;
use hopfield_memory::{ContinuousSettings, Updates};
use hopfield_train::data_sha256;

use crate::error::Error;
use crate::options::{DeviceArgs, count, positive};

pub(super) const MOST: usize = 1_000_000;

/// Options of all experiments.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The seed of everything random.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,

    #[command(flatten)]
    pub(super) device: DeviceArgs,

    /// The folder to write [default: runs/experiments/NAME, whose files are replaced].
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,

    /// Write into the folder named with --out even if it is not empty.
    #[arg(long)]
    pub(super) force: bool,
}

/// How binary networks work.
#[derive(Debug, Args)]
struct UpdateArgs {
    /// How black and white networks are updated: synchronous, or asynchronous (unit by unit, slow).
    #[arg(long, value_name = "ORDER", default_value = "synchronous", value_parser = updates)]
    updates: Updates,
}

/// The patterns to store.
#[derive(Debug, Args)]
pub(crate) struct PatternArgs {
    /// The patterns: bundled, mnist, a folder with the four IDX files, or random (±1).
    #[arg(long, value_name = "SOURCE", default_value = "bundled")]
    data: String,

    /// Units of a random pattern [default: 784].
    #[arg(long, value_name = "COUNT", value_parser = count::<MOST>)]
    dim: Option<usize>,

    /// For black and white networks, pixels above this are ink; 0: every trace of it [default: 0.5].
    #[arg(long, value_name = "LEVEL", value_parser = fraction)]
    ink: Option<f64>,
}

impl PatternArgs {
    /// The patterns and, for images, the SHA-256 of the data.
    fn load(&self, seed: u64) -> Result<(Patterns, Option<String>), Error> {
        let only_with = |option: &str, data: &str| {
            let given = format!("--{option} with --data {}", self.data);
            Err(format!("{given}; allowed: only with {data}").into())
        };
        match (&self.data[..], self.dim, self.ink) {
            ("random", _, Some(_)) => only_with("ink", "images"),
            ("random", dim, None) => Ok((Patterns::random(dim.unwrap_or(784), seed), None)),
            (_, Some(_), _) => only_with("dim", "--data random"),
            (name, None, ink) => {
                let data = source(name).load()?;
                let patterns = Patterns::images(&data, ink.unwrap_or(0.5), seed)?;
                Ok((patterns, Some(data_sha256(&data)?)))
            }
        }
    }
}

/// A sweep over networks, numbers of patterns and damages. Each experiment sets the defaults of networks and sizes.
#[derive(Debug, Args)]
pub(crate) struct SweepArgs<N: Args, D: Args> {
    #[command(flatten)]
    networks: N,

    #[command(flatten)]
    sizes: Sizes,

    /// The most disjoint sets of patterns for each number of patterns.
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = count::<MOST>)]
    sets: usize,

    /// The most queries to each set.
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = count::<MOST>)]
    queries: usize,

    /// The most updates of a state; above 1, it is updated until nothing changes.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = count::<MOST>)]
    steps: usize,

    #[command(flatten)]
    patterns: PatternArgs,

    #[command(flatten)]
    updates: UpdateArgs,

    #[command(flatten)]
    pub(super) common: Common,

    #[command(flatten)]
    damages: D,
}

/// An experiment and, if it is about images, the SHA-256 of the data.
pub(super) type Loaded<E> = (E, Option<String>);

/// Arguments that stand for a list.
pub(crate) trait List<T> {
    fn list(&self) -> Vec<T>;
}

impl<N: Args + List<Network>, D: Args + List<Damage>> SweepArgs<N, D> {
    pub(super) fn sweep(&self, curves: Curves) -> Result<Loaded<Sweep>, Error> {
        let (patterns, data_sha256) = self.patterns.load(self.common.seed)?;
        let sweep = Sweep {
            patterns,
            networks: self.networks.list(),
            sizes: self.sizes.sizes.clone(),
            damages: self.damages.list(),
            sets: self.sets,
            queries: self.queries,
            steps: self.steps,
            updates: self.updates.updates,
            curves,
        };
        Ok((sweep, data_sha256))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Sizes {
    /// How many patterns to store, separated by commas.
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = count::<MOST>)]
    sizes: Vec<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Networks {
    /// The networks, separated by commas.
    #[arg(long, value_name = "NETWORK,…", value_delimiter = ',')]
    networks: Vec<Network>,
}

impl List<Network> for Networks {
    fn list(&self) -> Vec<Network> {
        self.networks.clone()
    }
}

/// Continuous networks that differ in β.
#[derive(Debug, Args)]
pub(crate) struct Betas {
    /// How states and patterns are compared: dot, centred_dot, cosine, euclidean or layer_norm.
    #[arg(long, value_name = "NAME", default_value = "dot")]
    similarity: Similarity,

    /// The inverse temperatures, separated by commas.
    #[arg(long, value_name = "BETA,…", value_delimiter = ',', value_parser = positive,
          default_value = "0.05,0.1,0.2,0.3,0.5,0.7,1,2,4,8,16")]
    betas: Vec<f64>,
}

impl List<Network> for Betas {
    fn list(&self) -> Vec<Network> {
        let settings = ContinuousSettings { similarity: self.similarity, ..Default::default() };
        let network = |&beta| Network::Continuous(ContinuousSettings { beta, ..settings });
        self.betas.iter().map(network).collect()
    }
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct OneDamage {
    /// Hide a part: bottom, top, left, right, or random:F (a fraction F of the pixels) [default: bottom].
    #[arg(long, value_name = "PART")]
    mask: Option<Mask>,

    /// Add Gaussian noise with this standard deviation; pixels are in [0, 1].
    #[arg(long, value_name = "STD", value_parser = positive)]
    noise: Option<f64>,

    /// Invert this fraction of the pixels.
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    flip: Option<f64>,
}

impl List<Damage> for OneDamage {
    fn list(&self) -> Vec<Damage> {
        let mask = self.mask.unwrap_or(Mask::Bottom);
        let other = self.noise.map(Damage::Noise).or(self.flip.map(Damage::Flip));
        vec![other.unwrap_or(Damage::Mask(mask, Hidden::Unknown))]
    }
}

#[derive(Debug, Args)]
pub(crate) struct Masks {
    /// What to hide: bottom, top, left, right or random:F, separated by commas.
    #[arg(long, value_name = "PART,…", value_delimiter = ',', default_value = "bottom")]
    masks: Vec<Mask>,

    /// What replaces it: paper, ink, or unknown (no information for the network: 0 for ±1 networks, dot and cosine; else the
    /// mean of the patterns).
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',', default_value = "unknown,paper")]
    hidden: Vec<Hidden>,
}

impl List<Damage> for Masks {
    fn list(&self) -> Vec<Damage> {
        let of = |&hidden| self.masks.iter().map(move |&mask| Damage::Mask(mask, hidden));
        self.hidden.iter().flat_map(of).collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct Levels {
    /// Standard deviations of Gaussian noise, separated by commas; pixels are in [0, 1].
    #[arg(long, value_name = "STD,…", value_delimiter = ',', value_parser = positive,
          default_value = "0.1,0.2,0.3,0.5,0.7,1,1.5,2,3")]
    levels: Vec<f64>,

    /// Instead of noise: fractions of the pixels to invert, separated by commas.
    #[arg(long, value_name = "FRACTION,…", value_delimiter = ',', value_parser = fraction,
          conflicts_with = "levels")]
    flips: Vec<f64>,
}

impl List<Damage> for Levels {
    fn list(&self) -> Vec<Damage> {
        match self.flips[..] {
            [] => self.levels.iter().copied().map(Damage::Noise).collect(),
            ref flips => flips.iter().copied().map(Damage::Flip).collect(),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct FixedPointsArgs {
    #[command(flatten)]
    networks: Networks,

    #[command(flatten)]
    sizes: Sizes,

    /// The number of random states (±1, or black and white) to start from.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = count::<MOST>)]
    starts: usize,

    #[command(flatten)]
    patterns: PatternArgs,

    #[command(flatten)]
    updates: UpdateArgs,

    #[command(flatten)]
    pub(super) common: Common,
}

impl FixedPointsArgs {
    pub(super) fn fixed_points(&self) -> Result<Loaded<FixedPoints>, Error> {
        let (patterns, data_sha256) = self.patterns.load(self.common.seed)?;
        let fixed_points = FixedPoints {
            patterns,
            networks: self.networks.list(),
            sizes: self.sizes.sizes.clone(),
            starts: self.starts,
            updates: self.updates.updates,
        };
        Ok((fixed_points, data_sha256))
    }
}

#[derive(Debug, Args)]
pub(crate) struct CapacityArgs {
    #[command(flatten)]
    networks: Networks,

    /// The dimensions of patterns, separated by commas.
    #[arg(long, value_name = "D,…", value_delimiter = ',', value_parser = count::<MOST>,
          default_value = "10,12,14,16,20,24,28,32,40,48,64,96,128,192,256,384,512,768,1024")]
    dims: Vec<usize>,

    /// Invert this fraction of a query's units.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.0, value_parser = fraction)]
    flip: f64,

    /// The most updates of a state; above 1, it is updated until nothing changes.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = count::<MOST>)]
    steps: usize,

    /// How many times patterns are drawn.
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = count::<MOST>)]
    seeds: usize,

    /// The most patterns to store; dimensions with a larger capacity are left out.
    #[arg(long, value_name = "COUNT", default_value_t = 20_000, value_parser = count::<MOST>)]
    most: usize,

    #[command(flatten)]
    updates: UpdateArgs,

    #[command(flatten)]
    pub(super) common: Common,
}

impl CapacityArgs {
    pub(super) fn capacity(&self) -> Capacity {
        Capacity {
            networks: self.networks.list(),
            dims: self.dims.clone(),
            flip: self.flip,
            steps: self.steps,
            updates: self.updates.updates,
            seeds: self.seeds,
            seed: self.common.seed,
            most: self.most,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct GeneralisationArgs {
    #[command(flatten)]
    networks: Networks,

    #[command(flatten)]
    sizes: Sizes,

    /// The images: bundled, mnist, a folder with the four IDX files, or any file of rows. Training images are stored, states
    /// start from test images.
    #[arg(long, value_name = "SOURCE", default_value = "bundled")]
    data: String,

    /// The number of held-out images that states start from.
    #[arg(long, value_name = "COUNT", default_value_t = 500, value_parser = count::<MOST>)]
    starts: usize,

    /// The most updates of a state.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = count::<MOST>)]
    steps: usize,

    #[command(flatten)]
    pub(super) common: Common,
}

impl GeneralisationArgs {
    pub(super) fn generalisation(&self) -> Result<Loaded<Generalisation>, Error> {
        let data = source(&self.data).load()?;
        let mut generalisation = Generalisation::new(&data, self.common.seed)?;
        generalisation.networks = self.networks.list();
        generalisation.sizes = self.sizes.sizes.clone();
        generalisation.starts = self.starts;
        generalisation.steps = self.steps;
        Ok((generalisation, Some(data_sha256(&data)?)))
    }
}

fn fraction(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|fraction| (0.0..=1.0).contains(fraction));
    number.ok_or_else(|| "allowed: a number from 0 to 1".into())
}

fn updates(text: &str) -> Result<Updates, &'static str> {
    match text {
        "synchronous" => Ok(Updates::Synchronous),
        "asynchronous" => Ok(Updates::Asynchronous),
        _ => Err("allowed: synchronous, asynchronous"),
    }
}
