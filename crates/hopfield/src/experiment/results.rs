//! The folder of an experiment, written when everything is measured.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use hopfield_arrays::write_whole;
use hopfield_database::ExportError;
use hopfield_train::printer::Printer;
use serde::{Deserialize, Serialize};

use super::args::Common;
use super::curves::Curves;
use super::table::Table;
use crate::error::Error;

const ABOUT: &str = "experiment.json";

/// What `experiment.json` says.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    experiment: String,
    command: Vec<String>,
    version: String,
    data_sha256: Option<String>,
    files: Vec<String>,
}

/// What an experiment found, to be written.
pub(crate) struct Results {
    folder: PathBuf,
    experiment: &'static str,
    files: Vec<(String, Vec<u8>)>,
}

impl Results {
    /// Refuses a folder that the user named and that has something in it, before anything is measured.
    pub(crate) fn new(experiment: &'static str, common: &Common) -> Result<Self, Error> {
        let default = || Path::new("runs/experiments").join(experiment);
        let folder = common.out.clone().unwrap_or_else(default);
        let is_used = fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
        if common.out.is_some() && is_used && !common.force {
            return Err(ExportError::Exists(folder).into());
        }
        Ok(Self { folder, experiment, files: Vec::new() })
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
        data_sha256: Option<&str>,
        printer: &Printer,
    ) -> Result<(), Error> {
        let rows: Vec<String> = table
            .rows()
            .map(|row| serde_json::to_string(&row).expect("a row is plain data"))
            .collect();
        self.add("results.csv", table.csv());
        self.add("results.json", format!("[\n{}\n]\n", rows.join(",\n")));
        let typed = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        let about = About {
            experiment: self.experiment.to_owned(),
            command: typed.collect(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_sha256: data_sha256.map(str::to_owned),
            files: self.files.iter().map(|(name, _)| name.clone()).collect(),
        };
        let json = serde_json::to_string_pretty(&about).expect("it is plain data");
        self.add(ABOUT, json + "\n");
        fs::create_dir_all(&self.folder).map_err(Error::io(&self.folder))?;
        let before = self.files_before();
        for (name, content) in &self.files {
            let path = self.folder.join(name);
            write_whole(&path, |out| out.write_all(content)).map_err(Error::io(&path))?;
        }
        // An old curve beside a new table would mislead.
        for name in before.iter().filter(|name| !about.files.contains(name)) {
            let path = self.folder.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                removed => removed.map_err(Error::io(&path))?,
            }
        }
        table.rows().for_each(|row| printer.data(&row));
        printer.result(&table.text());
        printer.result(&format!("\n{}", self.folder.display()));
        Ok(())
    }

    /// What an experiment before wrote into the folder.
    fn files_before(&self) -> Vec<String> {
        let json = fs::read(self.folder.join(ABOUT)).unwrap_or_default();
        let about: Option<About> = serde_json::from_slice(&json).ok();
        let mut files = about.map_or(Vec::new(), |about| about.files);
        files.retain(|name| Path::new(name).components().count() == 1 && !name.starts_with('.'));
        files
    }
}
