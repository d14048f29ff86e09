//! Sheets one after the other, as an animated PNG.

use std::io::{self, Write};

use crate::Sheet;

/// Each frame is shown so long, the last one longer.
const FRAME_MS: u16 = 200;
const LAST_FRAME_MS: u16 = 3000;

/// Writes an animated PNG that repeats for ever; viewers that know no animations show its first frame.
///
/// `frame` gives frame k of `frames`, all of one size, in their order.
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
    use crate::Tone;

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
