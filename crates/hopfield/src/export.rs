//! `hopfield export`.

use hopfield_report::Export;
use hopfield_train::printer::Printer;
use serde_json::json;

use crate::cli::ExportArgs;
use crate::error::Error;
use crate::probe::find;

pub(crate) fn export(args: &ExportArgs, printer: &Printer) -> Result<(), Error> {
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
