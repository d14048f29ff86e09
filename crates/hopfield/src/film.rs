//! `hopfield film`: how the patterns of a run grew.

use std::io::Write;
use std::path::PathBuf;

use hopfield_arrays::write_whole;
use hopfield_database::{DatabaseFile, Snapshot, layers_chosen};
use hopfield_model::{Classifier, evaluate};
use hopfield_report::{check_snapshots, film};
use hopfield_train::SavedRun;
use hopfield_train::printer::Printer;
use serde_json::json;

use crate::arranged::OrderArgs;
use crate::error::{Error, at};
use crate::options::{DataArgs, OutArgs};
use crate::probe::Probe;

/// Write a film of the training: an animated PNG, in which the patterns of all layers grow side by side.
///
/// Browsers play it, and so do READMEs on GitHub. Every frame says after how many epochs it was taken, and the error on the test images. The frames are chosen from the run's
/// snapshots so that the picture changes evenly; the file has 2 MB at most unless that leaves fewer than 8 frames.
#[derive(Debug, clap::Args)]
#[command(mut_arg("out", |arg| {
    arg.help("The file to write [default: film.png in the run's folder, which is replaced]")
}))]
pub(crate) struct Args {
    /// The run.
    run: PathBuf,

    /// Film only this layer, counted from 0 at the input [default: all].
    #[arg(long, value_name = "K")]
    layer: Option<usize>,

    #[command(flatten)]
    order: OrderArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    out: OutArgs,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let run = SavedRun::find(&args.run)?;
    let path = args.out.file()?.unwrap_or_else(|| run.folder().join("film.png"));
    let snapshots = run.snapshots()?;
    check_snapshots(&snapshots, &args.run)?;
    let mut file = DatabaseFile::open(run.patterns())?;
    let layers = layers_chosen(args.layer, file.manifest.layers.len())?;
    let device = args.data.device.open()?;
    let probe = Probe::new(&run, &args.data, &run.load(&device)?, &device)?;
    let test = probe.batch(&probe.data.test);
    // The images given with --data may be others than those of the training.
    let own = run.config()?.filter(|_| args.data.data.is_none());
    let steps_per_epoch = own.and_then(|config| {
        let images = probe.data.train.count().checked_sub(config.data.validation)?;
        Some(images.div_ceil(config.training.batch_size))
    });
    let label = |snapshot: &Snapshot| -> Result<String, Error> {
        let when = match steps_per_epoch {
            Some(steps) => epochs(snapshot.step as f64 / steps as f64),
            None => format!("step {}", snapshot.step),
        };
        let stack = DatabaseFile::open(&snapshot.path)?.load(&device)?.stack;
        Ok(match Classifier::of(&stack) {
            Some(_) => when,
            None => {
                let error = evaluate(&stack, &test.states, &test.targets).error;
                format!("{when:<10}  test MSE {error:.4}")
            }
        })
    };
    let (arrangement, _) = args.order.arrangement(&mut file, &layers, printer)?;
    let bytes = film(&snapshots, &layers, arrangement.as_ref(), label)?;
    write_whole(&path, |out| out.write_all(&bytes)).map_err(at(&path))?;
    printer.data(&json!({ "run": args.run, "film": path, "bytes": bytes.len() }));
    let megabytes = bytes.len() as f64 / 1e6;
    printer.result(&format!("{} ({megabytes:.1} MB); open it in a browser", path.display()));
    Ok(())
}

/// `epoch 0.03`, `epoch 2.5`, `epoch 60`.
fn epochs(done: f64) -> String {
    let places = match done {
        0.0 => 0,
        ..0.95 => 2,
        ..9.5 => 1,
        _ => 0,
    };
    format!("epoch {done:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_as_exact_as_they_matter() {
        let texts = [0.0, 0.0127, 0.5, 1.0, 2.53, 17.2, 60.0].map(epochs);
        let numbers = texts.map(|text| text.replace("epoch ", ""));
        assert_eq!(numbers, ["0", "0.01", "0.50", "1.0", "2.5", "17", "60"]);
    }
}
