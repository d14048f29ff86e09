//! How the patterns changed during the training, as pictures in the page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hopfield_database::{DatabaseFile, ExportError, Snapshot};
use serde::Serialize;

use crate::pictures::layer_sheets;
use crate::sheet::Sheet;

/// Tiles of a sheet in the page.
const MOST_TILES: usize = 1024;
const JPEG_QUALITY: u8 = 75;

#[derive(Default, Serialize)]
pub(crate) struct Evolution {
    /// Steps done at every frame; none: the patterns as they are now.
    steps: Vec<Option<u64>>,
    sheets: Vec<PageSheet>,
}

#[derive(Serialize)]
struct PageSheet {
    layer: usize,
    values: bool,
    count: usize,
    /// JPEG files in base64.
    frames: Vec<String>,
}

/// The sheets of all snapshots, or of as many as fit into so many bytes, spread evenly.
pub(crate) fn evolution(
    snapshots: &[Snapshot],
    database: &mut DatabaseFile,
    layers: &[usize],
    most_bytes: usize,
) -> Result<Evolution, ExportError> {
    let mut steps: Vec<_> = snapshots.iter().map(|snapshot| Some(snapshot.step)).collect();
    let mut sheets: Vec<PageSheet> = Vec::new();
    for snapshot in snapshots {
        add_frame(&mut sheets, &mut DatabaseFile::open(&snapshot.path)?, layers)?;
    }
    add_frame(&mut sheets, database, layers)?;
    let shown_already = |sheet: &PageSheet| {
        let last = sheet.frames.len() - 1;
        last > 0 && sheet.frames[last] == sheet.frames[last - 1]
    };
    // Of a finished training, the last snapshot shows what there is; of others it is older.
    if sheets.iter().all(shown_already) {
        sheets.iter_mut().for_each(|sheet| sheet.frames.truncate(steps.len()));
    } else {
        steps.push(None);
    }
    let bytes = |sheets: &[PageSheet]| -> usize {
        sheets.iter().flat_map(|sheet| &sheet.frames).map(String::len).sum()
    };
    while bytes(&sheets) > most_bytes && steps.len() > 2 {
        let count = steps.len();
        let fewer = (count * most_bytes / bytes(&sheets)).clamp(2, count - 1);
        steps = spread(count, fewer).map(|k| steps[k]).collect();
        for sheet in &mut sheets {
            sheet.frames = spread(count, fewer).map(|k| sheet.frames[k].clone()).collect();
        }
    }
    Ok(Evolution { steps, sheets })
}

/// At most `most` (2 or more) of the numbers from 0 to below `count`, spread evenly, with both ends.
pub(crate) fn spread(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let kept = count.min(most);
    (0..kept).map(move |k| if kept < 2 { k } else { k * (count - 1) / (kept - 1) })
}

/// Adds the sheets of a database, each to those of its layer.
fn add_frame(
    sheets: &mut Vec<PageSheet>,
    database: &mut DatabaseFile,
    layers: &[usize],
) -> Result<(), ExportError> {
    // A JPEG has at most 65,535 pixels on a side.
    let side = *database.manifest.image_shape.iter().max().unwrap_or(&1);
    let tiles = (60_000 / (side + 1)).pow(2).clamp(1, MOST_TILES);
    for (index, of_layer) in layer_sheets(database, layers, tiles)?.into_iter().enumerate() {
        let frame = STANDARD.encode(jpeg(&of_layer.sheet)?);
        match sheets.get_mut(index) {
            Some(sheet) => sheet.frames.push(frame),
            None => sheets.push(PageSheet {
                layer: of_layer.layer,
                values: of_layer.values,
                count: of_layer.tiles,
                frames: vec![frame],
            }),
        }
    }
    Ok(())
}

fn jpeg(sheet: &Sheet) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Vec::new();
    let sides = sheet.size().map(u16::try_from);
    let [Ok(width), Ok(height)] = sides else {
        return Err(std::io::Error::other("an image is too large for a page").into());
    };
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, JPEG_QUALITY);
    let encoded = encoder.encode(sheet.pixels(), width, height, jpeg_encoder::ColorType::Luma);
    encoded.map_err(std::io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_spread_evenly() {
        let kept = |count, most| spread(count, most).collect::<Vec<_>>();
        assert_eq!(kept(10, 4), [0, 3, 6, 9]);
        assert_eq!(kept(3, 5), [0, 1, 2]);
        assert_eq!(kept(1, 5), [0]);
        assert!(kept(0, 5).is_empty());
    }
}
