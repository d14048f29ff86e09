//! A pattern database to files of other formats, its numbers block by block.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hopfield_arrays::write_whole;

use crate::error::ExportError;
use crate::file::DatabaseFile;
use crate::selection::{ExportFormat, Files, Selected, Selection, layers_chosen, selected};
use crate::snapshot::Snapshot;

/// What to export, and where to.
pub struct Export<'a> {
    /// The snapshots of the run, for a film.
    pub snapshots: &'a [Snapshot],
    /// The format.
    pub format: &'a ExportFormat,
    /// Only this layer, counted from 0 at the input; none: all.
    pub layer: Option<usize>,
    /// The file, or a folder for formats with several files; none: in `folder`, under the usual names.
    pub out: Option<&'a Path>,
    /// The folder of the run, where files go if `out` is none.
    pub folder: &'a Path,
    /// Whether existing files are replaced.
    pub overwrite: bool,
}

/// A file to write, and the arrays that go into it; none: it is the manifest, beside tables that can't hold it.
type Planned = (PathBuf, Option<Vec<Selected>>);

impl Export<'_> {
    /// Writes the files, each whole or not at all; returns their names.
    ///
    /// # Errors
    ///
    /// See [`ExportError`]. Files that must not be replaced are found before anything is written.
    pub fn write(&self, database: &mut DatabaseFile) -> Result<Vec<PathBuf>, ExportError> {
        let count = database.manifest.layers.len();
        let layers = layers_chosen(self.layer, count)?;
        let (arrays, single) = (selected(database, &layers), self.layer.is_some());
        let Self { snapshots, folder, .. } = *self;
        let mut selection = Selection { database, snapshots, folder, layers, single, arrays };
        let manifest = selection.manifest().to_json();
        let mut files = self.plan(&selection)?;
        // Tables of several formats share the manifest beside them.
        let there = |path: &Path| serde_json::from_slice(&fs::read(path).ok()?).ok();
        files.retain(|(path, arrays)| arrays.is_some() || there(path).as_ref() != Some(&manifest));
        let itself = selection.database.path().canonicalize().ok();
        for (path, _) in &files {
            let problem = if files.iter().filter(|(other, _)| other == path).count() > 1 {
                "would be written twice, since the text beside the table has this name, too"
            } else if itself.is_some() && path.canonicalize().ok() == itself {
                "is the pattern database itself"
            } else if path.exists() && !self.overwrite {
                return Err(ExportError::Exists(path.clone()));
            } else {
                continue;
            };
            let what_to_do = "give another name with --out PATH";
            return Err(ExportError::Refused(format!(
                "{} {problem}; {what_to_do}",
                path.display()
            )));
        }
        for (path, arrays) in &files {
            let written = write_whole(path, |out| match arrays {
                Some(arrays) => {
                    selection.arrays = arrays.clone();
                    (self.format.write)(&mut selection, out)
                }
                None => Ok(serde_json::to_writer_pretty(out, &manifest).map_err(io::Error::from)?),
            });
            written.map_err(|error: ExportError| error.in_file(path))?;
        }
        Ok(files.into_iter().map(|(path, _)| path).collect())
    }

    fn plan(&self, selection: &Selection<'_>) -> Result<Vec<Planned>, ExportError> {
        let end = self.format.name;
        let named = |stem: &str, end: &str| match self.layer {
            Some(layer) => format!("{stem}.layer-{layer}.{end}"),
            None => format!("{stem}.{end}"),
        };
        if let Files::One(stem) = self.format.files {
            let name = named(stem, end);
            let path = match self.out {
                Some(out) if out.is_dir() => out.join(name),
                Some(out) => out.into(),
                None => self.folder.join(name),
            };
            return Ok(vec![(path, Some(selection.arrays.clone()))]);
        }
        let tables: Vec<&Selected> =
            selection.arrays.iter().filter(|array| array.part.is_table()).collect();
        let single = self.out.filter(|out| tables.len() == 1 && !out.is_dir());
        let folder = self.out.unwrap_or(self.folder);
        if single.is_none() && !folder.is_dir() {
            if folder.extension().is_some() {
                return Err(ExportError::Refused(format!(
                    "{}: every layer has a file of its own; give a folder, or one layer with --layer K",
                    folder.display()
                )));
            }
            fs::create_dir_all(folder)
                .map_err(|source| ExportError::Io { path: folder.into(), source })?;
        }
        let manifest = match single {
            Some(out) => out.with_extension("json"),
            None => folder.join(named("patterns", "json")),
        };
        let table = |table: &Selected| {
            let name = || folder.join(format!("{}.layer-{}.{end}", table.part, table.layer));
            (single.map_or_else(name, Path::to_owned), Some(vec![table.clone()]))
        };
        Ok(tables.into_iter().map(table).chain([(manifest, None)]).collect())
    }
}
