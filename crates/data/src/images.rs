//! Images without labels, of one size: a PNG picture, or an IDX file of many.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use png::{ColorType, Decoder, Transformations};

use crate::DataError;
use crate::idx;

const PNG_MAGIC: &[u8] = b"\x89PNG";

/// The images in a file, which must have `shape` rows and columns: grey values from 0 (black) to 255, image after image,
/// rows from the top. Colours become their luma, transparent pixels become black.
///
/// # Errors
///
/// The file can't be read, is neither a PNG picture nor an IDX file of images (plain or gzip-compressed), or its images
/// have a different size.
pub fn images(path: &Path, shape: [usize; 2]) -> Result<Vec<u8>, DataError> {
    let content = fs::read(path).map_err(|source| DataError::Io { path: path.into(), source })?;
    images_in(&path.display().to_string(), &content, shape)
}

/// The images in the content of the file `name`; see [`images`].
///
/// # Errors
///
/// As for [`images`].
///
/// ```
/// let one_by_two = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6];
/// assert_eq!(hopfield_data::images_in("mine-idx3-ubyte", &one_by_two, [1, 2])?, [5, 6]);
/// # Ok::<(), hopfield_data::DataError>(())
/// ```
pub fn images_in(name: &str, content: &[u8], shape: [usize; 2]) -> Result<Vec<u8>, DataError> {
    let malformed = |problem| DataError::Malformed { file: name.to_owned(), problem };
    let check = |[height, width]: [usize; 2]| match [height, width] == shape {
        true => Ok(()),
        false => Err(format!(
            "its images are {height} × {width} pixels; needed are {} × {}",
            shape[0], shape[1]
        )),
    };
    if !content.starts_with(PNG_MAGIC) {
        let size = |[_, height, width]: [usize; 3]| check([height, width]);
        return Ok(idx::read(name, content, "images", size)?.1);
    }
    let unreadable = |error: png::DecodingError| malformed(format!("not a readable PNG: {error}"));
    let mut decoder = Decoder::new(Cursor::new(content));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(unreadable)?;
    // Checked before anything is decoded: the header may promise gigabytes.
    let size = [reader.info().height, reader.info().width].map(|side| side as usize);
    check(size).map_err(malformed)?;
    let (color, _) = reader.output_color_type();
    let mut pixels = vec![0; shape[0] * shape[1] * color.samples()];
    reader.next_frame(&mut pixels).map_err(unreadable)?;
    let luma = |rgb: &[u8]| {
        let [red, green, blue] = [rgb[0], rgb[1], rgb[2]].map(u32::from);
        (299 * red + 587 * green + 114 * blue) / 1000
    };
    let grey = |pixel: &[u8]| -> u8 {
        let (value, alpha) = match color {
            ColorType::GrayscaleAlpha => (u32::from(pixel[0]), pixel[1]),
            ColorType::Rgb => (luma(pixel), u8::MAX),
            ColorType::Rgba => (luma(pixel), pixel[3]),
            // Palettes are expanded.
            ColorType::Grayscale | ColorType::Indexed => (u32::from(pixel[0]), u8::MAX),
        };
        (value * u32::from(alpha) / 255) as u8
    };
    Ok(pixels.chunks_exact(color.samples()).map(grey).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(color: ColorType, [height, width]: [u32; 2], data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(color);
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        bytes
    }

    fn problem(content: &[u8], shape: [usize; 2]) -> String {
        images_in("a", content, shape).unwrap_err().to_string()
    }

    #[test]
    fn pictures_become_grey() {
        let grey = png(ColorType::Grayscale, [1, 3], &[0, 7, 255]);
        assert_eq!(images_in("a", &grey, [1, 3]).unwrap(), [0, 7, 255]);
        let color = png(ColorType::Rgba, [1, 2], &[255, 255, 255, 255, 255, 255, 255, 0]);
        assert_eq!(images_in("a", &color, [1, 2]).unwrap(), [255, 0]);
        let color = png(ColorType::Rgb, [1, 1], &[100, 200, 50]);
        assert_eq!(images_in("a", &color, [1, 1]).unwrap(), [153]);
    }

    #[test]
    fn other_files_are_clear_errors() {
        let picture = png(ColorType::Grayscale, [2, 3], &[0; 6]);
        assert_eq!(problem(&picture, [3, 2]), "a: its images are 2 × 3 pixels; needed are 3 × 2");
        assert!(problem(&picture[..50], [2, 3]).starts_with("a: not a readable PNG: "));
        let idx = [&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2][..], &[5, 6]].concat();
        assert_eq!(images_in("a", &idx, [1, 2]).unwrap(), [5, 6]);
        assert_eq!(problem(&idx, [2, 1]), "a: its images are 1 × 2 pixels; needed are 2 × 1");
        assert!(problem(b"hello, world", [2, 3]).contains("not an IDX file of images"));
    }

    #[test]
    fn a_picture_that_promises_gigabytes_is_refused_by_its_size() {
        let mut picture = png(ColorType::Grayscale, [2, 3], &[0; 6]);
        picture[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        // The header's checksum is wrong now, or else its size.
        assert!(problem(&picture, [2, 3]).starts_with("a: "));
    }
}
