//! `hopfield experiment`: the well-known experiments with stored memories, with sound measures.

mod args;
mod curves;
mod damage;
mod fixed_points;
mod measure;
mod network;
mod patterns;
mod results;
mod sweep;
mod table;

use hopfield_train::printer::Printer;

use crate::error::Error;
pub(crate) use args::Experiment;
use curves::{Axis, Curves};
use results::Results;

pub(crate) fn experiment(experiment: &Experiment, printer: &mut Printer) -> Result<(), Error> {
    let by_size = |y| Curves { x: "patterns", y, axis: Axis::Logarithmic };
    let (name, sweep, curves) = match experiment {
        Experiment::FixedPoints(args) => {
            return fixed_points::run(args, Results::new("fixed-points", &args.common)?, printer);
        }
        Experiment::Capacity(args) => ("capacity", args.sweep(), by_size("top_1")),
        Experiment::Compare(args) => ("compare", args.sweep(), by_size("top_1")),
        Experiment::Mask(args) => ("mask", args.sweep(), by_size("top_1")),
        Experiment::Noise(args) => {
            ("noise", args.sweep(), Curves { x: "level", y: "top_1", axis: Axis::Linear })
        }
        Experiment::Beta(args) => {
            ("beta", args.sweep(), Curves { x: "beta", y: "mse", axis: Axis::Logarithmic })
        }
    };
    sweep.run(Results::new(name, sweep.common)?, curves, printer)
}
