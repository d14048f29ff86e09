//! `hopfield experiment`: the standard experiments with associative memories.

mod args;
mod folder;
mod prototypes;

use std::path::Path;

use burn::tensor::Device;
use clap::Subcommand;
use hopfield_experiments::{Curves, Experiment};
use hopfield_train::printer::Printer;

use crate::error::Error;
use args::{
    Betas, CapacityArgs, Common, FixedPointsArgs, GeneralisationArgs, Levels, Loaded, Masks,
    Networks, OneDamage, SweepArgs,
};
use prototypes::PrototypesArgs;

/// Store patterns in associative memories, and measure what they recall.
///
/// For each network, number of patterns and damage, damaged patterns are queries, and the answers are measured: is the right
/// pattern the one nearest to the answer (top 1)? Is the answer exactly the pattern (for grey images: to half a grey value), or
/// its negative? What are the mean squared error and the share of wrong bits per pixel, pixels in [0, 1]? How many updates were
/// made? "SSE below 50" is a measure that other programs use; it says little, because the mean of all digits passes it for half
/// of them.
///
/// NETWORK is classical, pseudo_inverse, polynomial:N, rectified:N or exponential:BETA, which store black and white patterns; or
/// dot:BETA, centred_dot:BETA, cosine:BETA, euclidean:BETA or layer_norm:BETA, which store grey patterns. A separation other
/// than softmax may follow: cosine:8:sparsemax. `notebook` is a classical network as in a popular notebook: ink is -1, "hidden"
/// is ink too, and its `binarize` inverts every answer.
///
/// Files written: results.csv, results.json, experiment.json (the command), curves.svg (if a curve has two points) and, for
/// images, one picture per network: queries, answers and stored images, for each damage and number of patterns.
/// `fixed-points` writes overlaps.csv and overlaps.svg instead of curves and pictures, `capacity` growth.csv and
/// capacity.svg, and `prototypes` transfer.csv and the runs that it trains.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How many random patterns are recalled without error, and how does that number grow with their dimension?
    #[command(mut_arg("networks", |arg| arg.default_value(
        "classical,polynomial:2,polynomial:3,polynomial:4,polynomial:5,polynomial:6,exponential:1,dot:1"
    )))]
    Capacity(CapacityArgs),
    /// What is still recalled as more patterns are stored? Networks × numbers of patterns.
    #[command(mut_arg("networks", |arg| arg.default_value(
        "classical,pseudo_inverse,polynomial:3,rectified:30,exponential:1,dot:8,cosine:1000"
    )), mut_arg("sizes", |arg| arg.default_value("1,2,3,5,10,20,50,100,200,500,1000")))]
    Load(SweepArgs<Networks, OneDamage>),
    /// Which part may be hidden, and what should replace it?
    #[command(mut_arg("networks", |arg| arg.default_value(
        "classical,notebook,exponential:1,dot:8,cosine:1000,centred_dot:8"
    )), mut_arg("sizes", |arg| arg.default_value("1,2,3,10,100,1000")))]
    Mask(SweepArgs<Networks, Masks>),
    /// How much noise is tolerated?
    #[command(mut_arg("networks", |arg| arg.default_value(
        "classical,pseudo_inverse,rectified:30,exponential:1,dot:8,cosine:1000,euclidean:8"
    )), mut_arg("sizes", |arg| arg.default_value("100")))]
    Noise(SweepArgs<Networks, Levels>),
    /// Which β is best, and how do the weights spread?
    #[command(mut_arg("sizes", |arg| arg.default_value("10,100,1000")))]
    Beta(SweepArgs<Betas, OneDamage>),
    /// Are stored patterns fixed points, and where do random states end?
    #[command(mut_arg("networks", |arg| arg.default_value(
        "rectified:2,rectified:3,rectified:4,rectified:5,exponential:1"
    )), mut_arg("sizes", |arg| arg.default_value("10,100")))]
    FixedPoints(FixedPointsArgs),
    /// Do states end at stored images, at mixtures of them, or at new ones, as more and more are stored?
    #[command(mut_arg("networks", |arg| arg.default_value("euclidean:0.4,euclidean:0.06:log_sum_relu")),
              mut_arg("sizes", |arg| arg.default_value("2,5,10,20,50,100,200,500,1000,2000,5000,10000")))]
    Generalisation(GeneralisationArgs),
    /// From features to prototypes: what do classifiers of different degrees learn, and what deceives them?
    ///
    /// Trains configs/classify.toml for each degree n of the energy, as a run of its own below the folder of the experiment; runs
    /// that are there are continued (with --out, add --force), or just measured if they have ended; with other settings they need
    /// another folder. Measured are the test error, how many memories
    /// decide (have .9 of all contributions to the label's field), the likeness of memories and training images, and the
    /// distance by which test images must be changed to deceive the classifier; and which of these deceive the others.
    Prototypes(PrototypesArgs),
    /// All networks side by side, with times.
    #[command(mut_arg("networks", |arg| arg.default_value(
        "classical,pseudo_inverse,polynomial:2,polynomial:3,rectified:30,exponential:1,\
         dot:8,centred_dot:8,cosine:1000,euclidean:8"
    )), mut_arg("sizes", |arg| arg.default_value("1000")))]
    Compare(SweepArgs<Networks, OneDamage>),
}

