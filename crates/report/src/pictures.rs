//! Patterns and images as pictures.

use hopfield_arrays::{ArrayError, ImageShape, Scaling, WriteSeek};
use hopfield_database::{
    DatabaseFile, ExportError, ExportFormat, Files, Part, Selected, Selection, selected,
};
use hopfield_layer::Range;

use crate::arrangement::arranged;
use crate::sheet::{Sheet, Tone};

/// A picture: the sheets of all layers, side by side.
pub(crate) const PNG: ExportFormat =
    ExportFormat { name: "png", files: Files::One("patterns"), write };

fn write(selection: &mut Selection<'_>, out: &mut dyn WriteSeek) -> Result<(), ExportError> {
    let Selection { database, layers, .. } = selection;
    Ok(out.write_all(&png(picture(database, layers, None)?))?)
}

/// Pictures narrower than this are enlarged.
const WIDTH: usize = 1800;

/// The tone of patterns: patterns kept in a range are shown in it, others each in their own, so that their structure shows.
fn pattern_tone(range: Option<Range>) -> Tone {
    range.map_or(Tone::PerTile, |Range { low, high }| Tone::Fixed {
        low: low as f32,
        high: high as f32,
    })
}

/// Columns of a sheet that is as square as possible.
fn columns(tiles: usize) -> usize {
    ((tiles as f64).sqrt().ceil() as usize).max(1)
}

/// A sheet as a PNG file, enlarged to fill a screen.
///
/// # Panics
///
/// As [`Sheet::to_png`].
pub fn png(sheet: Sheet) -> Vec<u8> {
    sheet.enlarged(WIDTH).to_png()
}

/// A layer's patterns or values as a picture.
#[derive(Clone)]
pub(crate) struct LayerSheet {
    pub(crate) layer: usize,
    /// Whether it shows the layer's values, not its patterns.
    pub(crate) values: bool,
    pub(crate) sheet: Sheet,
}

/// The sheets of layers, side by side: those of all tiles in the order in which they are stored, or of the tiles of an
/// arrangement.
///
/// # Errors
///
/// None of them are images, or they can't be read.
pub fn picture(
    database: &mut DatabaseFile,
    layers: &[usize],
    arrangement: Option<&Arrangement>,
) -> Result<Sheet, ExportError> {
    let sheets = match arrangement {
        None => stored_sheets(database, layers)?,
        Some(arrangement) => arrangement.sheets(database, layers)?,
    };
    let sheets: Vec<_> = sheets.into_iter().map(|of_layer| of_layer.sheet).collect();
    Ok(Sheet::side_by_side(&sheets))
}

/// An order of the tiles of each sheet in which similar ones lie together.
#[derive(Debug, Clone)]
pub struct Arrangement(Vec<Vec<usize>>);

impl Arrangement {
    /// Most tiles of a sheet; further ones are left out.
    pub const MOST: usize = 1024;

    /// Arranges the patterns of these layers by likeness; of each layer only the first 1,024.
    ///
    /// # Errors
    ///
    /// None of them are images, or they can't be read.
    pub fn of(database: &mut DatabaseFile, layers: &[usize]) -> Result<Self, ExportError> {
        Self::of_first(Self::MOST, database, layers)
    }

    /// As [`Self::of`], with at most `most` tiles of each.
    pub(crate) fn of_first(
        most: usize,
        database: &mut DatabaseFile,
        layers: &[usize],
    ) -> Result<Self, ExportError> {
        let tables = tables(database, layers)?;
        let order = |table: Table| {
            let images = table.read(database, table.count.min(most))?;
            Ok(arranged(&images, table.dim, columns(images.len() / table.dim)))
        };
        let orders = tables.into_iter().map(order).collect::<Result<_, ExportError>>()?;
        Ok(Self(orders))
    }

    /// For each sheet, the pattern of each tile.
    pub(crate) fn orders(&self) -> &[Vec<usize>] {
        &self.0
    }

    /// The sheets in this arrangement.
    pub(crate) fn sheets(
        &self,
        database: &mut DatabaseFile,
        layers: &[usize],
    ) -> Result<Vec<LayerSheet>, ExportError> {
        let tables = tables(database, layers)?.into_iter().zip(&self.0);
        tables.map(|(table, order)| table.sheet(database, order)).collect()
    }

    /// How many tiles it leaves out, over all sheets.
    pub fn left_out(&self, database: &DatabaseFile, layers: &[usize]) -> usize {
        let all = tables(database, layers).unwrap_or_default();
        all.iter().zip(&self.0).map(|(table, order)| table.count - order.len()).sum()
    }
}

