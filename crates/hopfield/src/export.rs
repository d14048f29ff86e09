//! `hopfield export`: the pattern database in a format that other programs read.

use std::path::PathBuf;

use hopfield_database::{DatabaseFile, Export};
use hopfield_report::Format;
use hopfield_train::SavedRun;
use hopfield_train::printer::Printer;
use serde_json::json;

use crate::error::Error;

/// Write the pattern database in a format that other programs read.
///
/// docs/pattern-database.md describes each format field by field.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run.
    run: PathBuf,

    #[arg(long, help = format!("The format: {}", Format::ALL.map(Format::name).join(", ")))]
    format: Format,

    /// Export only this layer, counted from 0 at the input [default: all].
    #[arg(long, value_name = "K")]
    layer: Option<usize>,

    /// The file to write, or a folder if there are several files [default: in the run's folder].
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,

    /// Replace existing files.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let run = SavedRun::find(&args.run)?;
    let snapshots = run.snapshots()?;
    let export = Export {
        snapshots: &snapshots,
        format: args.format.exporter(),
        layer: args.layer,
        out: args.out.as_deref(),
        folder: run.folder(),
        overwrite: args.force,
    };
    let files = export.write(&mut DatabaseFile::open(run.patterns())?)?;
    let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    printer.data(&json!({ "run": args.run, "files": files }));
    printer.result(&files.join("\n"));
    Ok(())
}
