//! Patterns and images as pictures.

use hopfield_arrays::WriteSeek;
use hopfield_database::{
    DatabaseFile, ExportError, ExportFormat, Files, Part, Selected, Selection, selected,
};
use hopfield_layer::Range;

use crate::sheet::{Sheet, Tone};

/// A picture: the sheets of all layers, side by side.
pub(crate) const PNG: ExportFormat =
    ExportFormat { name: "png", files: Files::One("patterns"), write };

fn write(selection: &mut Selection<'_>, out: &mut dyn WriteSeek) -> Result<(), ExportError> {
    let Selection { database, layers, .. } = selection;
    Ok(out.write_all(&picture(database, layers, WIDTH)?.to_png())?)
}

/// Pictures narrower than this are enlarged.
const WIDTH: usize = 1600;

/// The tone of patterns: patterns kept in a range are shown in it, others each in their own, so that their structure shows.
pub fn pattern_tone(range: Option<Range>) -> Tone {
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
pub(crate) struct LayerSheet {
    pub(crate) layer: usize,
    /// Whether it shows the layer's values, not its patterns.
    pub(crate) values: bool,
    pub(crate) tiles: usize,
    pub(crate) sheet: Sheet,
}

/// The sheets of all layers, side by side, enlarged to this width.
pub(crate) fn picture(
    database: &mut DatabaseFile,
    layers: &[usize],
    width: usize,
) -> Result<Sheet, ExportError> {
    let sheets = layer_sheets(database, layers, usize::MAX)?;
    let sheets: Vec<_> = sheets.into_iter().map(|of_layer| of_layer.sheet).collect();
    Ok(Sheet::side_by_side(&sheets).enlarged(width))
}

/// A sheet for the patterns of each layer, and one for values of its own, if they are images; at most `most` tiles each.
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
    for Selected { layer, part, array } in selected(database, layers) {
        if part.is_table() && array.shape[1] == height * width {
            let tiles = array.shape[0].min(most);
            let tone = pattern_tone(database.manifest.layers[layer].settings.range);
            let mut rows = database.arrays.numbers(&array.name)?;
            let images = (0..tiles).map(|_| rows.read(height * width));
            let sheet = Sheet::tile_by_tile(images, image_shape, columns(tiles), tone)?;
            sheets.push(LayerSheet { layer, values: part == Part::Values, tiles, sheet });
        }
    }
    if sheets.is_empty() {
        return Err(ExportError::Refused(format!(
            "no pattern has the dimension of an image, {height} × {width}; there is nothing to show"
        )));
    }
    Ok(sheets)
}
