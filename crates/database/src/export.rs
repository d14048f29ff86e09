//! A pattern database to files of other formats, its numbers block by block.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hopfield_arrays::write_whole;

use crate::error::ExportError;
use crate::file::DatabaseFile;
use crate::manifest::Manifest;
use crate::selection::{ExportFormat, Files, Selected, Selection};
use crate::snapshot::Snapshot;

/// What to export, and where to.
pub struct Export<'a> {
    /// The snapshots of the run, for a film.
    pub snapshots: &'a [Snapshot],
    /// The format.
    pub format: &'a dyn ExportFormat,
    /// Only this layer, counted from 0 at the input; none: all.
    pub layer: Option<usize>,
    /// The file, or a folder for formats with several files; none: in `folder`, under the usual names.
    pub out: Option<&'a Path>,
    /// The folder of the run, where files go if `out` is none.
    pub folder: &'a Path,
    /// Whether existing files are replaced.
    pub overwrite: bool,
}

/// A file to write.
struct Planned {
    path: PathBuf,
    content: Content,
}

enum Content {
    /// All that is exported.
    Whole,
    /// A table.
    Table(Selected),
    /// The manifest, beside tables that can't hold it.
    Manifest,
}

impl Planned {
    /// Whether this is the manifest beside tables, and exists already: tables of several formats share it.
    fn exists_already(&self, manifest: &Manifest) -> bool {
        let there = || serde_json::from_slice(&fs::read(&self.path).ok()?).ok();
        matches!(self.content, Content::Manifest) && there() == Some(manifest.to_json())
    }
}

impl Export<'_> {
    /// Writes the files, each whole or not at all; returns their names.
    ///
    /// # Errors
    ///
    /// See [`ExportError`]. Files that must not be replaced are found before anything is written.
    pub fn write(&self, database: &mut DatabaseFile) -> Result<Vec<PathBuf>, ExportError> {
        let mut selection = Selection::new(database, self.snapshots, self.folder, self.layer)?;
        self.format.check(&selection)?;
        let mut files = self.plan(&selection)?;
        let manifest = selection.manifest();
        files.retain(|file| !file.exists_already(&manifest));
        let itself = selection.database.path().canonicalize().ok();
        for Planned { path, .. } in &files {
            if files.iter().filter(|file| file.path == *path).count() > 1 {
                return Err(ExportError::Twice(path.clone()));
            }
            if itself.is_some() && path.canonicalize().ok() == itself {
                return Err(ExportError::Itself(path.clone()));
            }
            if path.exists() && !self.overwrite {
                return Err(ExportError::Exists(path.clone()));
            }
        }
        for Planned { path, content } in &files {
            let written = write_whole(path, |out| match content {
                Content::Manifest => {
                    let written = serde_json::to_writer_pretty(out, &manifest.to_json());
                    Ok(written.map_err(io::Error::from)?)
                }
                Content::Table(table) => {
                    selection.arrays = vec![table.clone()];
                    self.format.write(&mut selection, out)
                }
                Content::Whole => self.format.write(&mut selection, out),
            });
            written.map_err(|error: ExportError| error.in_file(path))?;
        }
        Ok(files.into_iter().map(|file| file.path).collect())
    }

    fn plan(&self, selection: &Selection<'_>) -> Result<Vec<Planned>, ExportError> {
        let end = self.format.name();
        if let Files::One(stem) = self.format.files() {
            let name = match self.layer {
                Some(layer) => format!("{stem}.layer-{layer}.{end}"),
                None => format!("{stem}.{end}"),
            };
            let path = match self.out {
                Some(out) if out.is_dir() => out.join(name),
                Some(out) => out.into(),
                None => self.folder.join(name),
            };
            return Ok(vec![Planned { path, content: Content::Whole }]);
        }
        let tables: Vec<&Selected> =
            selection.arrays.iter().filter(|array| array.part.is_table()).collect();
        let single = self.out.filter(|out| tables.len() == 1 && !out.is_dir());
        let folder = self.out.unwrap_or(self.folder);
        if single.is_none() && !folder.is_dir() {
            if folder.extension().is_some() {
                return Err(ExportError::NeedsFolder(folder.into()));
            }
            let made = fs::create_dir_all(folder).map_err(ExportError::Write);
            made.map_err(|error| error.in_file(folder))?;
        }
        let manifest = match (single, self.layer) {
            (Some(out), _) => out.with_extension("json"),
            (None, Some(layer)) => folder.join(format!("patterns.layer-{layer}.json")),
            (None, None) => folder.join("patterns.json"),
        };
        let table = |table: &Selected| {
            let name = || folder.join(format!("{}.layer-{}.{end}", table.part, table.layer));
            let path = single.map_or_else(name, Path::to_owned);
            Planned { path, content: Content::Table(table.clone()) }
        };
        let manifest = Planned { path: manifest, content: Content::Manifest };
        Ok(tables.into_iter().map(table).chain([manifest]).collect())
    }
}