/// How the patterns of a layer are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Their tone.
    pub tone: Tone,
    /// What was done to each pixel alone, which is undone.
    undone: Option<Scaling>,
}

impl Shown {
    /// How patterns are shown that are kept in this range, of a network that sees images so scaled.
    pub fn new(range: Option<Range>, scaling: &Scaling) -> Self {
        let tone = pattern_tone(range);
        match (scaling.is_uniform(), tone) {
            (true, tone) => Self { tone, undone: None },
            (false, Tone::PerTile) => Self { tone, undone: Some(scaling.clone()) },
            // The range of each pixel is another one.
            (false, Tone::Fixed { .. }) => {
                Self { tone: Tone::Fixed { low: 0.0, high: 1.0 }, undone: Some(scaling.clone()) }
            }
        }
    }

    fn of(database: &DatabaseFile, layer: usize) -> Self {
        let manifest = &database.manifest;
        Self::new(manifest.layers[layer].settings.range, &manifest.scaling)
    }

    /// Prepares patterns for their tone, in whole images.
    pub fn scale(&self, images: &mut [f32]) {
        if let Some(scaling) = &self.undone {
            scaling.to_grey(images);
        }
    }
}

/// A layer's patterns or values that are images.
struct Table {
    shape: ImageShape,
    layer: usize,
    values: bool,
    count: usize,
    dim: usize,
    name: String,
}

impl Table {
    /// Its first images, one after the other.
    fn read(&self, database: &mut DatabaseFile, count: usize) -> Result<Vec<f32>, ExportError> {
        Ok(database.arrays.numbers(&self.name)?.read(count * self.dim)?)
    }

    /// The sheet of tiles in this order.
    fn sheet(
        &self,
        database: &mut DatabaseFile,
        order: &[usize],
    ) -> Result<LayerSheet, ExportError> {
        let &Self { layer, values, dim, .. } = self;
        let needed = order.iter().max().map_or(0, |last| last + 1);
        if needed > self.count {
            return Err(ExportError::Refused(format!(
                "{}: layer {layer} has {} patterns, but the run has {needed} or more; the file belongs to another run",
                database.path().display(),
                self.count
            )));
        }
        let images = self.read(database, needed)?;
        let mut tiles: Vec<f32> =
            order.iter().flat_map(|&k| &images[k * dim..(k + 1) * dim]).copied().collect();
        let shown = Shown::of(database, layer);
        shown.scale(&mut tiles);
        let sheet = Sheet::tiles(&tiles, self.shape, columns(order.len()), shown.tone);
        Ok(LayerSheet { layer, values, sheet })
    }
}

/// The patterns of each layer, and values of its own, if they are images.
///
/// # Errors
///
/// None of them are.
fn tables(database: &DatabaseFile, layers: &[usize]) -> Result<Vec<Table>, ExportError> {
    let Some(shape) = database.manifest.image_shape else {
        let problem = "its rows are vectors, not images, and can't be drawn; `hopfield report` shows a map of them";
        return Err(ExportError::Refused(format!("{}: {problem}", database.path().display())));
    };
    let tables =
        selected(database, layers).into_iter().filter_map(|Selected { layer, part, array }| {
            let is_image = part.is_table() && array.shape[1] == shape.dim();
            is_image.then(|| Table {
                shape,
                layer,
                values: part == Part::Values,
                count: array.shape[0],
                dim: array.shape[1],
                name: array.name,
            })
        });
    let tables: Vec<_> = tables.collect();
    if tables.is_empty() {
        return Err(ExportError::Refused(format!(
            "no pattern has the dimension of an image, {shape}; there is nothing to show"
        )));
    }
    Ok(tables)
}

/// The sheets of all tiles in the order in which they are stored.
fn stored_sheets(
    database: &mut DatabaseFile,
    layers: &[usize],
) -> Result<Vec<LayerSheet>, ExportError> {
    let mut sheets = Vec::new();
    for table in tables(database, layers)? {
        let shown = Shown::of(database, table.layer);
        let mut rows = database.arrays.numbers(&table.name)?;
        let image = |_| {
            let mut image = rows.read(table.dim)?;
            shown.scale(&mut image);
            Ok::<_, ArrayError>(image)
        };
        let images = (0..table.count).map(image);
        let sheet = Sheet::tile_by_tile(images, table.shape, columns(table.count), shown.tone)?;
        sheets.push(LayerSheet { layer: table.layer, values: table.values, sheet });
    }
    Ok(sheets)
}
