//! Patterns and images as pictures.

use crate::{Sheet, Tone};

/// Pictures narrower than this are enlarged.
const WIDTH: usize = 1600;

/// What is kept in a range is shown in it; others each in its own, so that their structure shows.
pub fn pattern_tone(range: Option<[f64; 2]>) -> Tone {
    range.map_or(Tone::PerTile, |[low, high]| Tone::Fixed { low: low as f32, high: high as f32 })
}

/// Columns of a sheet that is as square as possible.
pub(crate) fn columns(tiles: usize) -> usize {
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
