//! Which runs are meant.

use std::fs;
use std::path::{Path, PathBuf};

use hopfield_train::RunRecord;

use crate::error::{Error, at};

/// Runs may lie so many folders below the one that is given.
const DEPTH: usize = 4;

/// The folders of the runs that these arguments mean, each once: a run, a folder with runs in it, or a pattern such as `runs/*`.
///
/// # Errors
///
/// One means no run.
pub(super) fn runs(arguments: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut found: Vec<PathBuf> = Vec::new();
    for argument in arguments {
        let paths = match argument.exists() {
            true => vec![argument.clone()],
            false => matching(argument)?,
        };
        let before = found.len();
        for path in &paths {
            within(path, DEPTH, &mut found)?;
        }
        if found.len() == before {
            let problem = "no run is there; allowed: the folder of a run, a folder with runs in it, or a pattern such as 'runs/*'";
            return Err(format!("{}: {problem}", argument.display()).into());
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    Ok(found)
}

/// The paths that a pattern matches, in alphabetical order.
fn matching(pattern: &Path) -> Result<Vec<PathBuf>, Error> {
    let text = pattern.to_string_lossy();
    let paths = glob::glob(&text).map_err(|error| format!("{text}: {error}"))?;
    Ok(paths.collect::<Result<_, _>>()?)
}

/// Adds the run in this folder, or those in the folders in it.
fn within(path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    if RunRecord::is_one(path) {
        found.push(path.into());
    } else if path.is_dir() && depth > 0 {
        let entries = fs::read_dir(path).map_err(at(path))?;
        let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            within(&entry, depth - 1, found)?;
        }
    }
    Ok(())
}
