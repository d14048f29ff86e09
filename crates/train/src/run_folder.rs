//! The folder of a run: what is in it, and how it is written so that no file is ever incomplete.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use hopfield_arrays::{TEMPORARY, is_foreign};
use hopfield_database::Snapshot;
use serde::Serialize;
use toml::Table;

use crate::TrainError;
use crate::config::{Config, flattened};
use crate::places::PLACES;

/// Why a run needs no training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unneeded {
    /// It has ended already.
    Finished,
    /// Another process is training it.
    Busy,
}

/// A run folder that exists and can be written.
#[derive(Debug)]
pub(crate) struct RunFolder {
    pub(crate) path: PathBuf,
    /// Locked while this process writes into the folder, and signed with its number; the system unlocks it when the process ends.
    lock: File,
}

pub(crate) const CONFIG: &str = "config.toml";
const VERSIONS: &str = "versions.json";
pub(crate) const METRICS: &str = "metrics.jsonl";
pub(crate) const LOCK: &str = ".lock";
/// The checkpoint that a run is resumed from.
pub(crate) const LAST_CHECKPOINT: &str = "checkpoints/last.safetensors";
/// The snapshots of the training.
const EVOLUTION: &str = "evolution";
/// What was measured at the end; written last.
pub(crate) const RESULTS: &str = "results.json";
/// The learned pattern database.
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
        check_free(path)?;
        fs::create_dir_all(path).map_err(TrainError::io(path))?;
        Self::locked(path)?.begin(config, versions)
    }

    /// Whether there is a run.
    pub(crate) fn is_there(path: &Path) -> bool {
        path.join(CONFIG).exists()
    }

    /// Why the run in the folder, if there is one, needs no training.
    ///
    /// # Errors
    ///
    /// There is one with another config, or the folder can't be read.
    pub(crate) fn unneeded(path: &Path, config: &Config) -> Result<Option<Unneeded>, TrainError> {
        let Some(saved) = read_if_there(&path.join(CONFIG))? else { return Ok(None) };
        let has_ended = path.join(RESULTS).exists();
        check_same(path, &saved, &config.to_toml(), if has_ended { &[] } else { &PLACES })?;
        if has_ended {
            return Ok(Some(Unneeded::Finished));
        }
        Ok(lock(path)?.is_none().then_some(Unneeded::Busy))
    }

    /// Makes the folder for a new run, or opens that of a run that needs training.
    ///
    /// # Errors
    ///
    /// It holds something else, or can't be written.
    pub(crate) fn reuse(
        path: &Path,
        config: &Config,
        versions: &impl Serialize,
    ) -> Result<Result<Self, Unneeded>, TrainError> {
        if !Self::is_there(path) {
            let free = check_free(path);
            // Another process may have begun the run since we looked.
            if !Self::is_there(path) {
                free?;
            }
            fs::create_dir_all(path).map_err(TrainError::io(path))?;
        }
        let Some(lock) = lock(path)? else { return Ok(Err(Unneeded::Busy)) };
        let folder = Self { path: path.into(), lock };
        // From here on, no other process begins or ends the run.
        let opened = match read_if_there(&path.join(CONFIG))? {
            None => folder.begin(config, versions)?,
            Some(_) if path.join(RESULTS).exists() => return Ok(Err(Unneeded::Finished)),
            Some(saved) => folder.go_on(&saved, config, versions)?,
        };
        Ok(Ok(opened))
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
        Self::locked(path)?.go_on(&saved, config, versions)
    }

    /// The folder, which no other process may be training into.
    fn locked(path: &Path) -> Result<Self, TrainError> {
        let lock = lock(path)?.ok_or_else(|| {
            let problem = "another process is training into it; wait for it, or choose another folder with --run DIR";
            TrainError::at(path, problem)
        })?;
        Ok(Self { path: path.into(), lock })
    }

    fn begin(self, config: &Config, versions: &impl Serialize) -> Result<Self, TrainError> {
        self.write(CONFIG, config.to_toml().as_bytes())?;
        self.prepare(versions)
    }

    /// The process that trained into the folder last, or does so now.
    pub(crate) fn trained_by(path: &Path) -> Option<u32> {
        read_if_there(&path.join(LOCK)).ok()??.trim().parse().ok()
    }

    /// `saved`: the text of the run's config.
    fn go_on(
        self,
        saved: &str,
        config: &Config,
        versions: &impl Serialize,
    ) -> Result<Self, TrainError> {
        let now = config.to_toml();
        check_same(&self.path, saved, &now, &PLACES)?;
        self.check_checkpoint()?;
        // Without a checkpoint the run begins anew, with what lies where it is asked for now.
        if saved != now && !self.last_checkpoint().exists() {
            self.write(CONFIG, now.as_bytes())?;
        }
        self.prepare(versions)
    }

    /// Makes the rest of what a run needs, which a resumed run may lack, and records the versions.
    fn prepare(self, versions: &impl Serialize) -> Result<Self, TrainError> {
        let sign = || {
            self.lock.set_len(0)?;
            (&self.lock).write_all(std::process::id().to_string().as_bytes())
        };
        let signed = sign();
        signed.map_err(TrainError::io(&self.path.join(LOCK)))?;
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

/// The lines of a run's metrics.
///
/// # Errors
///
/// They can't be read, or a line is not JSON.
pub(crate) fn metrics(run: &Path) -> Result<Vec<serde_json::Value>, TrainError> {
    let path = run.join(METRICS);
    let text = read_if_there(&path)?.unwrap_or_default();
    // A run that was killed may have left half a line.
    let text = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let line = |(number, line): (usize, &str)| {
        let read = serde_json::from_str(line);
        read.map_err(|error| TrainError::at(&path, format!("line {}: {error}", number + 1)))
    };
    text.lines().enumerate().map(line).collect()
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

/// A new run needs a folder that holds nothing.
fn check_free(path: &Path) -> Result<(), TrainError> {
    // A run that was killed right at the start may have left its lock, which is hidden, and the temporary file of its config.
    let counts = |entry: &fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        !is_foreign(&name) && !name.ends_with(TEMPORARY)
    };
    let is_free = match fs::read_dir(path) {
        Ok(entries) => entries.flatten().filter(counts).count() == 0,
        Err(_) => !path.exists(),
    };
    let problem = if path.join(CONFIG).exists() {
        "there is a run already; continue it with --resume, or choose another folder with --run DIR"
    } else {
        "it exists and is not a run; choose another folder with --run DIR"
    };
    if is_free { Ok(()) } else { Err(TrainError::at(path, problem)) }
}

/// A run goes on with the config that it has, but for settings that may differ. Both configs are texts.
fn check_same(path: &Path, saved: &str, now: &str, may_differ: &[&str]) -> Result<(), TrainError> {
    let [of_run, asked_for] = [saved, now].map(|text| {
        let settings = text.parse().map_or(Vec::new(), |table: Table| flattened(&table));
        let settings = settings.into_iter().filter(|(key, _)| !may_differ.contains(&&**key));
        settings.map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>()
    });
    if of_run == asked_for {
        return Ok(());
    }
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
    Err(TrainError::at(path, problem))
}

/// Locks a folder, so that no other process trains into it; none: another process does.
fn lock(path: &Path) -> Result<Option<File>, TrainError> {
    let file = path.join(LOCK);
    // It names the process that has locked it, which may be another.
    let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&file);
    let lock = lock.map_err(TrainError::io(&file))?;
    let tried = match lock.try_lock() {
        // Somebody may just have looked whether it is locked.
        Err(TryLockError::WouldBlock) => {
            thread::sleep(Duration::from_millis(20));
            lock.try_lock()
        }
        tried => tried,
    };
    match tried {
        Err(TryLockError::WouldBlock) => Ok(None),
        // Some file systems have no locks. Train anyway.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(lock)),
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
