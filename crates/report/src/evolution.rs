//! How the patterns changed during the training, as pictures in the page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hopfield_database::{DatabaseFile, ExportError, Snapshot};
use serde::Serialize;

use crate::frames::evenly;
use crate::pictures::{Arrangement, LayerSheet};
use crate::sheet::Sheet;

const JPEG_QUALITY: u8 = 75;

/// The patterns at some moments of a training.
#[derive(Debug, Default, Serialize)]
pub struct Evolution<L = String> {
    /// What each moment is called.
    labels: Vec<L>,
    sheets: Vec<PageSheet>,
}

#[derive(Debug, Serialize)]
struct PageSheet {
    layer: usize,
    values: bool,
    /// The pattern of each tile.
    order: Vec<usize>,
    /// JPEG files in base64.
    frames: Vec<String>,
}

/// The sheets of the patterns as they are `now`, and of snapshots: as many as fit into so many bytes, chosen so that the picture
/// changes evenly. Similar patterns lie together.
///
/// # Errors
///
/// The patterns are no images or can't be read, or a snapshot has no label.
pub fn evolution<L: Clone, E: From<ExportError>>(
    snapshots: &[Snapshot],
    database: &mut DatabaseFile,
    most_bytes: usize,
    now: L,
    label: impl Fn(&Snapshot) -> Result<L, E>,
) -> Result<Evolution<L>, E> {
    // A JPEG has at most 65,535 pixels on a side.
    let shape = database.manifest.image_shape;
    let side = shape.map_or(1, |shape| shape.height().max(shape.width()));
    let tiles = (60_000 / (side + 1)).pow(2).clamp(1, Arrangement::MOST);
    let layers: Vec<usize> = (0..database.manifest.layers.len()).collect();
    let arrangement = Arrangement::of_first(tiles, database, &layers)?;
    let last = arrangement.sheets(database, &layers)?;
    let sheets = last.iter().zip(arrangement.orders()).map(|(of_layer, order)| PageSheet {
        layer: of_layer.layer,
        values: of_layer.values,
        order: order.clone(),
        frames: Vec::new(),
    });
    let mut sheets: Vec<PageSheet> = sheets.collect();
    // The moments, their JPEG files, and how much the picture has changed up to each. Only the last frame's pixels are kept.
    let (mut moments, mut jpegs, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    let mut shown: Option<Vec<LayerSheet>> = None;
    for moment in snapshots.iter().map(Some).chain([None]) {
        let frame = match moment {
            Some(snapshot) => {
                let snapshot = DatabaseFile::open(&snapshot.path);
                arrangement.sheets(&mut snapshot.map_err(ExportError::from)?, &layers)?
            }
            None => last.clone(),
        };
        let change = shown.as_ref().map_or(0, |shown| change(shown, &frame));
        // Of a finished training, the last snapshot shows what there is; of others it is older.
        if moment.is_none() && shown.is_some() && change == 0 {
            break;
        }
        moments.push(moment);
        changed.push(changed.last().unwrap_or(&0) + change);
        let files = frame.iter().map(|of_layer| jpeg(&of_layer.sheet));
        jpegs.push(files.collect::<Result<Vec<_>, _>>()?);
        shown = Some(frame);
    }
    let bytes = |chosen: &[usize]| -> usize {
        chosen.iter().flat_map(|&k| &jpegs[k]).map(String::len).sum()
    };
    let mut most = moments.len();
    let mut chosen = evenly(&changed, most);
    while bytes(&chosen) > most_bytes && most > 2 {
        most = (most * most_bytes / bytes(&chosen)).clamp(2, most - 1);
        chosen = evenly(&changed, most);
    }
    let mut labels = Vec::new();
    for &k in &chosen {
        labels.push(moments[k].map_or(Ok(now.clone()), &label)?);
        for (sheet, jpeg) in sheets.iter_mut().zip(&jpegs[k]) {
            sheet.frames.push(jpeg.clone());
        }
    }
    Ok(Evolution { labels, sheets })
}

/// The sum of the differences of all pixels.
fn change(before: &[LayerSheet], after: &[LayerSheet]) -> u64 {
    before.iter().zip(after).map(|(before, after)| before.sheet.distance(&after.sheet)).sum()
}

/// A JPEG file in base64.
fn jpeg(sheet: &Sheet) -> Result<String, ExportError> {
    let mut bytes = Vec::new();
    let sides = sheet.size().map(u16::try_from);
    let [Ok(width), Ok(height)] = sides else {
        return Err(std::io::Error::other("an image is too large for a page").into());
    };
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, JPEG_QUALITY);
    let kinds = [jpeg_encoder::ColorType::Luma, jpeg_encoder::ColorType::Rgb];
    let kind = kinds[usize::from(sheet.is_coloured())];
    let encoded = encoder.encode(sheet.pixels(), width, height, kind);
    encoded.map_err(std::io::Error::other)?;
    Ok(STANDARD.encode(bytes))
}
