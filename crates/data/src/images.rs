//! Images without labels, of one size: a PNG or JPEG picture, or an IDX file of many.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use hopfield_arrays::{FileKind, ImageShape, content_head};

use crate::picture::{Picture, luma};
use crate::{DataError, idx};

const NEEDED: &str = "a PNG or JPEG picture, or an IDX file of images";

/// The ink that images are drawn in. They are read as white on black, as the bundled digits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// On black. Images are read as they are.
    White,
    /// On white paper. Images are inverted.
    Black,
}

/// The images in a file, which must have this height and width: numbers from 0 (black) to 255, image after image, rows from the top.
/// If the shape has one channel, colours become their luma.
///
/// Transparent pixels are paper: black, or white with [`Ink::Black`] (before it is inverted). A picture in one colour, of which
/// only the transparency differs, is read from its alpha channel, whatever the colour: what is opaque is white.
///
/// # Errors
///
/// The file can't be read, is neither a picture nor an IDX file of images (plain or gzip-compressed), its images have a
/// different size, or the ink of a picture with transparent paper is the other one.
pub fn images(path: &Path, shape: ImageShape, ink: Ink) -> Result<Vec<u8>, DataError> {
    let name = path.display().to_string();
    let content = fs::read(path).map_err(|source| match source.kind() {
        ErrorKind::IsADirectory => DataError::Malformed {
            file: name.clone(),
            problem: format!("it is a folder; needed is {NEEDED}"),
        },
        _ => DataError::Io { path: path.into(), source },
    })?;
    images_in(&name, &content, shape, ink)
}

/// The images in the content of the file `name`; see [`images`].
///
/// # Errors
///
/// As for [`images`].
///
/// ```
/// use hopfield_arrays::ImageShape;
/// use hopfield_data::{Ink, images_in};
///
/// let one_by_two = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6];
/// let shape = ImageShape::new(&[1, 2])?;
/// assert_eq!(images_in("mine-idx3-ubyte", &one_by_two, shape, Ink::White)?, [5, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn images_in(
    name: &str,
    content: &[u8],
    shape: ImageShape,
    ink: Ink,
) -> Result<Vec<u8>, DataError> {
    let malformed = |problem| DataError::Malformed { file: name.to_owned(), problem };
    let [height, width] = [shape.height(), shape.width()];
    let check = |found: [usize; 2]| match found == [height, width] {
        true => Ok(()),
        false => Err(format!(
            "its images are {} × {} pixels; needed are {height} × {width}",
            found[0], found[1]
        )),
    };
    if Picture::is_one(content) {
        let picture = Picture::read(content, check).map_err(malformed)?;
        return match shape.channels() {
            1 => greys(&picture, ink).map_err(malformed),
            _ => Ok(colours(&picture, ink)),
        };
    }
    let head = content_head(content);
    let kind = FileKind::of(&head);
    if kind.is_picture() {
        // A picture that could be read is here because gzip compressed it.
        let advice = if Picture::is_one(&head) { "decompress it" } else { "convert it to PNG" };
        return Err(malformed(format!("{}; {advice}", kind.instead_of(NEEDED))));
    }
    if !kind.is_idx() {
        return Err(malformed(kind.instead_of(NEEDED)));
    }
    if shape.channels() > 1 {
        return Err(malformed(format!("its images are grey; needed are images of {shape}")));
    }
    let size = |[_, height, width]: [usize; 3]| check([height, width]);
    let (_, mut pixels) = idx::read(name, content, "images", size)?;
    if ink == Ink::Black {
        pixels.iter_mut().for_each(|grey| *grey = 255 - *grey);
    }
    Ok(pixels)
}

/// Greys and alphas are rounded, and programs that store their products round those, too.
const ROUNDING: u8 = 2;
/// Ink this many times as visible on the other paper was meant for it.
const OTHER_PAPER: u8 = 4;

struct Pixel {
    grey: u8,
    alpha: u8,
}

impl Pixel {
    /// What is seen of it on this grey.
    fn over(&self, ground: u8) -> u8 {
        let [grey, alpha, ground] = [self.grey, self.alpha, ground].map(u32::from);
        ((grey * alpha + ground * (255 - alpha) + 127) / 255) as u8
    }
}

