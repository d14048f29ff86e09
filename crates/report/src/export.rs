//! A pattern database to files of other formats, its numbers block by block.

use std::fs;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use hopfield_arrays::{Array, NpzWriter, bytes, npy_header, safetensors_header, write_whole};
use hopfield_database::{DatabaseFile, ExportError, Manifest, Snapshot, tensor_name};

use crate::pictures::{layer_sheets, pictures};
use crate::{Format, Sheet, png, tables, write_apng};

/// Numbers held at a time.
const BLOCK: usize = 1 << 16;
/// Frames of an animation are enlarged, but not beyond this width.
const FRAME_WIDTH: usize = 1000;

/// What is to be exported, and where to.
#[derive(Debug)]
pub struct Export<'a> {
    /// The database's file.
    pub database: &'a Path,
    /// The run's snapshots, for an animation.
    pub snapshots: &'a [Snapshot],
    /// The format.
    pub format: Format,
    /// Only this layer, counted from 0 at the input; none: all.
    pub layer: Option<usize>,
    /// The file, or a folder for formats with several; none: in `folder`, under the usual names.
    pub out: Option<&'a Path>,
    /// Where files go if `out` names none.
    pub folder: &'a Path,
    /// Whether files that are there are replaced.
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
    /// Patterns or values of a layer.
    Table(usize, Array),
    /// What the database says of itself, beside tables that can't.
    About,
}

impl Planned {
    /// Whether this is the text beside tables, and there already: tables of several formats share it.
    fn says_already(&self, about: &Manifest) -> bool {
        let there = || serde_json::from_slice(&fs::read(&self.path).ok()?).ok();
        matches!(self.content, Content::About) && there() == Some(about.to_json())
    }
}

