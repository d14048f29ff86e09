//! Films: sheets one after the other, as an animated PNG.

use std::io::{self, Write};

use hopfield_arrays::WriteSeek;
use hopfield_database::{DatabaseFile, ExportError, ExportFormat, Files, Selection};

use crate::pictures::{layer_sheets, side_by_side};
use crate::sheet::Sheet;

/// An animated picture: the sheets of the snapshots, as they changed during the training.
pub struct Apng;

/// Frames are enlarged, but not beyond this width.
const FRAME_WIDTH: usize = 1000;

impl ExportFormat for Apng {
    fn name(&self) -> &'static str {
        "apng"
    }

    fn files(&self) -> Files {
        Files::One("evolution")
    }

    fn check(&self, selection: &Selection<'_>) -> Result<(), ExportError> {
        match selection.snapshots {
            [] => Err(ExportError::NoSnapshots(selection.folder.into())),
            _ => Ok(()),
        }
    }

    fn write(
        &self,
        selection: &mut Selection<'_>,
        out: &mut dyn WriteSeek,
    ) -> Result<(), ExportError> {
        let Selection { snapshots, layers, .. } = selection;
        let frame = |k: u32| {
            let mut snapshot = DatabaseFile::open(&snapshots[k as usize].path)?;
            let sheet = side_by_side(layer_sheets(&mut snapshot, layers, usize::MAX)?);
            let [width, _] = sheet.size();
            Ok(sheet.enlarged((FRAME_WIDTH / width).max(1)))
        };
        write_apng(out, u32::try_from(snapshots.len()).unwrap_or(u32::MAX), frame)
    }
}

/// Each frame is shown this long, the last one longer.
const FRAME_MS: u16 = 200;
const LAST_FRAME_MS: u16 = 3000;

/// Writes an animated PNG that repeats for ever. Viewers without support for animations show its first frame.
///
/// `frame` gives frame k of `frames`; it is called in order, and all frames have the same size.
///
/// # Errors
///
/// A frame can't be made or written.
pub fn write_apng<E: From<io::Error>>(
    out: impl Write,
    frames: u32,
    mut frame: impl FnMut(u32) -> Result<Sheet, E>,
) -> Result<(), E> {
    let other = |error: png::EncodingError| io::Error::other(error.to_string());
    let first = frame(0)?;
    let [width, height] = first.size().map(|pixels| pixels as u32);
    let mut encoder = png::Encoder::new(out, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_animated(frames, 0).map_err(other)?;
    let mut writer = encoder.write_header().map_err(other)?;
    let mut sheet = Some(first);
    for k in 0..frames {
        let last = k + 1 == frames;
        writer.set_frame_delay(if last { LAST_FRAME_MS } else { FRAME_MS }, 1000).map_err(other)?;
        let shown = match sheet.take() {
            Some(first) => first,
            None => frame(k)?,
        };
        writer.write_image_data(shown.pixels()).map_err(other)?;
    }
    writer.finish().map_err(other)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Tone;

    #[test]
    fn every_frame_is_in_the_file() {
        let tone = Tone::Fixed { low: 0.0, high: 1.0 };
        let sheets = [0.0, 0.5, 1.0].map(|grey| Sheet::tiles(&[grey; 4], [2, 2], 1, tone));
        let mut bytes = Vec::new();
        write_apng(&mut bytes, 3, |k| Ok::<_, io::Error>(sheets[k as usize].clone())).unwrap();
        let mut reader = png::Decoder::new(io::Cursor::new(bytes)).read_info().unwrap();
        assert_eq!(reader.info().animation_control().unwrap().num_frames, 3);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        for sheet in &sheets {
            reader.next_frame(&mut pixels).unwrap();
            assert_eq!(pixels, sheet.pixels());
        }
        let delay = reader.info().frame_control().unwrap();
        assert_eq!((delay.delay_num, delay.delay_den), (LAST_FRAME_MS, 1000));
    }
}