fn greys(picture: &Picture, ink: Ink) -> Result<Vec<u8>, String> {
    let pixel = |&pixel: &[u8; 4]| Pixel { grey: luma(pixel), alpha: pixel[3] };
    composed(&picture.pixels.iter().map(pixel).collect::<Vec<_>>(), ink)
}

/// Red, green and blue of each pixel on its paper.
pub(crate) fn colours(picture: &Picture, ink: Ink) -> Vec<u8> {
    let (paper, inverted) = match ink {
        Ink::White => (0, false),
        Ink::Black => (u8::MAX, true),
    };
    let shown = |&[red, green, blue, alpha]: &[u8; 4]| {
        let on_paper = |grey| Pixel { grey, alpha }.over(paper);
        [red, green, blue].map(on_paper).map(|x| if inverted { u8::MAX - x } else { x })
    };
    picture.pixels.iter().flat_map(shown).collect()
}

/// White ink on black, of pixels that may be transparent; see [`images`].
fn composed(pixels: &[Pixel], ink: Ink) -> Result<Vec<u8>, String> {
    let range = |greys: &[u8]| greys.iter().max().zip(greys.iter().min()).map_or(0, |(a, b)| a - b);
    let over = |ground: u8| pixels.iter().map(|pixel| pixel.over(ground)).collect::<Vec<u8>>();
    let alphas: Vec<u8> = pixels.iter().map(|pixel| pixel.alpha).collect();
    let most_opaque = pixels.iter().max_by_key(|pixel| pixel.alpha).map_or(0, |pixel| pixel.grey);
    // On paper of its own colour, a picture in one colour vanishes.
    if range(&alphas) > 0
        && pixels.iter().all(|pixel| pixel.over(most_opaque).abs_diff(most_opaque) <= ROUNDING)
    {
        return Ok(alphas);
    }
    let (paper, other, is, hint) = match ink {
        Ink::White => {
            (0, 255, "dark", "give --invert, which reads transparent pixels as white paper")
        }
        Ink::Black => {
            (255, 0, "light", "leave out --invert, which reads transparent pixels as white paper")
        }
    };
    let mut greys = over(paper);
    if range(&greys) < range(&over(other)) / OTHER_PAPER {
        return Err(format!("its ink is {is} and its paper transparent; {hint}"));
    }
    if ink == Ink::Black {
        greys.iter_mut().for_each(|grey| *grey = 255 - *grey);
    }
    Ok(greys)
}

#[cfg(test)]
mod tests {
    use png::ColorType;

    use super::*;

    fn grey([height, width]: [usize; 2]) -> ImageShape {
        ImageShape::new(&[height, width]).unwrap()
    }

    fn png(color: ColorType, [height, width]: [u32; 2], data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(color);
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        bytes
    }

    fn problem(content: &[u8], shape: [usize; 2]) -> String {
        images_in("a", content, grey(shape), Ink::White).unwrap_err().to_string()
    }

    fn row(color: ColorType, width: usize, data: &[u8], ink: Ink) -> Vec<u8> {
        images_in("a", &png(color, [1, width as u32], data), grey([1, width]), ink).unwrap()
    }

    #[test]
    fn pictures_become_grey() {
        assert_eq!(row(ColorType::Grayscale, 3, &[0, 7, 255], Ink::White), [0, 7, 255]);
        assert_eq!(row(ColorType::Grayscale, 3, &[0, 7, 255], Ink::Black), [255, 248, 0]);
        let color = [100, 200, 50, 0, 0, 0];
        assert_eq!(row(ColorType::Rgb, 2, &color, Ink::White), [153, 0]);
    }

    /// Whatever the colour, and with either ink: black and white are what drawing programs use.
    #[test]
    fn a_picture_in_one_colour_is_read_from_its_transparency() {
        for grey in [0, 255, 40] {
            let data = [grey, 0, grey, 128, grey, 255];
            for ink in [Ink::White, Ink::Black] {
                assert_eq!(row(ColorType::GrayscaleAlpha, 3, &data, ink), [0, 128, 255]);
            }
        }
        // Transparent pixels have any colour, and nearly transparent ones a rounded one.
        let data = [90, 200, 3, 0, 255, 0, 0, 3, 250, 0, 0, 200];
        assert_eq!(row(ColorType::Rgba, 3, &data, Ink::White), [0, 3, 200]);
        // A palette with one transparent entry.
        let mut indexed = Vec::new();
        let mut encoder = png::Encoder::new(&mut indexed, 3, 1);
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(&[255, 255, 255, 0, 0, 0][..]);
        encoder.set_trns(&[0, 255][..]);
        encoder.write_header().unwrap().write_image_data(&[0, 1, 0]).unwrap();
        assert_eq!(images_in("a", &indexed, grey([1, 3]), Ink::White).unwrap(), [0, 255, 0]);
    }

