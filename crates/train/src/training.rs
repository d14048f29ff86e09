//! A training run, from the config to the run folder.

mod compared;
mod data;
mod epoch_end;
mod redraw;
mod reseed;
mod results;
mod run;
mod snapshots;
mod start;
mod trainer;

use std::fs;
use std::path::{Path, PathBuf};

use hopfield_arrays::{FileKind, HEAD};
use hopfield_data::InMemory;

use crate::TrainError;
use crate::config::Config;
use crate::interrupt::Interrupt;
use crate::printer::Printer;
use crate::run_folder::{RunFolder, Unneeded};
use run::Run;
use trainer::Trainer;

pub(crate) use compared::Compared;
pub use trainer::Outcome;

/// The text of the config at `path`.
///
/// # Errors
///
/// It can't be read, or is no text.
pub fn config_text(path: &Path) -> Result<String, TrainError> {
    const NEEDED: &str = "a config, which is a text in UTF-8";
    if path.is_dir() {
        return Err(TrainError::at(path, format!("it is a folder; needed is {NEEDED}")));
    }
    let content = fs::read(path).map_err(TrainError::io(path))?;
    String::from_utf8(content).map_err(|error| {
        let head = error.as_bytes().iter().take(HEAD).copied().collect::<Vec<_>>();
        TrainError::at(path, FileKind::of(&head).instead_of(NEEDED))
    })
}

/// A training job: a config, a run folder, and rows if they are in memory.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its settings.
    pub config: Config,
    /// Its run folder.
    pub folder: PathBuf,
    /// What to do with a run that the folder has.
    pub existing: Existing,
    rows: Option<InMemory>,
}

/// What to do with a run that the folder has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// There must be none yet.
    Refuse,
    /// Continue it; there must be one.
    Resume,
    /// Continue it, if it is there, has not ended, and no other process is training it; otherwise begin it, or leave it alone.
    Reuse,
}

impl Job {
    /// A training on the rows that the config names.
    pub fn new(config: Config, folder: PathBuf, existing: Existing) -> Self {
        Self { config, folder, existing, rows: None }
    }

    /// Trains on rows in memory, in place of those that the config names.
    ///
    /// # Errors
    ///
    /// The config names files of labels or of test rows.
    pub fn on(mut self, rows: InMemory) -> Result<Self, TrainError> {
        self.config.data = self.config.data.in_memory(&rows).map_err(TrainError::Unfit)?;
        Ok(Self { rows: Some(rows), ..self })
    }

    /// Why this job has nothing to do if it [reuses](Existing::Reuse) its folder; none: it has.
    ///
    /// # Errors
    ///
    /// The folder has a run with another config, or can't be read.
    pub fn unneeded(&self) -> Result<Option<Unneeded>, TrainError> {
        RunFolder::unneeded(&self.folder, &self.config)
    }

    /// The process that trained the run last, or does so now.
    pub fn trained_by(&self) -> Option<u32> {
        RunFolder::trained_by(&self.folder)
    }

    /// Trains until the end or until `interrupt` asks to stop.
    ///
    /// # Errors
    ///
    /// See [`TrainError`]; what has been written until then stays.
    pub fn run(&self, printer: &Printer, interrupt: &Interrupt) -> Result<Outcome, TrainError> {
        let Self { config, folder: path, existing, rows } = self;
        if *existing == Existing::Reuse
            && let Some(unneeded) = self.unneeded()?
        {
            return Ok(unneeded.into());
        }
        let run = Run::new(config, rows.as_ref(), printer)?;

        let versions = run.provenance.versions.clone();
        // Whatever is wrong with the config or the data is found before a folder is made.
        let is_new = *existing != Existing::Resume && !RunFolder::is_there(path);
        let new = is_new.then(|| run.start()).transpose()?;
        let folder = match existing {
            Existing::Refuse => RunFolder::create(path, config, &versions)?,
            Existing::Resume => RunFolder::reopen(path, config, &versions)?,
            Existing::Reuse => match RunFolder::reuse(path, config, &versions)? {
                Ok(folder) => folder,
                Err(unneeded) => return Ok(unneeded.into()),
            },
        };
        let state = match (run.resume(&folder.last_checkpoint())?, new) {
            (Some(state), _) | (None, Some(state)) => state,
            (None, None) => run.start()?,
        };
        folder.keep_metrics(state.progress.epochs)?;
        printer.note(&format!("{}; run folder {}", run.describe(), folder.path.display()));
        interrupt.training_begins();
        Trainer::new(&run, &folder, state).train(interrupt)
    }
}
