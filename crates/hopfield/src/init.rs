//! `hopfield init`: writes the shipped configs.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use hopfield_arrays::write_whole;
use hopfield_train::printer::Printer;
use hopfield_train::shipped::{SCHEMA, SHIPPED};
use serde_json::json;

use crate::error::{Error, at};

/// Write the configs that come with the program into a folder, to be changed there, with a JSON Schema for editors.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder.
    #[arg(default_value = "configs")]
    folder: PathBuf,

    /// Replace files that exist.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let folder = &args.folder;
    let configs = SHIPPED.iter().map(|config| (format!("{}.toml", config.name), config.text));
    let files: Vec<_> = configs.chain([("schema.json".to_owned(), SCHEMA)]).collect();
    let paths = || files.iter().map(|(name, _)| folder.join(name));
    if let Some(there) = paths().find(|path| path.exists() && !args.force) {
        let problem = "it exists; choose another folder, or replace all of them with --force";
        return Err(format!("{}: {problem}", there.display()).into());
    }
    fs::create_dir_all(folder).map_err(at(folder))?;
    for (path, (_, text)) in paths().zip(&files) {
        write_whole(&path, |file| file.write_all(text.as_bytes())).map_err(at(&path))?;
    }
    printer.data(&json!({ "files": paths().collect::<Vec<_>>() }));
    let (count, folder) = (SHIPPED.len(), folder.display());
    printer.result(&format!(
        "{folder}: {count} configs; `hopfield train {folder}/digits.toml` trains the first"
    ));
    Ok(())
}
