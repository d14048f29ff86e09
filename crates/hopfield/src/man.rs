//! `hopfield man`: writes the manual pages.

use std::fs;
use std::path::PathBuf;

use hopfield_train::printer::Printer;

use crate::error::{Error, at};

/// Write the manual pages, one for each command: hopfield.1, hopfield-train.1 and so on.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder, such as ~/.local/share/man/man1; pages that exist are replaced.
    folder: PathBuf,
}

/// `program`: what the pages describe.
pub(crate) fn run(args: &Args, program: clap::Command, printer: &Printer) -> Result<(), Error> {
    let folder = &args.folder;
    fs::create_dir_all(folder).map_err(at(folder))?;
    clap_mangen::generate_to(program, folder).map_err(at(folder))?;
    printer.result(&format!("{}: `man {0}/hopfield.1` shows the first", folder.display()));
    Ok(())
}
