//! `hopfield eval`: measures a stack on held-out images.

use std::path::PathBuf;

use hopfield_model::Classifier;
use hopfield_train::SavedRun;
use hopfield_train::printer::Printer;

use crate::error::Error;
use crate::measure::measure;
use crate::measure_labels::measure_labels;
use crate::options::DataArgs;
use crate::probe::Probe;

/// Measure the stack on held-out images: errors, how it uses its patterns, and how well they predict labels.
///
/// For a classifier: the share of wrong labels, label by label. Images are damaged as in training unless the options below
/// say otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run.
    run: PathBuf,

    #[command(flatten)]
    data: DataArgs,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let run = SavedRun::find(&args.run)?;
    let device = args.data.device.open()?;
    let database = run.load(&device)?;
    let probe = Probe::new(&run, &args.data, &database, &device)?;
    let name = args.run.display().to_string();
    match Classifier::of(&database.stack) {
        Some(classifier) => {
            let measured = measure_labels(&name, &classifier, &probe)?;
            printer.data(&measured);
            printer.result(&measured.text());
        }
        None => {
            let batch = probe.batch(&probe.data.test)?;
            let measured = measure(&name, &database.stack, &probe, &batch)?;
            printer.data(&measured);
            printer.result(&measured.text());
        }
    }
    Ok(())
}
