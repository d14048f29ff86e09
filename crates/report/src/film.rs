//! Films: sheets one after the other, as an animated PNG.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use hopfield_arrays::WriteSeek;
use hopfield_database::{DatabaseFile, ExportError, ExportFormat, Files, Selection, Snapshot};

use crate::frames::evenly;
use crate::pictures::{Arrangement, picture};
use crate::sheet::Sheet;

/// Frames are enlarged, but not beyond this width.
const FRAME_WIDTH: usize = 1000;

/// An animated picture: the sheets of the snapshots, as they changed during the training.
pub(crate) const APNG: ExportFormat =
    ExportFormat { name: "apng", files: Files::One("evolution"), write };

fn write(selection: &mut Selection<'_>, out: &mut dyn WriteSeek) -> Result<(), ExportError> {
    let Selection { snapshots, layers, folder, .. } = selection;
    check_snapshots(snapshots, folder)?;
    let frame = |k: u32| {
        let mut snapshot = DatabaseFile::open(&snapshots[k as usize].path)?;
        Ok(picture(&mut snapshot, layers, None)?.enlarged(FRAME_WIDTH))
    };
    write_apng(out, u32::try_from(snapshots.len()).unwrap_or(u32::MAX), Tones::All, frame)
}

/// Refuses a run without snapshots, and says how to get them.
///
/// # Errors
///
/// There are none.
pub fn check_snapshots(snapshots: &[Snapshot], run: &Path) -> Result<(), ExportError> {
    if snapshots.is_empty() {
        return Err(ExportError::Refused(format!(
            "{}: there are no snapshots of the training in it, so its evolution can't be shown; train with output.snapshots = 32",
            run.display()
        )));
    }
    Ok(())
}

/// A film for a README has at most so many bytes, as long as it has this many frames.
const MOST_BYTES: usize = 2_000_000;
const FEWEST_FRAMES: usize = 8;

/// The training as a film: an animated PNG, in 16 tones if it is grey, with a line of text above every frame, of 2 MB at most if 8 frames are
/// not more than that. The frames are chosen so that the picture changes by the same amount from one to the next.
///
/// `label` returns the line above a snapshot's frame.
///
/// # Errors
///
/// A file can't be read, no pattern is an image, or `label` fails.
///
/// # Panics
///
/// If there are no snapshots.
pub fn film<E: From<ExportError>>(
    snapshots: &[Snapshot],
    layers: &[usize],
    arrangement: Option<&Arrangement>,
    label: impl Fn(&Snapshot) -> Result<String, E>,
) -> Result<Vec<u8>, E> {
    let sheet = |snapshot: &Snapshot| {
        let mut database = DatabaseFile::open(&snapshot.path).map_err(ExportError::from)?;
        picture(&mut database, layers, arrangement)
    };
    let sheets = snapshots.iter().map(sheet).collect::<Result<Vec<_>, _>>()?;
    let mut changed = vec![0];
    for pair in sheets.windows(2) {
        changed.push(changed[changed.len() - 1] + pair[0].distance(&pair[1]));
    }
    let mut labels: BTreeMap<usize, Sheet> = BTreeMap::new();
    let mut most = sheets.len();
    loop {
        let chosen = evenly(&changed, most);
        let frames = chosen.iter().map(|&k| {
            let sheet = sheets[k].clone().enlarged(FRAME_WIDTH);
            let line = match labels.get(&k) {
                Some(line) => line.clone(),
                None => Sheet::line(&label(&snapshots[k])?, sheet.size()[0]),
            };
            labels.insert(k, line.clone());
            Ok(Sheet::below_each_other(&[line, sheet]))
        });
        let frames = frames.collect::<Result<Vec<_>, E>>()?;
        let mut bytes = Vec::new();
        let count = frames.len() as u32;
        write_apng(&mut bytes, count, Tones::Sixteen, |k| Ok(frames[k as usize].clone()))?;
        if bytes.len() <= MOST_BYTES || most <= FEWEST_FRAMES {
            return Ok(bytes);
        }
        most = (most * MOST_BYTES / bytes.len()).clamp(FEWEST_FRAMES, most - 1);
    }
}

/// Each frame is shown this long, the last one longer.
const FRAME_MS: u16 = 200;
const LAST_FRAME_MS: u16 = 3000;

/// How many tones a frame has.
#[derive(Clone, Copy, PartialEq)]
enum Tones {
    /// 256.
    All,
    /// 16, which is enough for the eye, and a third of the bytes.
    Sixteen,
}

/// Writes an animated PNG that repeats for ever. Viewers without support for animations show its last frame.
///
/// `frame` gives frame k of `frames`; all have the same size.
fn write_apng(
    out: impl Write,
    frames: u32,
    tones: Tones,
    frame: impl Fn(u32) -> Result<Sheet, ExportError>,
) -> Result<(), ExportError> {
    let other = |error: png::EncodingError| io::Error::other(error.to_string());
    let last = frame(frames - 1)?;
    // Colours have more than 16.
    let tones = if last.is_coloured() { Tones::All } else { tones };
    let mut encoder = last.encoder(out);
    if tones == Tones::Sixteen {
        encoder.set_depth(png::BitDepth::Four);
        encoder.set_compression(png::Compression::High);
    }
    encoder.set_animated(frames, 0).map_err(other)?;
    encoder.set_sep_def_img(true).map_err(other)?;
    let mut writer = encoder.write_header().map_err(other)?;
    let mut write = |sheet: &Sheet, delay| {
        if let Some(delay) = delay {
            writer.set_frame_delay(delay, 1000)?;
        }
        match tones {
            Tones::All => writer.write_image_data(sheet.pixels()),
            Tones::Sixteen => writer.write_image_data(&sheet.in_sixteen_tones()),
        }
    };
    write(&last, None).map_err(other)?;
    for k in 0..frames - 1 {
        write(&frame(k)?, Some(FRAME_MS)).map_err(other)?;
    }
    write(&last, Some(LAST_FRAME_MS)).map_err(other)?;
    Ok(writer.finish().map_err(other)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Tone;
    use hopfield_arrays::ImageShape;

    fn sheets(greys: &[f32]) -> Vec<Sheet> {
        let tone = Tone::Fixed { low: 0.0, high: 1.0 };
        greys
            .iter()
            .map(|&grey| Sheet::tiles(&[grey; 4], ImageShape::new(&[2, 2]).unwrap(), 1, tone))
            .collect()
    }

    #[test]
    fn every_frame_is_in_the_file() {
        let sheets = sheets(&[0.0, 0.5, 1.0]);
        for tones in [Tones::All, Tones::Sixteen] {
            let mut bytes = Vec::new();
            write_apng(&mut bytes, 3, tones, |k| Ok(sheets[k as usize].clone())).unwrap();
            let mut reader = png::Decoder::new(io::Cursor::new(bytes)).read_info().unwrap();
            assert_eq!(reader.info().animation_control().unwrap().num_frames, 3);
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            // The picture of viewers that show only one, then the frames.
            for sheet in [&sheets[2]].into_iter().chain(&sheets) {
                reader.next_frame(&mut pixels).unwrap();
                match tones {
                    Tones::All => assert_eq!(pixels, sheet.pixels()),
                    Tones::Sixteen => assert_eq!(pixels, sheet.in_sixteen_tones()),
                }
            }
            let delay = reader.info().frame_control().unwrap();
            assert_eq!((delay.delay_num, delay.delay_den), (LAST_FRAME_MS, 1000));
        }
    }
}
