//! Files of images.

use std::io::Write;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use hopfield_data::{ImageShape, Ink, images_in};

static SHAPE: LazyLock<ImageShape> = LazyLock::new(|| ImageShape::new(&[2, 3]).expect("a shape"));

/// IDX files. What such a file holds, it holds when gzip has compressed it, too.
pub fn idx(content: &[u8]) {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    gzip.write_all(content).expect("memory");
    let packed = images(&gzip.finish().expect("memory"), Ink::White);
    // Pictures and files that are compressed already are compressed once.
    if content.starts_with(&[0, 0]) {
        assert_eq!(images(content, Ink::White), packed);
    }
}

/// JPEG pictures.
pub fn jpeg(content: &[u8]) {
    images(content, Ink::White);
}

/// PNG pictures, in both inks.
pub fn png(content: &[u8]) {
    for ink in [Ink::White, Ink::Black] {
        images(content, ink);
    }
}

fn images(content: &[u8], ink: Ink) -> Option<Vec<u8>> {
    let pixels = images_in("fuzz", content, *SHAPE, ink).ok()?;
    assert_eq!(pixels.len() % SHAPE.dim(), 0);
    Some(pixels)
}
