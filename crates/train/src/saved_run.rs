//! Reads a run folder, or the file of a pattern database.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hopfield_arrays::{FileKind, HEAD, is_safetensors};
use hopfield_database::{DatabaseFile, PatternDatabase, Snapshot};
use sha2::{Digest, Sha256};

use crate::TrainError;
use crate::config::Config;
use crate::device;
use crate::run_folder::{self, CONFIG, LAST_CHECKPOINT, PATTERNS};

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
            let read =
                File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut start));
            read.map_err(TrainError::io(path))?;
            if !is_safetensors(&start) {
                let needed = "a pattern database, which is a safetensors file";
                let problem = FileKind::of(&start).instead_of(needed)
                    + " (`hopfield import` makes one from npy, npz and PyTorch files)";
                return Err(TrainError::at(path, problem));
            }
            return Ok(Self { path: path.into(), patterns: path.into() });
        }
        let mut candidates = [PATTERNS, LAST_CHECKPOINT].map(|name| path.join(name)).into_iter();
        let Some(patterns) = candidates.find(|file| file.exists()) else {
            let problem = format!(
                "there is no {PATTERNS} in it; give the folder of a run, or a file with a pattern database \
                 (`hopfield import` makes one from other files)"
            );
            return Err(TrainError::at(path, problem));
        };
        Ok(Self { path: path.into(), patterns })
    }

    /// Its folder; of a file, the folder that it is in.
    pub fn folder(&self) -> &Path {
        if self.is_file() {
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
        Ok(DatabaseFile::open(&self.patterns)?.load(device)?)
    }

    /// Its pattern database, and the SHA-256 of the file, in hexadecimal; the file is read once.
    pub(crate) fn load_hashed(
        &self,
        device: &Device,
    ) -> Result<(PatternDatabase, String), TrainError> {
        let content = fs::read(&self.patterns).map_err(TrainError::io(&self.patterns))?;
        let sha256 = format!("{:x}", Sha256::digest(&content));
        Ok((DatabaseFile::from_bytes(&self.patterns, content)?.load(device)?, sha256))
    }

    /// The config that it was trained with, if it was trained here.
    ///
    /// # Errors
    ///
    /// The config can't be read, or is not one of this version.
    pub fn config(&self) -> Result<Option<Config>, TrainError> {
        let Some(source) = self.config_text()? else { return Ok(None) };
        // The device that it was trained on may not exist here.
        let options = [("device", device::default()), ("devices", "[]")];
        let config = Config::parse(&self.path.join(CONFIG), &source, &[], &options);
        config.map(Some).map_err(TrainError::Config)
    }

    /// The text of its config.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub fn config_text(&self) -> Result<Option<String>, TrainError> {
        self.text(CONFIG)
    }

    /// Its metrics, one value for each epoch.
    ///
    /// # Errors
    ///
    /// They can't be read, or a line is not JSON.
    pub fn metrics(&self) -> Result<Vec<serde_json::Value>, TrainError> {
        if self.is_file() { Ok(Vec::new()) } else { run_folder::metrics(&self.path) }
    }

    /// The snapshots of its training, from the first to the last.
    ///
    /// # Errors
    ///
    /// Their folder can't be read.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, TrainError> {
        if self.is_file() { Ok(Vec::new()) } else { run_folder::snapshots(&self.path) }
    }

    /// A file of its folder, if there is one.
    fn text(&self, name: &str) -> Result<Option<String>, TrainError> {
        if self.is_file() { Ok(None) } else { run_folder::read_if_there(&self.path.join(name)) }
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
    Ok(format!("{:x}", hash.finalize()))
}
