//! The folder of a run: what is in it, and how it is written so that no file is ever incomplete.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use hopfield_arrays::{TEMPORARY, is_foreign};
use hopfield_database::Snapshot;
use serde::Serialize;
use toml::{Table, Value};

use crate::TrainError;
use crate::config::{Config, join};
use crate::places::PLACES;

/// A run folder that exists and can be written.
#[derive(Debug)]
pub(crate) struct RunFolder {
    pub(crate) path: PathBuf,
    /// Locked while this process writes into the folder; the system unlocks it when the process ends.
    _lock: File,
}

pub(crate) const CONFIG: &str = "config.toml";
const VERSIONS: &str = "versions.json";
pub(crate) const METRICS: &str = "metrics.jsonl";
const LOCK: &str = ".lock";
/// The checkpoint that a run is resumed from.
pub(crate) const LAST_CHECKPOINT: &str = "checkpoints/last.safetensors";
/// The snapshots of the training.
const EVOLUTION: &str = "evolution";
/// The learned pattern database, written last.
pub(crate) const PATTERNS: &str = "patterns.safetensors";

impl RunFolder {
    /// Makes the folder for a new run.
    ///
    /// # Errors
    ///
    /// It holds something already, or can't be written.
    pub(crate) fn create(
        path: &Path,
        config: &Config,
        versions: &impl Serialize,
    ) -> Result<Self, TrainError> {
        // A run that was killed right at the start may have left its lock, which is hidden, and the temporary file of its config.
        let counts = |entry: &fs::DirEntry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            !is_foreign(&name) && !name.ends_with(TEMPORARY)
        };
        let is_free = match fs::read_dir(path) {
            Ok(entries) => entries.flatten().filter(counts).count() == 0,
            Err(_) => !path.exists(),
        };
        if !is_free {
            let problem = if path.join(CONFIG).exists() {
                "there is a run already; continue it with --resume, or choose another folder with --run DIR"
            } else {
                "it exists and is not a run; choose another folder with --run DIR"
            };
            return Err(TrainError::at(path, problem));
        }
        fs::create_dir_all(path).map_err(TrainError::io(path))?;
        let folder = Self { path: path.into(), _lock: lock(path)? };
        folder.write(CONFIG, config.to_toml().as_bytes())?;
        folder.prepare(versions)
    }

    /// Opens the folder of a run that is resumed with `config`.
    ///
    /// # Errors
    ///
    /// There is no run in it, or one with another config. Where the images and the patterns of `init_from` lie may differ.
    pub(crate) fn reopen(
        path: &Path,
        config: &Config,
        versions: &impl Serialize,
    ) -> Result<Self, TrainError> {
        let Some(saved) = read_if_there(&path.join(CONFIG))? else {
            // A run that was killed before it had written its config has nothing but its lock.
            if path.join(LOCK).exists() {
                return Self::create(path, config, versions);
            }
            return Err(TrainError::at(
                path,
                "there is no run to resume; start it without --resume",
            ));
        };
        let now = config.to_toml();
        let [of_run, asked_for] = [&saved, &now].map(|text| {
            text.parse().map_or(Vec::new(), |table: Table| settings("", &table.into()))
        });
        if of_run != asked_for {
            let only = |these: &[String], those: &[String]| {
                let only = these.iter().filter(|line| !those.contains(line)).cloned();
                only.collect::<Vec<_>>().join(", ")
            };
            let problem = format!(
                "the run has another config ({}) than asked for now ({}); resume with the same settings, \
                 or start a new run with --run DIR",
                only(&of_run, &asked_for),
                only(&asked_for, &of_run),
            );
            return Err(TrainError::at(path, problem));
        }
        let folder = Self { path: path.into(), _lock: lock(path)? };
        folder.check_checkpoint()?;
        // Without a checkpoint the run begins anew, with what lies where it is asked for now.
        if saved != now && !folder.last_checkpoint().exists() {
            folder.write(CONFIG, now.as_bytes())?;
        }
        folder.prepare(versions)
    }

    /// Makes the rest of what a run needs, which a resumed run may lack, and records the versions.
    fn prepare(self, versions: &impl Serialize) -> Result<Self, TrainError> {
        for folder in ["checkpoints", EVOLUTION].map(|name| self.path.join(name)) {
            fs::create_dir_all(&folder).map_err(TrainError::io(&folder))?;
        }
        let versions = serde_json::to_string_pretty(versions).expect("versions are plain data");
        self.write(VERSIONS, versions.as_bytes())?;
        Ok(self)
    }

    /// A run that was killed before its first checkpoint has at most one line of metrics; otherwise there must be one.
    fn check_checkpoint(&self) -> Result<(), TrainError> {
        let checkpoint = self.last_checkpoint();
        let metrics = read_if_there(&self.path.join(METRICS))?.unwrap_or_default();
        let at_the_start = !self.path.join(PATTERNS).exists() && metrics.lines().count() <= 1;
        if checkpoint.exists() || at_the_start {
            return Ok(());
        }
        let problem =
            "the run's checkpoint is gone, so it can't be resumed; start a new run with --run DIR";
        Err(TrainError::at(&checkpoint, problem))
    }

    /// The checkpoint that the run is resumed from.
    pub(crate) fn last_checkpoint(&self) -> PathBuf {
        self.path.join(LAST_CHECKPOINT)
    }

    /// The checkpoint with the lowest test error.
    pub(crate) fn best_checkpoint(&self) -> PathBuf {
        self.path.join("checkpoints/best.safetensors")
    }

    /// The snapshot after so many steps.
    pub(crate) fn snapshot(&self, step: u64) -> PathBuf {
        self.path.join(EVOLUTION).join(format!("step-{step:08}.safetensors"))
    }

    /// Writes a file in the folder, completely or not at all.
    ///
    /// # Errors
    ///
    /// The operating system refuses.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), TrainError> {
        write_whole(&self.path.join(name), bytes)
    }

    /// Adds a line to `metrics.jsonl`.
    ///
    /// # Errors
    ///
    /// The operating system refuses.
    pub(crate) fn add_metrics(&self, line: &str) -> Result<(), TrainError> {
        let path = self.path.join(METRICS);
        let file = OpenOptions::new().append(true).create(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
        written.map_err(TrainError::io(&path))
    }

    /// Keeps only the first `epochs` lines of `metrics.jsonl`: a run that was killed may have written the line of an epoch
    /// that will be repeated.
    ///
    /// # Errors
    ///
    /// The operating system refuses.
    pub(crate) fn keep_metrics(&self, epochs: u64) -> Result<(), TrainError> {
        let path = self.path.join(METRICS);
        let metrics = read_if_there(&path)?.unwrap_or_default();
        let lines = metrics.split_inclusive('\n').take(epochs as usize);
        self.write(METRICS, lines.collect::<String>().as_bytes())
    }
}