impl Export<'_> {
    /// Writes the files, each whole or not at all; gives their names.
    ///
    /// # Errors
    ///
    /// See [`ExportError`]. Files that must not be replaced are found before anything is written.
    pub fn write(&self) -> Result<Vec<PathBuf>, ExportError> {
        let mut database = DatabaseFile::open(self.database)?;
        let layers = database.layers(self.layer)?;
        if self.format == Format::Apng && self.snapshots.is_empty() {
            return Err(ExportError::NoSnapshots(self.folder.into()));
        }
        if let (Some(layer), Format::Safetensors | Format::Npz) = (self.layer, self.format) {
            database.check_alone(layer)?;
        }
        let mut files = self.plan(&database, &layers)?;
        let about = self.about(&database.manifest);
        files.retain(|file| !file.says_already(&about));
        for Planned { path, .. } in &files {
            if files.iter().filter(|file| file.path == *path).count() > 1 {
                return Err(ExportError::Twice(path.clone()));
            }
            let is_itself =
                || Some(path.canonicalize().ok()? == self.database.canonicalize().ok()?);
            if is_itself() == Some(true) {
                return Err(ExportError::Itself(path.clone()));
            }
            if path.exists() && !self.overwrite {
                return Err(ExportError::Exists(path.clone()));
            }
        }
        for Planned { path, content } in &files {
            let written =
                write_whole(path, |out| self.write_file(&mut database, &layers, content, out));
            written.map_err(|error| error.in_file(path))?;
        }
        Ok(files.into_iter().map(|file| file.path).collect())
    }

    fn plan(&self, database: &DatabaseFile, layers: &[usize]) -> Result<Vec<Planned>, ExportError> {
        let end = self.format.name();
        if !self.format.is_bare() {
            let stem = if self.format == Format::Apng { "evolution" } else { "patterns" };
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
        let parts = database.parts(layers).into_iter();
        let tables: Vec<_> =
            parts.filter(|(_, part, _)| matches!(*part, "patterns" | "values")).collect();
        let single = self.out.filter(|out| tables.len() == 1 && !out.is_dir());
        let folder = self.out.unwrap_or(self.folder);
        if single.is_none() && !folder.is_dir() {
            if folder.extension().is_some() {
                return Err(ExportError::NeedsFolder(folder.into()));
            }
            let made = fs::create_dir_all(folder).map_err(ExportError::Write);
            made.map_err(|error| error.in_file(folder))?;
        }
        let about = match (single, self.layer) {
            (Some(out), _) => out.with_extension("json"),
            (None, Some(layer)) => folder.join(format!("patterns.layer-{layer}.json")),
            (None, None) => folder.join("patterns.json"),
        };
        let table = |(layer, part, array)| Planned {
            path: single.map_or(folder.join(format!("{part}.layer-{layer}.{end}")), Path::to_owned),
            content: Content::Table(layer, array),
        };
        let about = Planned { path: about, content: Content::About };
        Ok(tables.into_iter().map(table).chain([about]).collect())
    }

    /// What the exported layers say of themselves.
    fn about(&self, about: &Manifest) -> Manifest {
        let mut about = about.clone();
        if let Some(layer) = self.layer {
            about.layers = vec![about.layers.swap_remove(layer)];
            about.residual = false;
        }
        about
    }

    fn write_file<W: Write + Seek + Send>(
        &self,
        database: &mut DatabaseFile,
        layers: &[usize],
        content: &Content,
        out: &mut W,
    ) -> Result<(), ExportError> {
        let about = self.about(&database.manifest).to_json();
        match (content, self.format) {
            (Content::About, _) => {
                serde_json::to_writer_pretty(out, &about).map_err(std::io::Error::from)?;
            }
            (Content::Table(layer, array), Format::Csv) => {
                tables::csv(database, *layer, array, out)?;
            }
            (Content::Table(_, array), _) => {
                out.write_all(&npy_header(&array.shape))?;
                copy(database, array, |numbers| Ok(out.write_all(&bytes(numbers))?))?;
            }
            (Content::Whole, Format::Parquet) => {
                tables::parquet(database, layers, &about.to_string(), out)?;
            }
            (Content::Whole, Format::Png) => {
                out.write_all(&png(pictures(layer_sheets(database, layers, usize::MAX)?)))?;
            }
            (Content::Whole, Format::Apng) => self.write_animation(layers, out)?,
            (Content::Whole, Format::Npz) => {
                let mut npz = NpzWriter::new(out);
                npz.metadata(&about.to_string())?;
                for (name, array) in self.tensors(database, layers) {
                    npz.array(&name, &array.shape)?;
                    copy(database, &array, |numbers| Ok(npz.numbers(numbers)?))?;
                }
                npz.finish()?;
            }
            (Content::Whole, _) => {
                let tensors = self.tensors(database, layers);
                let renamed = tensors.iter().map(|(name, array)| Array::f32(name, &array.shape));
                let header = safetensors_header(&renamed.collect::<Vec<_>>(), &about.to_string());
                out.write_all(&header?)?;
                for (_, array) in &tensors {
                    copy(database, array, |numbers| Ok(out.write_all(&bytes(numbers))?))?;
                }
            }
        }
        Ok(())
    }

    /// The tensors of the exported layers, in the order of their new names: one layer alone is layer 0.
    fn tensors(&self, database: &DatabaseFile, layers: &[usize]) -> Vec<(String, Array)> {
        let renamed = |(layer, part, array): (usize, &str, Array)| {
            let layer = if self.layer.is_some() { 0 } else { layer };
            (tensor_name(layer, part), array)
        };
        let mut tensors: Vec<_> = database.parts(layers).into_iter().map(renamed).collect();
        tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
        tensors
    }

    fn write_animation(&self, layers: &[usize], out: impl Write) -> Result<(), ExportError> {
        let frame = |k: u32| {
            let mut snapshot = DatabaseFile::open(&self.snapshots[k as usize].path)?;
            let sheet =
                Sheet::side_by_side(pictures(layer_sheets(&mut snapshot, layers, usize::MAX)?));
            let [width, _] = sheet.size();
            Ok(sheet.enlarged((FRAME_WIDTH / width).max(1)))
        };
        write_apng(out, u32::try_from(self.snapshots.len()).unwrap_or(u32::MAX), frame)
    }
}

/// Hands over all numbers of an array, block by block.
fn copy(
    database: &mut DatabaseFile,
    array: &Array,
    mut write: impl FnMut(&[f32]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut numbers = database.arrays.numbers(&array.name)?;
    while numbers.left() > 0 {
        write(&numbers.read(BLOCK)?)?;
    }
    Ok(())
}
