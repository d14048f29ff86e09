//! Reads a run folder, or the file of a pattern database.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hopfield_export::Snapshot;
use hopfield_model::{Archive, PatternDatabase};
use sha2::{Digest, Sha256};

use crate::TrainError;
use crate::config::{Config, hex};
use crate::device;
use crate::run_folder::{self, CONFIG, LAST_CHECKPOINT, METRICS, PATTERNS};

/// A trained or imported run, finished or not, or just the file of a pattern database.
#[derive(Debug, Clone)]
pub struct SavedRun {
    /// The path that it was found by.
    path: PathBuf,
    patterns: PathBuf,
}

impl SavedRun {
    /// The run in this folder, or the pattern database in this file.
    ///
    /// # Errors
    ///
    /// There is neither.
    pub fn find(path: &Path) -> Result<Self, TrainError> {
        let there = fs::metadata(path).map_err(TrainError::io(path))?;
        if !there.is_dir() {
            let mut start = Vec::new();
            let read = File::open(path).and_then(|file| file.take(9).read_to_end(&mut start));
            read.map_err(TrainError::io(path))?;
            // A safetensors file starts with the length of its header, 8 bytes, then JSON.
            if start.get(8) != Some(&b'{') {
                let problem = "not a pattern database, which is a safetensors file; use `hopfield import` to make a run from other files";
                return Err(TrainError::RunFolder { path: path.into(), problem: problem.into() });
            }
            return Ok(Self { path: path.into(), patterns: path.into() });
        }
        let candidates = [PATTERNS, LAST_CHECKPOINT].map(|name| path.join(name));
        let patterns = candidates.into_iter().find(|file| file.exists());
        let problem = || TrainError::RunFolder {
            path: path.into(),
            problem: format!(
                "there is no {PATTERNS} in it; give the folder of a run, or a file with a pattern database \
                 (`hopfield import` makes one from other files)"
            ),
        };
        Ok(Self { path: path.into(), patterns: patterns.ok_or_else(problem)? })
    }

    /// Its folder; of a file, the folder that it is in.
    pub fn folder(&self) -> &Path {
        if self.path == self.patterns {
            self.path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."))
        } else {
            &self.path
        }
    }

    /// The path that it was found by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file with its pattern database; of an unfinished run, the last checkpoint.
    pub fn patterns(&self) -> &Path {
        &self.patterns
    }

    /// Whether it is just a file, without a run folder.
    fn is_file(&self) -> bool {
        self.path == self.patterns
    }

    /// Its pattern database, on `device`.
    ///
    /// # Errors
    ///
    /// The file can't be read, or is not a pattern database.
    pub fn load(&self, device: &Device) -> Result<PatternDatabase, TrainError> {
        let path = &self.patterns;
        let bytes = fs::read(path).map_err(TrainError::io(path))?;
        let database = Archive::from_bytes(&bytes)
            .and_then(|archive| PatternDatabase::from_archive(&archive, device));
        database.map_err(|source| TrainError::Checkpoint { path: path.clone(), source })
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
    /// The config can't be read, or is not one of this version.
    pub fn config(&self) -> Result<Option<Config>, TrainError> {
        let path = self.path.join(CONFIG);
        let Some(source) = self.text(&path)? else { return Ok(None) };
        // The device that it was trained on may not exist here.
        let options = [("device", device::default()), ("devices", "[]")];
        Config::parse(&path, &source, &[], &options).map(Some).map_err(TrainError::Config)
    }

    /// The text of its config.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub fn config_text(&self) -> Result<Option<String>, TrainError> {
        self.text(&self.path.join(CONFIG))
    }

    /// Its metrics, one value for each epoch.
    ///
    /// # Errors
    ///
    /// They can't be read, or a line is not JSON.
    pub fn metrics(&self) -> Result<Vec<serde_json::Value>, TrainError> {
        let path = self.path.join(METRICS);
        let text = self.text(&path)?.unwrap_or_default();
        // A run that was killed may have left half a line.
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
        if self.is_file() { Ok(Vec::new()) } else { run_folder::snapshots(&self.path) }
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