    #[test]
    fn other_transparent_pixels_are_paper() {
        let light = [255, 0, 255, 128, 200, 255, 0, 255];
        assert_eq!(row(ColorType::GrayscaleAlpha, 4, &light, Ink::White), [0, 128, 200, 0]);
        let dark = [0, 0, 0, 128, 55, 255, 255, 255];
        assert_eq!(row(ColorType::GrayscaleAlpha, 4, &dark, Ink::Black), [0, 128, 200, 0]);
        // Equally transparent everywhere: the transparency says nothing.
        let even = [0, 128, 200, 128];
        assert_eq!(row(ColorType::GrayscaleAlpha, 2, &even, Ink::White), [0, 100]);
        assert_eq!(row(ColorType::GrayscaleAlpha, 2, &[9, 0, 7, 0], Ink::White), [0, 0]);
        // Opaque: there is no paper.
        assert_eq!(row(ColorType::GrayscaleAlpha, 2, &[0, 255, 20, 255], Ink::White), [0, 20]);
    }

    #[test]
    fn ink_that_its_paper_would_hide_is_refused_with_a_hint_that_works() {
        for (greys, ink, other, expected) in [
            (
                [0, 30],
                Ink::White,
                Ink::Black,
                "a: its ink is dark and its paper transparent; give --invert",
            ),
            (
                [255, 225],
                Ink::Black,
                Ink::White,
                "a: its ink is light and its paper transparent; leave out --invert",
            ),
        ] {
            let data = [greys[0], 255, greys[1], 255, 0, 0];
            let picture = png(ColorType::GrayscaleAlpha, [1, 3], &data);
            let error = images_in("a", &picture, grey([1, 3]), ink).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
            assert_eq!(images_in("a", &picture, grey([1, 3]), other).unwrap(), [255, 225, 0]);
        }
    }

    #[test]
    fn other_files_are_clear_errors() {
        let picture = png(ColorType::Grayscale, [2, 3], &[0; 6]);
        assert_eq!(problem(&picture, [3, 2]), "a: its images are 2 × 3 pixels; needed are 3 × 2");
        assert!(problem(&picture[..50], [2, 3]).starts_with("a: not a readable PNG: "));
        let idx = [&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2][..], &[5, 6]].concat();
        assert_eq!(images_in("a", &idx, grey([1, 2]), Ink::White).unwrap(), [5, 6]);
        assert_eq!(images_in("a", &idx, grey([1, 2]), Ink::Black).unwrap(), [250, 249]);
        assert_eq!(problem(&idx, [2, 1]), "a: its images are 1 × 2 pixels; needed are 2 × 1");
        let needed = "needed is a PNG or JPEG picture, or an IDX file of images";
        let gzip = crate::tests::gzip;
        for (content, found, hint) in [
            (&b"hello, world"[..], "a text (\"hello, world\")", ""),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP file", "; convert it to PNG"),
            (b"PK\x03\x04", "a zip archive", "; unpack it"),
            (b"\x93NUMPY", "a NumPy array (npy)", ""),
            (&gzip(&picture), "a PNG file", "; decompress it"),
            (&gzip(b"GIF89a"), "a GIF file", "; convert it to PNG"),
        ] {
            assert_eq!(problem(content, [2, 3]), format!("a: it is {found}; {needed}{hint}"));
        }
        let labels = [0, 0, 8, 1, 0, 0, 0, 1, 7];
        assert!(problem(&labels, [2, 3]).ends_with("it looks like the file of labels"));
        let error = images(Path::new("."), grey([2, 3]), Ink::White).unwrap_err().to_string();
        assert_eq!(error, format!(".: it is a folder; {needed}"));
    }

    #[test]
    fn a_picture_that_promises_gigabytes_is_refused_by_its_size() {
        let mut picture = png(ColorType::Grayscale, [2, 3], &[0; 6]);
        picture[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        // The header's checksum is wrong now, or else its size.
        assert!(problem(&picture, [2, 3]).starts_with("a: "));
    }
}
