//! PNG and JPEG pictures.

use std::io::Cursor;

use png::{ColorType, Decoder, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

const PNG: &[u8] = b"\x89PNG";
const JPEG: &[u8] = b"\xff\xd8\xff";
/// A picture with more is not decoded.
const MOST_PIXELS: usize = 100_000_000;

/// A decoded picture.
pub(crate) struct Picture {
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// Red, green, blue and alpha of each pixel, rows from the top.
    pub(crate) pixels: Vec<[u8; 4]>,
}

impl Picture {
    /// Whether a file that begins so is a picture that is read here.
    pub(crate) fn is_one(head: &[u8]) -> bool {
        head.starts_with(PNG) || head.starts_with(JPEG)
    }

    /// Decodes a picture; `check` sees its height and width before.
    pub(crate) fn read(
        content: &[u8],
        check: impl FnOnce([usize; 2]) -> Result<(), String>,
    ) -> Result<Self, String> {
        let check = |[height, width]: [usize; 2]| match height.checked_mul(width) {
            Some(..=MOST_PIXELS) => check([height, width]),
            _ => Err(format!(
                "it has {height} × {width} pixels; allowed: up to {MOST_PIXELS} in all"
            )),
        };
        if content.starts_with(JPEG) { jpeg(content, check) } else { png(content, check) }
    }

    /// Whether all its colours are greys.
    pub(crate) fn is_grey(&self) -> bool {
        self.pixels.iter().all(|[red, green, blue, _]| red == green && green == blue)
    }
}

/// The luma of a colour; of a grey, the same grey.
pub(crate) fn luma([red, green, blue, _]: [u8; 4]) -> u8 {
    let [red, green, blue] = [red, green, blue].map(u32::from);
    ((299 * red + 587 * green + 114 * blue) / 1000) as u8
}

fn png(
    content: &[u8],
    check: impl FnOnce([usize; 2]) -> Result<(), String>,
) -> Result<Picture, String> {
    let unreadable = |error: png::DecodingError| format!("not a readable PNG: {error}");
    let mut decoder = Decoder::new(Cursor::new(content));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(unreadable)?;
    // Checked before anything is decoded: the header may promise gigabytes.
    let [height, width] = [reader.info().height, reader.info().width].map(|side| side as usize);
    check([height, width])?;
    let (color, _) = reader.output_color_type();
    let mut samples = vec![0; height * width * color.samples()];
    reader.next_frame(&mut samples).map_err(unreadable)?;
    let pixel = |samples: &[u8]| match (color, samples) {
        (ColorType::GrayscaleAlpha, &[grey, alpha]) => [grey, grey, grey, alpha],
        (_, &[red, green, blue]) => [red, green, blue, u8::MAX],
        (_, &[red, green, blue, alpha]) => [red, green, blue, alpha],
        // Palettes are expanded.
        (_, samples) => [samples[0], samples[0], samples[0], u8::MAX],
    };
    let pixels = samples.chunks_exact(color.samples()).map(pixel).collect();
    Ok(Picture { height, width, pixels })
}

fn jpeg(
    content: &[u8],
    check: impl FnOnce([usize; 2]) -> Result<(), String>,
) -> Result<Picture, String> {
    let unreadable = |error: String| format!("not a readable JPEG: {error}");
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(content), options);
    decoder.decode_headers().map_err(|error| unreadable(error.to_string()))?;
    let (width, height) =
        decoder.dimensions().ok_or_else(|| unreadable("it has no size".to_owned()))?;
    check([height, width])?;
    let samples = decoder.decode().map_err(|error| unreadable(error.to_string()))?;
    if samples.len() != 3 * height * width {
        return Err(unreadable("its colours are of a kind that is not read".to_owned()));
    }
    let pixels = samples.as_chunks().0.iter();
    let pixels = pixels.map(|&[red, green, blue]| [red, green, blue, u8::MAX]).collect();
    Ok(Picture { height, width, pixels })
}
