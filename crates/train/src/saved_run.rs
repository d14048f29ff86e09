//! What others wrote, to be read: a run folder, or the file of a pattern database.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hopfield_arrays::{HEAD, is_safetensors};
use hopfield_database::{DatabaseFile, PatternDatabase, Snapshot};
use sha2::{Digest, Sha256};

use crate::TrainError;
use crate::config::{Config, hex};
use crate::device;
use crate::run_folder::{CONFIG, EVOLUTION, LAST_CHECKPOINT, METRICS, PATTERNS};

/// A run that was trained or imported, finished or not; or only the file of a pattern database.
#[derive(Debug, Clone)]
pub struct SavedRun {
    /// As it was named.
    path: PathBuf,
    patterns: PathBuf,
}

impl SavedRun {
    /// The run in this folder, or the pattern database in this file.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn find(path: &Path) -> Result<Self, TrainError> {
        let there = fs::metadata(path).map_err(TrainError::io(path))?;
        if !there.is_dir() {
            let mut start = Vec::new();
            let read =
                File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut start));
            read.map_err(TrainError::io(path))?;
            if !is_safetensors(&start) {
                let problem = "not a pattern database, which is a safetensors file; `hopfield import` makes a run of other files";
                return Err(TrainError::RunFolder { path: path.into(), problem: problem.into() });
            }
            return Ok(Self { path: path.into(), patterns: path.into() });
        }
        let candidates = [PATTERNS, LAST_CHECKPOINT].map(|name| path.join(name));
        let patterns = candidates.into_iter().find(|file| file.exists());
        let problem = || TrainError::RunFolder {
            path: path.into(),
            problem: format!(
                "there is no {PATTERNS} in it; needed is the folder of a run, or a file with a pattern database \
                 (`hopfield import` makes one of other files)"
            ),
        };
        Ok(Self { path: path.into(), patterns: patterns.ok_or_else(problem)? })
    }

    /// Its folder: that of the file, if it is one.
    pub fn folder(&self) -> &Path {
        if self.path == self.patterns {
            self.path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."))
        } else {
            &self.path
        }
    }

    /// As it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file with its pattern database; that of the last checkpoint, if the run is not finished.
    pub fn patterns(&self) -> &Path {
        &self.patterns
    }

    /// Whether it is a file, of which no more is known.
    fn is_file(&self) -> bool {
        self.path == self.patterns
    }

    /// Its pattern database, on `device`.
    ///
    /// # Errors
    ///
    /// The file can't be read, or is none.
    pub fn load(&self, device: &Device) -> Result<PatternDatabase, TrainError> {
        Ok(DatabaseFile::open(&self.patterns)?.load(device)?)
    }

    /// SHA-256 of the file with its pattern database, in hexadecimal.
    ///
    /// # Errors
    ///
    /// The file can't be read.
    pub fn sha256(&self) -> Result<String, TrainError> {
        sha256(&self.patterns).map_err(TrainError::io(&self.patterns))
    }

    /// The config that it was trained with, if it was trained here.
    ///
    /// # Errors
    ///
    /// The config can't be read, or is none of this version.
    pub fn config(&self) -> Result<Option<Config>, TrainError> {
        let path = self.path.join(CONFIG);
        let Some(source) = self.text(&path)? else { return Ok(None) };
        // The device that it was trained on may not be here.
        let options = [("device", device::default()), ("devices", "[]")];
        Config::parse(&path, &source, &[], &options).map(Some).map_err(TrainError::Config)
    }

    /// The config as it is written.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub fn config_text(&self) -> Result<Option<String>, TrainError> {
        self.text(&self.path.join(CONFIG))
    }

    /// The lines of its metrics, one for each epoch.
    ///
    /// # Errors
    ///
    /// They can't be read, or a line is no JSON.
    pub fn metrics(&self) -> Result<Vec<serde_json::Value>, TrainError> {
        let path = self.path.join(METRICS);
        let text = self.text(&path)?.unwrap_or_default();
        // A run that is killed may leave half a line.
        let text = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let line = |(number, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|error| TrainError::RunFolder {
                path: path.clone(),
                problem: format!("line {}: {error}", number + 1),
            })
        };
        text.lines().enumerate().map(line).collect()
    }

    /// The snapshots of its training, from the first to the last.
    ///
    /// # Errors
    ///
    /// Their folder can't be read.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, TrainError> {
        let path = self.path.join(EVOLUTION);
        if self.is_file() || !path.exists() {
            return Ok(Vec::new());
        }
        let mut snapshots = Vec::new();
        for entry in fs::read_dir(&path).map_err(TrainError::io(&path))? {
            let entry = entry.map_err(TrainError::io(&path))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let step =
                name.strip_prefix("step-").and_then(|name| name.strip_suffix(".safetensors"));
            if let Some(step) = step.and_then(|step| step.parse().ok()) {
                snapshots.push(Snapshot { step, path: entry.path() });
            }
        }
        snapshots.sort_by_key(|snapshot| snapshot.step);
        Ok(snapshots)
    }

    fn text(&self, path: &Path) -> Result<Option<String>, TrainError> {
        if self.is_file() {
            return Ok(None);
        }
        match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some).map_err(TrainError::io(path)),
        }
    }
}

/// SHA-256 of a file, in hexadecimal.
///
/// # Errors
///
/// It can't be read.
pub fn sha256(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hex(&hash.finalize()))
}
