//! What is typed after `hopfield experiment`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hopfield_data::Mask;
use hopfield_memory::Updates;

use super::damage::{Damage, Hidden};
use super::network::{Continuous, Network};
use super::sweep::Sweep;
use crate::cli::{mask, named, positive, similarity};
use hopfield_layer::{Separation, Similarity};

/// Store patterns in memories, and see what they find again.
///
/// Of every network, number of patterns and damage, queries are answered and measured: is the pattern that is wanted the
/// nearest to the answer (top 1)? Is it exactly the answer (for grey images: to half a grey value), or its negative? The
/// mean squared error and the share of wrong bits, per pixel in [0, 1]; how many updates were made. "SSE below 50" is the
/// measure of other programs: the mean of all digits passes it for half of them, so it says little.
///
/// NETWORK is classical, pseudo_inverse, polynomial:N, rectified:N or exponential:BETA, whose patterns are black or white; or
/// dot:BETA, centred_dot:BETA, cosine:BETA, euclidean:BETA or layer_norm:BETA, whose patterns are grey, with a separation other
/// than softmax behind it, if wanted: cosine:8:sparsemax. `notebook` is a classical network as a popular notebook has it:
/// ink is -1, "hidden" too, and its `binarize` turns every answer into its negative.
///
/// Written are results.csv, results.json, experiment.json with what was asked for, curves.svg (if a curve has two points) and,
/// of images, a picture for every network: queries, answers, and what was wanted, for one number of patterns or damage below
/// the other. `fixed-points` writes overlaps.csv and overlaps.svg in place of curves and pictures.
#[derive(Debug, Subcommand)]
pub(crate) enum Experiment {
    /// How many patterns can be stored? Networks × numbers of patterns.
    #[command(mut_arg("networks", |arg| arg.default_value(
        "classical,pseudo_inverse,polynomial:3,rectified:30,exponential:1,dot:8,cosine:1000"
    )), mut_arg("sizes", |arg| arg.default_value("1,2,3,5,10,20,50,100,200,500,1000")))]
    Capacity(CapacityArgs),
    /// Which part may be hidden, and what should stand in its place?
    #[command(mut_arg("networks", |arg| arg.default_value(
        "classical,notebook,exponential:1,dot:8,cosine:1000,centred_dot:8"
    )), mut_arg("sizes", |arg| arg.default_value("1,2,3,10,100,1000")))]
    Mask(MaskArgs),
    /// How much noise may there be?
    #[command(mut_arg("networks", |arg| arg.default_value(
        "classical,pseudo_inverse,rectified:30,exponential:1,dot:8,cosine:1000,euclidean:8"
    )), mut_arg("sizes", |arg| arg.default_value("100")))]
    Noise(NoiseArgs),
    /// Which β is best, and how do the weights spread?
    Beta(BetaArgs),
    /// Are stored patterns fixed points, and where do random states end?
    FixedPoints(FixedPointsArgs),
    /// All networks side by side, with times.
    #[command(mut_arg("networks", |arg| arg.default_value(
        "classical,pseudo_inverse,polynomial:2,polynomial:3,rectified:30,exponential:1,\
         dot:8,centred_dot:8,cosine:1000,euclidean:8"
    )), mut_arg("sizes", |arg| arg.default_value("1000")))]
    Compare(CapacityArgs),
}

/// What all experiments take.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The patterns: bundled, mnist, a folder with four IDX files, or random (±1).
    #[arg(long, value_name = "SOURCE", default_value = "bundled")]
    pub(crate) data: String,

    /// Units of a random pattern [default: 784].
    #[arg(long, value_name = "COUNT", value_parser = count)]
    pub(crate) dim: Option<usize>,

    /// For black and white networks, pixels above this are ink; 0: every trace of it [default: 0.5].
    #[arg(long, value_name = "LEVEL", value_parser = fraction)]
    pub(crate) ink: Option<f64>,

    /// Of black and white networks: synchronous, or asynchronous, unit by unit (slow).
    #[arg(long, value_name = "ORDER", default_value = "synchronous", value_parser = updates)]
    pub(crate) updates: Updates,

    /// Of everything that is drawn.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// The device [default: the first that is compiled in].
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<String>,

    /// The folder to write [default: the experiment's in runs/experiments, whose files are replaced].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Write into the folder named with --out even if there is something in it.
    #[arg(long)]
    pub(crate) force: bool,
}

/// How many queries there are, and how they are answered.
#[derive(Debug, Args)]
pub(crate) struct Queries {
    /// Disjoint sets of patterns for each number of them, at most.
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = count)]
    pub(crate) sets: usize,

    /// Queries to each set, at most.
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = count)]
    pub(crate) queries: usize,

    /// Updates of a state, at most; above 1, until nothing changes.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = count)]
    pub(crate) steps: usize,
}

/// What is done to a pattern to make a query of it.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct OneDamage {
    /// Hide a part: bottom, top, left, right, or random:F, the fraction F of the pixels [default: bottom].
    #[arg(long, value_name = "PART", value_parser = mask)]
    pub(crate) mask: Option<Mask>,

    /// Add Gaussian noise of this standard deviation; pixels are in [0, 1].
    #[arg(long, value_name = "STD", value_parser = positive)]
    pub(crate) noise: Option<f64>,

    /// Turn this fraction of the pixels round, black to white.
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    pub(crate) flip: Option<f64>,
}

impl OneDamage {
    pub(crate) fn damage(&self) -> Damage {
        match (self.mask, self.noise, self.flip) {
            (_, Some(std), _) => Damage::Noise(std),
            (.., Some(fraction)) => Damage::Flip(fraction),
            (mask, ..) => {
                Damage::Mask { mask: mask.unwrap_or(Mask::Bottom), hidden: Hidden::Unknown }
            }
        }
    }
}