/// The snapshots in the folder of a run, from the first to the last.
///
/// # Errors
///
/// Their folder can't be read.
pub(crate) fn snapshots(run: &Path) -> Result<Vec<Snapshot>, TrainError> {
    let path = run.join(EVOLUTION);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let mut snapshots = Vec::new();
    for entry in fs::read_dir(&path).map_err(TrainError::io(&path))? {
        let entry = entry.map_err(TrainError::io(&path))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let step = name.strip_prefix("step-").and_then(|name| name.strip_suffix(".safetensors"));
        if let Some(step) = step.and_then(|step| step.parse().ok()) {
            snapshots.push(Snapshot { step, path: entry.path() });
        }
    }
    snapshots.sort_by_key(|snapshot| snapshot.step);
    Ok(snapshots)
}

/// Locks a folder, so that no other process trains into it.
fn lock(path: &Path) -> Result<File, TrainError> {
    let file = path.join(LOCK);
    let lock = File::create(&file).map_err(TrainError::io(&file))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(TrainError::at(
            path,
            "another process is training into it; wait for it, or choose another folder with --run DIR",
        )),
        // Some file systems have no locks. Train anyway.
        Err(TryLockError::Error(_)) => Ok(lock),
    }
}

/// The settings in `value`, one `key = value` each, with the full key; without those that name places.
fn settings(key: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Table(table) => {
            table.iter().flat_map(|(name, value)| settings(&join(key, name), value)).collect()
        }
        Value::Array(items) if items.iter().all(Value::is_table) => {
            let items = items.iter().enumerate();
            items.flat_map(|(index, item)| settings(&join(key, &index.to_string()), item)).collect()
        }
        _ if PLACES.contains(&key) => Vec::new(),
        value => vec![format!("{key} = {value}")],
    }
}

/// The text of a file, if there is one.
///
/// # Errors
///
/// It can't be read.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<String>, TrainError> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(TrainError::io(path)),
    }
}

/// Writes a file, completely or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    hopfield_arrays::write_whole(path, |out| out.write_all(bytes)).map_err(TrainError::io(path))
}
