//! Films: sheets one after the other, as an animated PNG.

use std::io::{self, Write};

use hopfield_arrays::WriteSeek;
use hopfield_database::{DatabaseFile, ExportError, ExportFormat, Files, Selection};

use crate::pictures::picture;
use crate::sheet::Sheet;

/// Frames are enlarged, but not beyond this width.
const FRAME_WIDTH: usize = 1000;

/// An animated picture: the sheets of the snapshots, as they changed during the training.
pub(crate) const APNG: ExportFormat =
    ExportFormat { name: "apng", files: Files::One("evolution"), write };

fn write(selection: &mut Selection<'_>, out: &mut dyn WriteSeek) -> Result<(), ExportError> {
    let Selection { snapshots, layers, folder, .. } = selection;
    if snapshots.is_empty() {
        return Err(ExportError::Refused(format!(
            "{}: there are no snapshots of the training in it, so its evolution can't be shown; train with output.snapshots = 32",
            folder.display()
        )));
    }
    let frame = |k: u32| {
        let mut snapshot = DatabaseFile::open(&snapshots[k as usize].path)?;
        picture(&mut snapshot, layers, FRAME_WIDTH)
    };
    write_apng(out, u32::try_from(snapshots.len()).unwrap_or(u32::MAX), frame)
}

/// Each frame is shown this long, the last one longer.
const FRAME_MS: u16 = 200;
const LAST_FRAME_MS: u16 = 3000;

/// Writes an animated PNG that repeats for ever. Viewers without support for animations show its first frame.
///
/// `frame` gives frame k of `frames`; it is called in order, and all frames have the same size.
fn write_apng(
    out: impl Write,
    frames: u32,
    frame: impl Fn(u32) -> Result<Sheet, ExportError>,
) -> Result<(), ExportError> {
    let other = |error: png::EncodingError| io::Error::other(error.to_string());
    let mut sheet = frame(0)?;
    let mut encoder = sheet.encoder(out);
    encoder.set_animated(frames, 0).map_err(other)?;
    let mut writer = encoder.write_header().map_err(other)?;
    for k in 1..=frames {
        let delay = if k == frames { LAST_FRAME_MS } else { FRAME_MS };
        writer.set_frame_delay(delay, 1000).map_err(other)?;
        writer.write_image_data(sheet.pixels()).map_err(other)?;
        if k < frames {
            sheet = frame(k)?;
        }
    }
    Ok(writer.finish().map_err(other)?)
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
        write_apng(&mut bytes, 3, |k| Ok(sheets[k as usize].clone())).unwrap();
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
