//! Patterns and images as pictures.

use hopfield_database::{DatabaseFile, ExportError};

use crate::{Sheet, Tone};

/// Pictures narrower than this are enlarged.
const WIDTH: usize = 1600;

/// What is kept in a range is shown in it; others each in its own, so that their structure shows.
pub fn pattern_tone(range: Option<[f64; 2]>) -> Tone {
    range.map_or(Tone::PerTile, |[low, high]| Tone::Fixed { low: low as f32, high: high as f32 })
}

/// Columns of a sheet that is as square as possible.
fn columns(tiles: usize) -> usize {
    ((tiles as f64).sqrt().ceil() as usize).max(1)
}

/// Sheets side by side as a PNG file, enlarged to what a screen shows.
///
/// # Panics
///
/// If there is no sheet.
pub fn png(sheets: Vec<Sheet>) -> Vec<u8> {
    let sheet = Sheet::side_by_side(sheets);
    let [width, _] = sheet.size();
    sheet.enlarged((WIDTH / width).max(1)).to_png()
}

/// A sheet for every layer's patterns, and one for values of its own, that are images; at most `most` tiles each.
///
/// # Errors
///
/// None of them are images, or they can't be read.
pub(crate) fn layer_sheets(
    database: &mut DatabaseFile,
    layers: &[usize],
    most: usize,
) -> Result<Vec<LayerSheet>, ExportError> {
    let image_shape @ [height, width] = database.manifest.image_shape;
    let mut sheets = Vec::new();
    for (layer, part, array) in database.parts(layers) {
        if matches!(part, "patterns" | "values") && array.shape[1] == height * width {
            let tiles = array.shape[0].min(most);
            let tone = pattern_tone(database.manifest.layers[layer].range);
            let mut rows = database.arrays.numbers(&array.name)?;
            let next = || rows.read(height * width);
            let sheet = Sheet::tile_by_tile(tiles, image_shape, columns(tiles), tone, next)?;
            sheets.push(LayerSheet { layer, values: part == "values", tiles, sheet });
        }
    }
    if sheets.is_empty() { Err(ExportError::NoPictures { height, width }) } else { Ok(sheets) }
}

/// A layer's patterns or values as a picture.
pub(crate) struct LayerSheet {
    pub(crate) layer: usize,
    /// Whether its values are shown, not its patterns.
    pub(crate) values: bool,
    pub(crate) tiles: usize,
    pub(crate) sheet: Sheet,
}

/// Only the pictures.
pub(crate) fn pictures(sheets: Vec<LayerSheet>) -> Vec<Sheet> {
    sheets.into_iter().map(|of_layer| of_layer.sheet).collect()
}
