//! How the patterns changed during the training, as pictures in the page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hopfield_database::{DatabaseFile, ExportError, Snapshot};
use serde::Serialize;

use crate::frames::{evenly, way};
use crate::pictures::{Arrangement, LayerSheet};
use crate::sheet::Sheet;

const JPEG_QUALITY: u8 = 75;

#[derive(Default, Serialize)]
pub(crate) struct Evolution {
    /// What is said of every frame.
    labels: Vec<String>,
    sheets: Vec<PageSheet>,
}

#[derive(Serialize)]
struct PageSheet {
    layer: usize,
    values: bool,
    /// The pattern of each tile.
    order: Vec<usize>,
    /// JPEG files in base64.
    frames: Vec<String>,
}

/// The sheets of the patterns as they are now, and of snapshots: as many as fit into so many bytes, chosen so that the picture
/// changes evenly. Similar patterns lie together.
pub(crate) fn evolution<E: From<ExportError>>(
    snapshots: &[Snapshot],
    database: &mut DatabaseFile,
    most_bytes: usize,
    label: impl Fn(&Snapshot) -> Result<String, E>,
) -> Result<Evolution, E> {
    // A JPEG has at most 65,535 pixels on a side.
    let side = *database.manifest.image_shape.iter().max().unwrap_or(&1);
    let tiles = (60_000 / (side + 1)).pow(2).clamp(1, Arrangement::MOST);
    let layers: Vec<usize> = (0..database.manifest.layers.len()).collect();
    let arrangement = Arrangement::of_first(tiles, database, &layers)?;
    let now = arrangement.sheets(database, &layers)?;
    let mut frames = Vec::new();
    for snapshot in snapshots {
        let mut database = DatabaseFile::open(&snapshot.path).map_err(ExportError::from)?;
        frames.push((Some(snapshot), pictures(arrangement.sheets(&mut database, &layers)?)));
    }
    let sheets = now.iter().zip(arrangement.orders()).map(|(of_layer, order)| PageSheet {
        layer: of_layer.layer,
        values: of_layer.values,
        order: order.clone(),
        frames: Vec::new(),
    });
    let mut sheets: Vec<PageSheet> = sheets.collect();
    let now = pictures(now);
    // Of a finished training, the last snapshot shows what there is; of others it is older.
    if frames.last().is_none_or(|(_, last)| change(last, &now) > 0) {
        frames.push((None, now));
    }
    let way = way(frames.windows(2).map(|pair| change(&pair[0].1, &pair[1].1)));
    let jpegs = frames.iter().map(|(_, pictures)| pictures.iter().map(jpeg).collect());
    let jpegs: Vec<Vec<String>> = jpegs.collect::<Result<_, ExportError>>()?;
    let bytes = |chosen: &[usize]| -> usize {
        chosen.iter().flat_map(|&k| &jpegs[k]).map(String::len).sum()
    };
    let mut most = frames.len();
    let mut chosen = evenly(&way, most);
    while bytes(&chosen) > most_bytes && most > 2 {
        most = (most * most_bytes / bytes(&chosen)).clamp(2, most - 1);
        chosen = evenly(&way, most);
    }
    let mut labels = Vec::new();
    for &k in &chosen {
        labels.push(frames[k].0.map_or(Ok("as they are now".to_owned()), &label)?);
        for (sheet, jpeg) in sheets.iter_mut().zip(&jpegs[k]) {
            sheet.frames.push(jpeg.clone());
        }
    }
    Ok(Evolution { labels, sheets })
}

fn pictures(sheets: Vec<LayerSheet>) -> Vec<Sheet> {
    sheets.into_iter().map(|of_layer| of_layer.sheet).collect()
}

/// The sum of the differences of all pixels.
fn change(before: &[Sheet], after: &[Sheet]) -> u64 {
    before.iter().zip(after).map(|(before, after)| before.distance(after)).sum()
}

/// A JPEG file in base64.
fn jpeg(sheet: &Sheet) -> Result<String, ExportError> {
    let mut bytes = Vec::new();
    let sides = sheet.size().map(u16::try_from);
    let [Ok(width), Ok(height)] = sides else {
        return Err(std::io::Error::other("an image is too large for a page").into());
    };
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, JPEG_QUALITY);
    let encoded = encoder.encode(sheet.pixels(), width, height, jpeg_encoder::ColorType::Luma);
    encoded.map_err(std::io::Error::other)?;
    Ok(STANDARD.encode(bytes))
}
