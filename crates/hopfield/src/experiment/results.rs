//! The folder of an experiment.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use hopfield_export::{ExportError, write_whole};
use hopfield_train::printer::Printer;

use super::args::Common;
use super::curves::Curves;
use super::table::Table;
use crate::error::Error;

/// Where an experiment writes what it found.
pub(crate) struct Results {
    folder: PathBuf,
    experiment: &'static str,
}

impl Results {
    /// Makes the folder; refuses one that the user named and that has results already.
    pub(crate) fn new(experiment: &'static str, common: &Common) -> Result<Self, Error> {
        let default = || Path::new("runs/experiments").join(experiment);
        let folder = common.out.clone().unwrap_or_else(default);
        let table = folder.join("results.csv");
        if common.out.is_some() && table.exists() && !common.force {
            return Err(ExportError::Exists(table).into());
        }
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        Ok(Self { folder, experiment })
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.folder.join(name);
        write_whole(&path, |out| out.write_all(bytes)).map_err(Error::io(&path))
    }

    /// Writes and prints the table, with its curves.
    pub(crate) fn table(
        &self,
        table: &Table,
        curves: &Curves,
        lines: &[(String, Vec<usize>)],
        printer: &Printer,
    ) -> Result<(), Error> {
        let rows: Vec<String> = table
            .rows()
            .map(|row| serde_json::to_string(&row).expect("a row is plain data"))
            .collect();
        self.write("results.csv", table.csv().as_bytes())?;
        self.write("results.json", format!("[\n{}\n]\n", rows.join(",\n")).as_bytes())?;
        if let Some(svg) = curves.draw(self.experiment, table, lines) {
            self.write("curves.svg", svg.as_bytes())?;
        }
        table.rows().for_each(|row| printer.data(&row));
        printer.result(&table.text());
        printer.result(&format!("\n{}", self.folder.display()));
        Ok(())
    }
}
