//! What a run folder says about its run, and whether the run has ended.

use std::fs::File;
use std::path::Path;

use serde_json::Value;

use crate::TrainError;
use crate::config::flattened;
use crate::run_folder::{CONFIG, LOCK, METRICS, PATTERNS, RESULTS, metrics, read_if_there};

/// What a run folder says about its run.
#[derive(Debug)]
pub struct RunRecord {
    /// Its config with all defaults: a value for each full key, such as `layers.0.patterns`.
    pub settings: Vec<(String, Value)>,
    /// Its metrics, one value for each epoch.
    pub metrics: Vec<Value>,
    /// What was measured at the end; null before.
    pub results: Value,
    /// Whether it has ended.
    pub state: RunState,
}

/// Whether a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Its results are written.
    Finished,
    /// A process is training it, here or on another machine with the same file system.
    Training,
    /// It was interrupted or killed, or it failed.
    Unfinished,
}

impl RunState {
    /// Its name: `finished`, `training` or `unfinished`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Training => "training",
            Self::Unfinished => "unfinished",
        }
    }
}

impl RunRecord {
    /// Whether there is a run in this folder.
    pub fn is_one(folder: &Path) -> bool {
        folder.join(CONFIG).is_file() && folder.join(METRICS).is_file()
    }

    /// The record of the run in this folder.
    ///
    /// # Errors
    ///
    /// There is no run, or a file can't be read.
    pub fn read(folder: &Path) -> Result<Self, TrainError> {
        let missing =
            || TrainError::at(folder, format!("there is no {CONFIG} in it, so it is no run"));
        let path = folder.join(CONFIG);
        let config: toml::Table = read_if_there(&path)?
            .ok_or_else(missing)?
            .parse()
            .map_err(|error: toml::de::Error| TrainError::at(&path, error.message()))?;
        let settings = flattened(&config).into_iter().map(|(key, value)| {
            let value = serde_json::to_value(value);
            (key, value.unwrap_or_default())
        });
        let settings: Vec<(String, Value)> = settings.collect();
        let path = folder.join(RESULTS);
        let results = match read_if_there(&path)? {
            Some(text) => {
                let read = serde_json::from_str(&text);
                read.map_err(|error| TrainError::at(&path, error))?
            }
            None => Value::Null,
        };
        let metrics = metrics(folder)?;
        // Earlier versions wrote no results.
        let has_ended =
            || folder.join(PATTERNS).exists() && metrics.len() as u64 >= epochs(&settings);
        let state = match results {
            Value::Null if is_locked(folder) => RunState::Training,
            Value::Null if !has_ended() => RunState::Unfinished,
            _ => RunState::Finished,
        };
        Ok(Self { settings, metrics, results, state })
    }
}

/// The epochs that the config asks for.
fn epochs(settings: &[(String, Value)]) -> u64 {
    let epochs = settings.iter().find(|(key, _)| key == "training.epochs");
    epochs.and_then(|(_, epochs)| epochs.as_u64()).unwrap_or(u64::MAX)
}

/// Whether another process holds the lock of a run folder. The shared lock is given back at once.
fn is_locked(folder: &Path) -> bool {
    let lock = File::open(folder.join(LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
}
