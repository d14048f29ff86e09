//! Sheets: many images in one picture.

use std::convert::Infallible;
use std::io::Write;

use hopfield_arrays::ImageShape;
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, RasterizedChar, get_raster};

/// How numbers become grey values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tone {
    /// `low` and below is black, `high` and above white, on every tile.
    Fixed {
        /// Black.
        low: f32,
        /// White.
        high: f32,
    },
    /// Every tile's own smallest number is black, its largest white: shows structure whatever its scale.
    PerTile,
}

/// A picture, grey or in colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    width: usize,
    height: usize,
    /// 1 if it is grey, 3 if it is in colour.
    channels: usize,
    pixels: Vec<u8>,
}

/// Grey between tiles, and its width in pixels.
const GAP_TONE: u8 = 96;
const GAP: usize = 1;
/// Width of the gap between sheets.
const SHEET_GAP: usize = 8;
/// White around a line of text.
const MARGIN: usize = 4;

impl Sheet {
    /// Lays out `images` in rows of `columns` tiles, from the top left.
    ///
    /// # Shapes
    ///
    /// - images: n images of `shape`, one after the other
    ///
    /// # Panics
    ///
    /// If `columns` is 0 or the numbers are not whole images.
    pub fn tiles(images: &[f32], shape: ImageShape, columns: usize, tone: Tone) -> Self {
        assert_eq!(images.len() % shape.dim(), 0, "the images must be whole");
        let images =
            images.chunks_exact(shape.dim()).map(|image| Ok::<_, Infallible>(image.to_vec()));
        let Ok(sheet) = Self::tile_by_tile(images, shape, columns, tone);
        sheet
    }

    /// Like [`tiles`](Self::tiles), of images that are made one by one.
    ///
    /// # Errors
    ///
    /// An image can't be made.
    ///
    /// # Panics
    ///
    /// If `columns` is 0 or an image has another number of pixels.
    pub(crate) fn tile_by_tile<E>(
        images: impl ExactSizeIterator<Item = Result<Vec<f32>, E>>,
        shape: ImageShape,
        columns: usize,
        tone: Tone,
    ) -> Result<Self, E> {
        let (rows, cols, channels) = (shape.height(), shape.width(), shape.channels());
        let down = images.len().div_ceil(columns);
        let size = [columns * (cols + GAP) + GAP, down * (rows + GAP) + GAP];
        let mut sheet = Self::filled(size, channels, GAP_TONE);
        for (index, image) in images.enumerate() {
            let image = image?;
            assert_eq!(image.len(), shape.dim(), "the images must be whole");
            let (low, high) = match tone {
                Tone::Fixed { low, high } => (low, high),
                Tone::PerTile => extremes(&image),
            };
            // A tile of a single tone becomes mid-grey.
            let (low, high) = (f64::from(low), f64::from(high)); // their difference may overflow f32
            let scale = |x: f64| if high > low { (x - low) / (high - low) } else { 0.5 };
            let grey = |&x: &f32| (scale(x.into()).clamp(0.0, 1.0) * 255.0).round() as u8;
            let pixels = image.iter().map(grey).collect();
            let tile = Self { width: cols, height: rows, channels, pixels };
            let (right, below) = (index % columns, index / columns);
            sheet.paste(&tile, GAP + right * (cols + GAP), GAP + below * (rows + GAP));
        }
        Ok(sheet)
    }

    /// Sheets from left to right, aligned at the top.
    pub fn side_by_side(sheets: &[Sheet]) -> Self {
        let gaps = SHEET_GAP * sheets.len().saturating_sub(1);
        let width = sheets.iter().map(|sheet| sheet.width).sum::<usize>() + gaps;
        let height = sheets.iter().map(|sheet| sheet.height).max().unwrap_or(0);
        let mut whole = Self::filled([width, height], channels(sheets), u8::MAX);
        let mut left = 0;
        for sheet in sheets {
            whole.paste(sheet, left, 0);
            left += sheet.width + SHEET_GAP;
        }
        whole
    }

    /// Sheets from the top down, aligned at the left.
    pub fn below_each_other(sheets: &[Sheet]) -> Self {
        let width = sheets.iter().map(|sheet| sheet.width).max().unwrap_or(0);
        let height = sheets.iter().map(|sheet| sheet.height).sum();
        let mut whole = Self::filled([width, height], channels(sheets), GAP_TONE);
        let mut top = 0;
        for sheet in sheets {
            whole.paste(sheet, 0, top);
            top += sheet.height;
        }
        whole
    }

    /// Every pixel as a square, as large as fits into a `width`.
    pub fn enlarged(self, width: usize) -> Self {
        let factor = width / self.width.max(1);
        if factor <= 1 {
            return self;
        }
        let rows = self.rows();
        let wide = |row: &[u8]| -> Vec<u8> {
            row.chunks_exact(self.channels).flat_map(|pixel| pixel.repeat(factor)).collect()
        };
        Self {
            width: self.width * factor,
            height: self.height * factor,
            channels: self.channels,
            pixels: rows.flat_map(|row| wide(row).repeat(factor)).collect(),
        }
    }

