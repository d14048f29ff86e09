//! `hopfield export`: the pattern database in a format that other programs read.

use std::path::PathBuf;

use hopfield_report::{Export, Format};
use hopfield_train::printer::Printer;
use serde_json::json;

use crate::error::Error;
use crate::options::named;
use crate::probe::find;

/// Write the pattern database in a format that other programs read.
///
/// docs/pattern-database.md describes each format field by field.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run.
    run: PathBuf,

    /// The format: safetensors, npz, npy, csv, parquet, png or apng.
    #[arg(long, value_parser = format)]
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

fn format(text: &str) -> Result<Format, String> {
    named(text, &Format::ALL)
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let run = find(&args.run)?;
    let snapshots = run.snapshots()?;
    let export = Export {
        database: run.patterns(),
        snapshots: &snapshots,
        format: args.format,
        layer: args.layer,
        out: args.out.as_deref(),
        folder: run.folder(),
        overwrite: args.force,
    };
    let files: Vec<String> =
        export.write()?.iter().map(|path| path.display().to_string()).collect();
    printer.data(&json!({ "run": args.run, "files": files }));
    printer.result(&files.join("\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_names() {
        assert_eq!(format("npz"), Ok(Format::Npz));
        assert!(format("xls").unwrap_err().contains("safetensors, npz"));
    }
}
