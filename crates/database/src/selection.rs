//! What is exported of a pattern database.

use std::path::Path;

use hopfield_arrays::{Array, WriteSeek};

use crate::error::ExportError;
use crate::file::DatabaseFile;
use crate::manifest::Manifest;
use crate::parts::Part;
use crate::snapshot::Snapshot;

/// A format that pattern databases are exported in.
pub struct ExportFormat {
    /// Its name, which is also the ending of its files.
    pub name: &'static str,
    /// The files it consists of.
    pub files: Files,
    /// Writes a file. Errors: the database can't be read, can't be exported in this format, or the file not written.
    pub write: fn(&mut Selection<'_>, &mut dyn WriteSeek) -> Result<(), ExportError>,
}

/// The files of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// A single one, with this name before its ending.
    One(&'static str),
    /// One for each table (the patterns or values of a layer), which holds nothing else. The manifest stands beside them.
    PerTable,
}

/// What goes into a file.
pub struct Selection<'a> {
    /// The database.
    pub database: &'a mut DatabaseFile,
    /// The snapshots of its training.
    pub snapshots: &'a [Snapshot],
    /// The folder of its run.
    pub folder: &'a Path,
    /// The layers, counted from 0 at the input.
    pub layers: Vec<usize>,
    /// Whether it is one layer, exported as a database of its own.
    pub single: bool,
    /// The arrays, by layer and part.
    pub arrays: Vec<Selected>,
}

/// The layer that was chosen, counted from 0 at the input, or all of `count`.
///
/// # Errors
///
/// There is no such layer.
pub fn layers_chosen(layer: Option<usize>, count: usize) -> Result<Vec<usize>, ExportError> {
    match layer {
        None => Ok((0..count).collect()),
        Some(layer) if layer < count => Ok(vec![layer]),
        Some(layer) => Err(ExportError::NoLayer { layer, count }),
    }
}

/// An array to export.
#[derive(Debug, Clone)]
pub struct Selected {
    /// Its layer in the database.
    pub layer: usize,
    /// The part of the layer that it is.
    pub part: Part,
    /// Its name and shape in the database.
    pub array: Array,
}

impl Selection<'_> {
    /// The manifest of the selected layers.
    pub fn manifest(&self) -> Manifest {
        let mut manifest = self.database.manifest.clone();
        if self.single {
            manifest.layers = vec![manifest.layers.swap_remove(self.layers[0])];
            manifest.residual = false;
        }
        manifest
    }

    /// The name of an array in the export: a single layer becomes layer 0.
    pub fn name(&self, array: &Selected) -> String {
        array.part.of(if self.single { 0 } else { array.layer })
    }

    /// Checks that a single layer takes images and answers with them.
    ///
    /// # Errors
    ///
    /// It does not.
    pub(crate) fn check_single(&self) -> Result<(), ExportError> {
        if !self.single {
            return Ok(());
        }
        let layer = self.layers[0];
        let Some(shape) = self.database.manifest.image_shape else { return Ok(()) };
        let config = self.database.config(layer);
        let (takes, answers) = (config.dim, config.values.map_or(config.dim, |v| v.dim));
        if [takes, answers] == [shape.dim(); 2] {
            return Ok(());
        }
        Err(ExportError::Refused(format!(
            "layer {layer} takes dimension {takes} and answers in {answers}, so that alone it is no pattern database of images \
             of {shape}; its arrays can be exported as npy or csv"
        )))
    }
}

/// The arrays of these layers, by layer and part.
pub fn selected(database: &DatabaseFile, layers: &[usize]) -> Vec<Selected> {
    let of = |&layer: &usize| {
        let array = move |part| Some((layer, part, database.part(layer, part)?.clone()));
        Part::ALL.into_iter().filter_map(array)
    };
    let arrays = layers.iter().flat_map(of);
    arrays.map(|(layer, part, array)| Selected { layer, part, array }).collect()
}
