//! The folder of an experiment, written when everything is measured.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use hopfield_arrays::{is_foreign, write_whole};
use hopfield_database::ExportError;
use hopfield_experiments::{Outcome, Picture};
use hopfield_report::{Sheet, Tone, png};
use serde::{Deserialize, Serialize};

use super::args::Common;
use crate::error::{Error, at};

/// The file that describes the experiment.
const DESCRIPTION: &str = "experiment.json";

/// The content of `experiment.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    experiment: String,
    command: Vec<String>,
    version: String,
    data_sha256: Option<String>,
    files: Vec<String>,
}

/// Where an experiment is written. Refuses a folder that was named with `--out` and is not empty, before anything is measured.
pub(super) fn folder(experiment: &str, common: &Common) -> Result<PathBuf, Error> {
    let default = || Path::new("runs/experiments").join(experiment);
    let path = common.out.clone().unwrap_or_else(default);
    let counts = |entry: fs::DirEntry| !is_foreign(&entry.file_name().to_string_lossy());
    let is_used = fs::read_dir(&path).is_ok_and(|entries| entries.flatten().any(counts));
    if common.out.is_some() && is_used && !common.force {
        return Err(ExportError::Exists(path).into());
    }
    Ok(path)
}

/// Writes everything, and removes what an earlier experiment wrote here.
pub(super) fn write(
    folder: &Path,
    experiment: &str,
    outcome: &Outcome,
    data_sha256: Option<String>,
) -> Result<(), Error> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (network, pictures) in &outcome.pictures {
        let sheets: Vec<Sheet> = pictures.iter().map(draw).collect();
        let picture = png(Sheet::below_each_other(&sheets));
        files.push((format!("{}.png", network.replace(':', "-")), picture));
    }
    for (name, text) in &outcome.files {
        files.push(((*name).into(), text.clone().into_bytes()));
    }
    let rows = outcome.table.rows();
    let rows = rows.map(|row| serde_json::to_string(&row).expect("a row is plain data"));
    let json = format!("[\n{}\n]\n", rows.collect::<Vec<_>>().join(",\n"));
    files.push(("results.csv".into(), outcome.table.csv().into_bytes()));
    files.push(("results.json".into(), json.into_bytes()));

    let command = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let description = Description {
        experiment: experiment.into(),
        command: command.collect(),
        version: env!("CARGO_PKG_VERSION").into(),
        data_sha256,
        files: files.iter().map(|(name, _)| name.clone()).collect(),
    };
    let json = serde_json::to_string_pretty(&description).expect("it is plain data");
    files.push((DESCRIPTION.into(), (json + "\n").into_bytes()));

    fs::create_dir_all(folder).map_err(at(folder))?;
    let earlier = earlier_files(folder);
    for (name, content) in &files {
        let path = folder.join(name);
        write_whole(&path, |out| out.write_all(content)).map_err(at(&path))?;
    }
    // An old curve next to a new table would be misleading.
    for name in earlier.iter().filter(|name| !description.files.contains(name)) {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            removed => removed.map_err(at(&path))?,
        }
    }
    Ok(())
}

/// The files that an earlier experiment wrote into the folder.
fn earlier_files(folder: &Path) -> Vec<String> {
    let json = fs::read(folder.join(DESCRIPTION)).unwrap_or_default();
    let description: Option<Description> = serde_json::from_slice(&json).ok();
    let mut files = description.map_or(Vec::new(), |description| description.files);
    files.retain(|name| Path::new(name).components().count() == 1 && !name.starts_with('.'));
    files
}

/// Three rows: queries, answers and stored images.
fn draw(picture: &Picture) -> Sheet {
    let dim = picture.shape.dim();
    let mut tiles = Vec::new();
    for pixels in [&picture.queries, &picture.answers, &picture.stored] {
        tiles.extend(pixels);
        // All pictures are equally wide, however few queries a small set allows.
        tiles.resize(tiles.len().next_multiple_of(Picture::MOST * dim), 0.0);
    }
    Sheet::tiles(&tiles, picture.shape, Picture::MOST, Tone::Fixed { low: 0.0, high: 1.0 })
}
