//! The folder of an experiment, written when everything is measured.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use hopfield_export::{ExportError, write_whole};
use hopfield_train::printer::Printer;
use serde_json::json;

use super::args::Common;
use super::curves::Curves;
use super::table::Table;
use crate::error::Error;

/// What an experiment found, to be written.
pub(crate) struct Results {
    folder: PathBuf,
    /// Ours alone, to be emptied.
    is_default: bool,
    experiment: &'static str,
    files: Vec<(String, Vec<u8>)>,
}

impl Results {
    /// Refuses a folder that the user named and that has something in it, before anything is measured.
    pub(crate) fn new(experiment: &'static str, common: &Common) -> Result<Self, Error> {
        let is_default = common.out.is_none();
        let default = || Path::new("runs/experiments").join(experiment);
        let folder = common.out.clone().unwrap_or_else(default);
        let is_used = fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
        if !is_default && is_used && !common.force {
            return Err(ExportError::Exists(folder).into());
        }
        Ok(Self { folder, is_default, experiment, files: Vec::new() })
    }

    pub(crate) fn add(&mut self, name: &str, content: impl Into<Vec<u8>>) {
        self.files.push((name.to_owned(), content.into()));
    }

    /// Adds curves, if there are any to draw.
    pub(crate) fn add_curves(
        &mut self,
        name: &str,
        curves: &Curves,
        table: &Table,
        lines: &[(String, Vec<usize>)],
    ) {
        if let Some(svg) = curves.draw(self.experiment, table, lines) {
            self.add(name, svg);
        }
    }

    /// Writes everything, with what was asked for, and prints the table.
    pub(crate) fn finish(
        mut self,
        table: &Table,
        patterns_sha256: &str,
        printer: &Printer,
    ) -> Result<(), Error> {
        let rows: Vec<String> = table
            .rows()
            .map(|row| serde_json::to_string(&row).expect("a row is plain data"))
            .collect();
        let asked = json!({
            "experiment": self.experiment,
            "command": std::env::args().collect::<Vec<_>>(),
            "version": env!("CARGO_PKG_VERSION"),
            "patterns_sha256": patterns_sha256,
        });
        let asked = serde_json::to_string_pretty(&asked).expect("it is plain data");
        self.add("experiment.json", asked + "\n");
        self.add("results.csv", table.csv());
        self.add("results.json", format!("[\n{}\n]\n", rows.join(",\n")));
        if self.is_default {
            match fs::remove_dir_all(&self.folder) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                removed => removed.map_err(Error::io(&self.folder))?,
            }
        }
        fs::create_dir_all(&self.folder).map_err(Error::io(&self.folder))?;
        for (name, content) in &self.files {
            let path = self.folder.join(name);
            write_whole(&path, |out| out.write_all(content)).map_err(Error::io(&path))?;
        }
        table.rows().for_each(|row| printer.data(&row));
        printer.result(&table.text());
        printer.result(&format!("\n{}", self.folder.display()));
        Ok(())
    }
}
