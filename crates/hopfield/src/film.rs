//! `hopfield film`: how the patterns of a run grew.

use std::io::Write;
use std::path::PathBuf;

use hopfield_arrays::write_whole;
use hopfield_database::{DatabaseFile, layers_chosen};
use hopfield_report::{check_snapshots, film};
use hopfield_train::SavedRun;
use hopfield_train::printer::Printer;
use serde_json::json;

use crate::arranged::OrderArgs;
use crate::error::{Error, at};
use crate::labels::labels;
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
    let label = labels(&run, &args.data, &probe, &device)?;
    let (arrangement, _) = args.order.arrangement(&mut file, &layers, printer)?;
    let bytes = film(&snapshots, &layers, arrangement.as_ref(), label)?;
    write_whole(&path, |out| out.write_all(&bytes)).map_err(at(&path))?;
    printer.data(&json!({ "run": args.run, "film": path, "bytes": bytes.len() }));
    let megabytes = bytes.len() as f64 / 1e6;
    printer.result(&format!("{} ({megabytes:.1} MB); open it in a browser", path.display()));
    Ok(())
}