pub(crate) fn run(command: &Command, printer: &mut Printer) -> Result<(), Error> {
    let by_size = |title| Curves { title, x: "patterns", y: "top_1", logarithmic: true };
    let noise = Curves { title: "noise", x: "level", y: "top_1", logarithmic: false };
    let beta = Curves { title: "beta", x: "beta", y: "mse", logarithmic: true };
    match command {
        Command::Capacity(args) => measure(&args.common, || Ok((args.capacity(), None)), printer),
        Command::Load(args) => measure(&args.common, || args.sweep(by_size("load")), printer),
        Command::Compare(args) => measure(&args.common, || args.sweep(by_size("compare")), printer),
        Command::Mask(args) => measure(&args.common, || args.sweep(by_size("mask")), printer),
        Command::Noise(args) => measure(&args.common, || args.sweep(noise), printer),
        Command::Beta(args) => measure(&args.common, || args.sweep(beta), printer),
        Command::Prototypes(args) => {
            let folder = folder::folder("prototypes", &args.common)?;
            let device = args.common.device.open()?;
            let loaded = args.prototypes(&folder, &device, printer)?;
            finish(&loaded, &folder, &device, printer)
        }
        Command::Generalisation(args) => measure(&args.common, || args.generalisation(), printer),
        Command::FixedPoints(args) => measure(&args.common, || args.fixed_points(), printer),
    }
}

/// Loads an experiment's patterns and runs it.
fn measure<E: Experiment>(
    common: &Common,
    load: impl FnOnce() -> Result<Loaded<E>, Error>,
    printer: &mut Printer,
) -> Result<(), Error> {
    let device = common.device.open()?;
    let loaded = load()?;
    let folder = folder::folder(loaded.0.name(), common)?;
    finish(&loaded, &folder, &device, printer)
}

/// Runs an experiment, writes its folder and prints its tables.
fn finish<E: Experiment>(
    (experiment, data_sha256): &Loaded<E>,
    folder: &Path,
    device: &Device,
    printer: &mut Printer,
) -> Result<(), Error> {
    printer.begin(experiment.count() as u64, 0);
    let outcome = experiment.run(device, &mut |what| printer.step(|| what.clone()));
    printer.end();
    let outcome = outcome?;
    folder::write(folder, experiment.name(), &outcome, data_sha256.clone())?;
    outcome.table.rows().for_each(|row| printer.data(&row));
    for table in [&outcome.table].into_iter().chain(&outcome.summary) {
        printer.result(&format!("{}\n", table.text()));
    }
    printer.result(&folder.display().to_string());
    Ok(())
}