    /// A line of text, black on white, as wide as asked for if it fits.
    ///
    /// Characters that are not printable ASCII are left out.
    pub fn line(text: &str, width: usize) -> Self {
        let chars = |height| -> Vec<RasterizedChar> {
            text.chars().filter_map(|c| get_raster(c, FontWeight::Regular, height)).collect()
        };
        let wide = |line: &[RasterizedChar]| line.iter().map(RasterizedChar::width).sum::<usize>();
        let mut line = chars(RasterHeight::Size24);
        if wide(&line) + 2 * MARGIN > width {
            line = chars(RasterHeight::Size16);
        }
        let height = line.first().map_or(0, RasterizedChar::height) + 2 * MARGIN;
        let width = width.max(wide(&line) + 2 * MARGIN);
        let mut strip = Self::filled([width, height], 1, u8::MAX);
        let mut left = MARGIN;
        for character in &line {
            for (down, row) in character.rows().enumerate() {
                let start = (MARGIN + down) * strip.width + left;
                let place = &mut strip.pixels[start..start + row.len()];
                place.iter_mut().zip(row).for_each(|(pixel, ink)| *pixel = u8::MAX - ink);
            }
            left += character.width();
        }
        strip
    }

    /// The sum of the differences of all pixels of two sheets of the same size.
    pub(crate) fn distance(&self, other: &Sheet) -> u64 {
        let pairs = self.pixels.iter().zip(&other.pixels);
        pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
    }

    /// The pixels of a grey sheet with 4 bits each, two in a byte; every row begins a byte.
    pub(crate) fn in_sixteen_tones(&self) -> Vec<u8> {
        let tone = |pixel: &u8| ((u16::from(*pixel) * 15 + 127) / 255) as u8;
        let rows = self.rows();
        let pair = |pair: &[u8]| tone(&pair[0]) << 4 | pair.get(1).map_or(0, tone);
        rows.flat_map(|row| row.chunks(2).map(pair)).collect()
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// Whether it is in colour.
    pub fn is_coloured(&self) -> bool {
        self.channels == 3
    }

    /// Its grey values, or the red, green and blue of each pixel; rows from the top.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The sheet as the bytes of a PNG file with 8 bits per grey value or colour.
    ///
    /// # Panics
    ///
    /// If the sheet is empty, or has over 2³¹ pixels in a row or column.
    pub fn to_png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let writer = self.encoder(&mut bytes).write_header();
        let written = writer.and_then(|mut writer| writer.write_image_data(&self.pixels));
        written.expect("a picture that is not empty can be written to memory");
        bytes
    }

    /// Writes pictures of this size.
    pub(crate) fn encoder<W: Write>(&self, out: W) -> png::Encoder<'static, W> {
        let size = |pixels: usize| u32::try_from(pixels).expect("a picture has fewer pixels");
        let mut encoder = png::Encoder::new(out, size(self.width), size(self.height));
        let kinds = [png::ColorType::Grayscale, png::ColorType::Rgb];
        encoder.set_color(kinds[usize::from(self.is_coloured())]);
        encoder.set_depth(png::BitDepth::Eight);
        encoder
    }

    fn filled([width, height]: [usize; 2], channels: usize, tone: u8) -> Self {
        Self { width, height, channels, pixels: vec![tone; width * height * channels] }
    }

    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks_exact((self.width * self.channels).max(1))
    }

    /// Lays a sheet over this one, which is in colour if the other is.
    fn paste(&mut self, other: &Sheet, left: usize, top: usize) {
        let channels = self.channels;
        for (row, pixels) in other.rows().enumerate() {
            let start = ((top + row) * self.width + left) * channels;
            let place =
                self.pixels[start..start + other.width * channels].chunks_exact_mut(channels);
            // The tone of a grey pixel is that of all colours.
            let pixels = pixels.chunks_exact(other.channels);
            place.zip(pixels).for_each(|(place, pixel)| match pixel {
                [grey] => place.fill(*grey),
                colours => place.copy_from_slice(colours),
            });
        }
    }
}

/// The channels of a sheet that shows these.
fn channels(sheets: &[Sheet]) -> usize {
    sheets.iter().map(|sheet| sheet.channels).max().unwrap_or(1)
}

/// The smallest and the largest number.
fn extremes(numbers: &[f32]) -> (f32, f32) {
    let extend = |(low, high): (f32, f32), &x: &f32| (low.min(x), high.max(x));
    numbers.iter().fold((f32::INFINITY, f32::NEG_INFINITY), extend)
}

#[cfg(test)]
mod tests {
    use super::*;

    const G: u8 = GAP_TONE;

    fn grey(height: usize, width: usize) -> ImageShape {
        ImageShape::new(&[height, width]).unwrap()
    }