/// Networks × numbers of patterns; every experiment has defaults of its own.
#[derive(Debug, Args)]
pub(crate) struct Swept {
    /// The networks, with commas between.
    #[arg(long, value_name = "NETWORK,…", value_delimiter = ',', value_parser = Network::parse)]
    networks: Vec<Network>,

    /// How many patterns are stored, with commas between.
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = count)]
    sizes: Vec<usize>,

    #[command(flatten)]
    queries: Queries,

    #[command(flatten)]
    common: Common,
}

impl Swept {
    fn sweep(&self, damages: Vec<Damage>) -> Sweep<'_> {
        let Self { networks, sizes, queries, common } = self;
        Sweep { networks: networks.clone(), sizes: sizes.clone(), damages, queries, common }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CapacityArgs {
    #[command(flatten)]
    swept: Swept,

    #[command(flatten)]
    damage: OneDamage,
}

impl CapacityArgs {
    pub(crate) fn sweep(&self) -> Sweep<'_> {
        self.swept.sweep(vec![self.damage.damage()])
    }
}

#[derive(Debug, Args)]
pub(crate) struct MaskArgs {
    #[command(flatten)]
    swept: Swept,

    /// What is hidden: bottom, top, left, right or random:F, with commas between.
    #[arg(long, value_name = "PART,…", value_delimiter = ',', value_parser = mask, default_value = "bottom")]
    masks: Vec<Mask>,

    /// What stands in its place: unknown (what says nothing to the network: 0 for those of ±1, dot and cosine; else the mean
    /// of the patterns), paper or ink.
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',', value_parser = hidden,
          default_value = "unknown,paper")]
    hidden: Vec<Hidden>,
}

impl MaskArgs {
    pub(crate) fn sweep(&self) -> Sweep<'_> {
        let of = |&hidden| self.masks.iter().map(move |&mask| Damage::Mask { mask, hidden });
        self.swept.sweep(self.hidden.iter().flat_map(of).collect())
    }
}

#[derive(Debug, Args)]
pub(crate) struct NoiseArgs {
    #[command(flatten)]
    swept: Swept,

    /// Gaussian noise of these standard deviations, with commas between; pixels are in [0, 1].
    #[arg(long, value_name = "STD,…", value_delimiter = ',', value_parser = positive,
          default_value = "0.1,0.2,0.3,0.5,0.7,1,1.5,2,3")]
    levels: Vec<f64>,

    /// In place of noise: turn these fractions of the pixels round, with commas between.
    #[arg(long, value_name = "FRACTION,…", value_delimiter = ',', value_parser = fraction,
          conflicts_with = "levels")]
    flips: Vec<f64>,
}

impl NoiseArgs {
    pub(crate) fn sweep(&self) -> Sweep<'_> {
        self.swept.sweep(match self.flips[..] {
            [] => self.levels.iter().map(|&std| Damage::Noise(std)).collect(),
            ref flips => flips.iter().map(|&fraction| Damage::Flip(fraction)).collect(),
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct BetaArgs {
    /// How states and patterns are compared: dot, centred_dot, cosine, euclidean or layer_norm.
    #[arg(long, value_name = "NAME", value_parser = similarity, default_value = "dot")]
    pub(crate) similarity: Similarity,

    /// The inverse temperatures, with commas between.
    #[arg(long, value_name = "BETA,…", value_delimiter = ',', value_parser = positive,
          default_value = "0.05,0.1,0.2,0.3,0.5,0.7,1,2,4,8,16")]
    pub(crate) betas: Vec<f64>,

    /// How many patterns are stored, with commas between.
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = count, default_value = "10,100,1000")]
    pub(crate) sizes: Vec<usize>,

    #[command(flatten)]
    pub(crate) damage: OneDamage,

    #[command(flatten)]
    pub(crate) queries: Queries,

    #[command(flatten)]
    pub(crate) common: Common,
}

impl BetaArgs {
    pub(crate) fn sweep(&self) -> Sweep<'_> {
        let (similarity, separation) = (self.similarity, Separation::Softmax);
        let network = |&beta| Network::Continuous(Continuous { similarity, separation, beta });
        Sweep {
            networks: self.betas.iter().map(network).collect(),
            sizes: self.sizes.clone(),
            damages: vec![self.damage.damage()],
            queries: &self.queries,
            common: &self.common,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct FixedPointsArgs {
    /// The networks, with commas between.
    #[arg(long, value_name = "NETWORK,…", value_delimiter = ',', value_parser = Network::parse,
          default_value = "rectified:2,rectified:3,rectified:4,rectified:5,exponential:1")]
    pub(crate) networks: Vec<Network>,

    /// How many patterns are stored, with commas between.
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = count, default_value = "10,100")]
    pub(crate) sizes: Vec<usize>,

    /// Random states (±1, or black and white) to begin with.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = count)]
    pub(crate) starts: usize,

    #[command(flatten)]
    pub(crate) common: Common,
}

fn count(text: &str) -> Result<usize, String> {
    let number = text.parse::<usize>().ok().filter(|count| (1..=1_000_000).contains(count));
    number.ok_or_else(|| "allowed: a whole number from 1 to 1000000".into())
}

fn fraction(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|fraction| (0.0..=1.0).contains(fraction));
    number.ok_or_else(|| "allowed: a number from 0 to 1".into())
}

fn hidden(text: &str) -> Result<Hidden, String> {
    named(text, &Hidden::ALL)
}

fn updates(text: &str) -> Result<Updates, String> {
    named(text, &[("synchronous", Updates::Synchronous), ("asynchronous", Updates::Asynchronous)])
}