    #[test]
    fn tiles_stand_where_they_should() {
        // Three images of 1 × 2 pixels in two columns.
        let images = [0.0, 1.0, 0.2, -3.0, 9.0, 0.4];
        let tone = Tone::Fixed { low: 0.0, high: 1.0 };
        let sheet = Sheet::tiles(&images, grey(1, 2), 2, tone);
        assert_eq!(sheet.size(), [7, 5]);
        #[rustfmt::skip]
        let expected = [
            G, G,   G,   G, G,  G, G,
            G, 0,   255, G, 51, 0, G,
            G, G,   G,   G, G,  G, G,
            G, 255, 102, G, G,  G, G,
            G, G,   G,   G, G,  G, G,
        ];
        assert_eq!(sheet.pixels, expected);
    }

    #[test]
    fn every_tile_can_have_its_own_tone() {
        let sheet = Sheet::tiles(&[-4.0, 6.0, 0.25, 0.25], grey(1, 2), 2, Tone::PerTile);
        assert_eq!(sheet.pixels[7..14], [G, 0, 255, G, 128, 128, G]);
        let large = Sheet::tiles(&[-3e38, 0.0, 3e38], grey(1, 3), 1, Tone::PerTile);
        assert_eq!(large.pixels[5..10], [G, 0, 128, 255, G]);
    }

    #[test]
    fn sheets_are_joined_and_enlarged() {
        let sheet = |pixels: &[u8]| Sheet {
            width: 1,
            height: pixels.len(),
            channels: 1,
            pixels: pixels.to_vec(),
        };
        let joined = Sheet::side_by_side(&[sheet(&[1, 2]), sheet(&[3])]);
        assert_eq!(joined.size(), [2 + SHEET_GAP, 2]);
        assert_eq!((joined.pixels[0], joined.pixels[9]), (1, 3));
        assert_eq!((joined.pixels[10], joined.pixels[19]), (2, u8::MAX));

        let joined = Sheet::below_each_other(&[sheet(&[1, 2]), sheet(&[3])]);
        assert_eq!((joined.size(), &joined.pixels[..]), ([1, 3], &[1, 2, 3][..]));

        let large = sheet(&[1, 2]).enlarged(2);
        assert_eq!(large.size(), [2, 4]);
        assert_eq!(large.pixels, [1, 1, 1, 1, 2, 2, 2, 2]);
    }

    #[test]
    fn a_line_of_text_has_ink_and_fits() {
        let line = Sheet::line("epoch 1", 200);
        assert_eq!(line.size(), [200, 24 + 2 * MARGIN]);
        assert!(line.pixels.iter().filter(|&&pixel| pixel < 64).count() > 100);
        let narrow = Sheet::line("epoch 1", 80);
        assert_eq!(narrow.size(), [80, 16 + 2 * MARGIN]);
        assert!(Sheet::line("epoch 1", 10).size()[0] > 10);
    }

    #[test]
    fn sixteen_tones_are_two_in_a_byte() {
        let sheet =
            Sheet { width: 3, height: 2, channels: 1, pixels: vec![0, 255, 128, 17, 8, 255] };
        assert_eq!(sheet.in_sixteen_tones(), [0x0f, 0x80, 0x10, 0xf0]);
        let other = Sheet { pixels: vec![0, 250, 128, 18, 8, 255], ..sheet.clone() };
        assert_eq!(sheet.distance(&other), 6);
    }

    #[test]
    fn colours_stay_colours_beside_greys() {
        let tone = Tone::Fixed { low: 0.0, high: 1.0 };
        let shape = ImageShape::new(&[1, 1, 3]).unwrap();
        let sheet = Sheet::tiles(&[1.0, 0.0, 0.2, 0.0, 1.0, 0.0], shape, 2, tone);
        assert!(sheet.is_coloured());
        let gap = [G; 3];
        let row = [gap, [255, 0, 51], gap, [0, 255, 0], gap];
        assert_eq!(sheet.pixels, [[gap; 5], row, [gap; 5]].concat().concat());
        let beside = Sheet { width: 1, height: 1, channels: 1, pixels: vec![7] };
        let joined = Sheet::below_each_other(&[beside, sheet.clone()]);
        assert_eq!((joined.size(), &joined.pixels[..6]), ([5, 4], &[7, 7, 7, G, G, G][..]));
        let large = sheet.enlarged(10);
        assert_eq!((large.size(), &large.pixels[66..72]), ([10, 6], &[255, 0, 51, 255, 0, 51][..]));
        let mut reader =
            png::Decoder::new(std::io::Cursor::new(large.to_png())).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, large.pixels);
    }

    #[test]
    fn a_png_reads_back() {
        let sheet = Sheet::tiles(&[0.0, 1.0, 0.5, 0.25], grey(2, 2), 1, Tone::PerTile);
        let bytes = sheet.to_png();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!([info.width as usize, info.height as usize], sheet.size());
        assert_eq!(pixels, sheet.pixels);
    }
}
