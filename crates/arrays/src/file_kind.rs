//! What a file is, told by its first bytes: for messages about files that are not what is needed.

use std::fmt;

/// What a file is, by its first bytes. Its `Display` is in words: "a JPEG file", "a text (\"hello, world\")", "empty".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileKind {
    name: String,
    family: Family,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Picture,
    Idx,
    /// The file that is needed may be in it.
    Packed,
    /// This was downloaded in place of a file.
    Page,
    Other,
}

use Family::{Other, Packed, Page, Picture};

/// What stands at which byte of a file of which kind. The first that fits counts.
const SIGNATURES: [(usize, &[u8], &str, Family); 51] = [
    (0, b"\xff\xd8\xff", "a JPEG file", Picture),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG file", Picture),
    (0, b"GIF8", "a GIF file", Picture),
    (8, b"WEBP", "a WebP file", Picture),
    (0, b"II*\0", "a TIFF file", Picture),
    (0, b"MM\0*", "a TIFF file", Picture),
    (0, b"II+\0", "a TIFF file", Picture),
    (0, b"MM\0+", "a TIFF file", Picture),
    (4, b"ftypavif", "an AVIF file", Picture),
    (4, b"ftyphei", "a HEIC file", Picture),
    (4, b"ftypmif1", "a HEIC file", Picture),
    (4, b"ftyp", "a video (MP4 or QuickTime)", Other),
    (4, b"JXL ", "a JPEG XL file", Picture),
    (0, b"\xff\x0a", "a JPEG XL file", Picture),
    (4, b"jP  \r\n", "a JPEG 2000 file", Picture),
    (0, b"8BPS", "a Photoshop file", Picture),
    (0, b"\0\0\x01\0", "an icon (ICO) file", Picture),
    (128, b"DICM", "a DICOM file", Picture),
    (0, b"<svg", "an SVG file", Picture),
    (0, b"PK\x03\x04", "a zip archive", Packed),
    (0, b"PK\x05\x06", "an empty zip archive", Packed),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", Packed),
    (0, b"Rar!\x1a\x07", "a RAR archive", Packed),
    (257, b"ustar", "a tar archive", Packed),
    (0, b"\x1f\x8b", "a gzip file", Packed),
    (0, b"\x1f\x9d", "a file of Unix compress (.Z)", Packed),
    (0, b"BZh", "a bzip2 file", Packed),
    (0, b"\xfd7zXZ\0", "an xz file", Packed),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard file", Packed),
    (0, b"\x04\x22\x4d\x18", "an LZ4 file", Packed),
    (0, b"\x93NUMPY", "a NumPy array (npy)", Other),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file", Other),
    (0, b"MATLAB 5.0", "a MATLAB file", Other),
    (0, b"PAR1", "a Parquet file", Other),
    (0, b"ARROW1", "an Arrow file", Other),
    (0, b"FEA1", "a Feather file", Other),
    (0, b"SIMPLE  =", "a FITS file", Other),
    (0, b"GGUF", "a GGUF file", Other),
    (0, b"SQLite format 3\0", "an SQLite database", Other),
    (0, b"\x80\x02", "a Python pickle", Other),
    (0, b"\x80\x03", "a Python pickle", Other),
    (0, b"\x80\x04", "a Python pickle", Other),
    (0, b"\x80\x05", "a Python pickle", Other),
    (0, b"%PDF", "a PDF document", Other),
    (0, b"{\\rtf", "an RTF document", Other),
    (0, b"\xd0\xcf\x11\xe0", "an old Office document or Thumbs.db", Other),
    (0, b"\0\x05\x16\x07", "an AppleDouble file, which macOS keeps beside another", Other),
    (0, b"\0\0\0\x01Bud1", "a .DS_Store file, which macOS keeps in folders", Other),
    (0, b"\x7fELF", "a program", Other),
    (0, b"\xff\xfe", "a text in UTF-16", Other),
    (0, b"\xfe\xff", "a text in UTF-16", Other),
];

/// Characters of a text that a message shows.
const SHOWN: usize = 40;

impl FileKind {
    /// The kind of a file that begins with `head`, its first [`HEAD`](crate::HEAD) bytes, or all if there are fewer.
    ///
    /// ```
    /// use hopfield_arrays::FileKind;
    ///
    /// let kind = FileKind::of(b"\xff\xd8\xff\xe0\0\x10JFIF");
    /// assert_eq!(kind.instead_of("a PNG picture"), "it is a JPEG file; needed is a PNG picture");
    /// assert!(kind.is_picture());
    /// ```
    pub fn of(head: &[u8]) -> Self {
        let has = |(at, bytes, ..): &&(usize, &[u8], &str, Family)| {
            head.get(*at..).is_some_and(|rest| rest.starts_with(bytes))
        };
        let (name, family) = if head.is_empty() {
            ("empty".into(), Other)
        } else if let Some(name) = idx_name(head) {
            (name, Family::Idx)
        } else if let Some((_, _, name, family)) = SIGNATURES.iter().find(has) {
            ((*name).into(), *family)
        } else if head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) {
            ("a BMP file".into(), Picture)
        } else if crate::is_safetensors(head) && head[4..8] == [0; 4] {
            ("a safetensors file".into(), Other)
        } else {
            text(head).unwrap_or_else(|| ("of unknown format".into(), Other))
        };
        Self { name, family }
    }

    /// Whether it is a picture, which other programs turn into a PNG picture.
    pub fn is_picture(&self) -> bool {
        self.family == Picture
    }

    /// Whether it is an IDX file, of whatever type and rank.
    pub fn is_idx(&self) -> bool {
        self.family == Family::Idx
    }

    /// What was found, what is needed instead, and what to do if that is clear:
    /// `it is a zip archive; needed is a PNG picture; unpack it`.
    pub fn instead_of(&self, needed: &str) -> String {
        let advice = match self.family {
            Packed => "; unpack it",
            Page => "; download the file itself again",
            Picture | Family::Idx | Other => "",
        };
        format!("it is {self}; needed is {needed}{advice}")
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// An IDX file: `0 0 type rank`, then the dimensions.
fn idx_name(head: &[u8]) -> Option<String> {
    let &[0, 0, element, rank @ 1..=8, ..] = head else { return None };
    let element = match element {
        0x08 => "unsigned bytes",
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floats",
        0x0e => "64-bit floats",
        _ => return None,
    };
    let dimensions = match rank {
        1 => "1 dimension, as labels have".into(),
        3 => "3 dimensions, as images have".into(),
        rank => format!("{rank} dimensions"),
    };
    Some(format!("an IDX file of {element} with {dimensions}"))
}

/// A text, which the head may cut within a character.
fn text(head: &[u8]) -> Option<(String, Family)> {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    let start = text.get(..14).unwrap_or(text).to_ascii_lowercase();
    Some(if start.starts_with("<!doctype html") || start.starts_with("<html") {
        ("a web page (HTML)".into(), Page)
    } else if text.starts_with("version https://git-lfs") {
        ("a Git LFS pointer, which `git lfs pull` replaces by the file".into(), Other)
    } else if start.starts_with("<?xml") && text.contains("<svg") {
        ("an SVG file".into(), Picture)
    } else if matches!(text.as_bytes(), [b'P', b'1'..=b'7', end, ..] if end.is_ascii_whitespace()) {
        ("a PNM file (PBM, PGM or PPM)".into(), Picture)
    } else {
        let line = text.lines().next().unwrap_or_default();
        let shown: String = line.chars().take(SHOWN).collect();
        let more = if shown.len() < text.len() { " …" } else { "" };
        (format!("a text ({shown:?}{more})"), Other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named() {
        let tar = [&[b'a'; 100][..], &[0; 157], b"ustar\0"].concat();
        let long = [b"label,", &[b'0'; 60][..], b"\n1"].concat();
        let cases: [(&[u8], &str); 22] = [
            (b"", "empty"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG file"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG file"),
            (b"GIF89a\x1c\0", "a GIF file"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP file"),
            (b"II*\0\x08\0\0\0", "a TIFF file"),
            (b"BM\x46\x07\0\0\0\0\0\0\x36\x04\0\0", "a BMP file"),
            (b"BMW, Audi", "a text (\"BMW, Audi\")"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC file"),
            (b"P5\n28 28\n255\n", "a PNM file (PBM, PGM or PPM)"),
            (b"<?xml version=\"1.0\"?>\n<svg>", "an SVG file"),
            (b"PK\x03\x04\x14\0", "a zip archive"),
            (&tar, "a tar archive"),
            (b"\x93NUMPY\x01\0", "a NumPy array (npy)"),
            (b"\x40\0\0\0\0\0\0\0{\"a\":", "a safetensors file"),
            (b"\n<!DOCTYPE html>\n<html>", "a web page (HTML)"),
            (&long, "a text (\"label,0000000000000000000000000000000000\" …)"),
            (b"\xce\xb2 = 8 # \xce", "a text (\"β = 8 #\")"),
            (b"\0\0\x08\x01\0\0", "an IDX file of unsigned bytes with 1 dimension, as labels have"),
            (b"\0\0\x0d\x03\0\0", "an IDX file of 32-bit floats with 3 dimensions, as images have"),
            (b"\0\0\x08\x04\0\0", "an IDX file of unsigned bytes with 4 dimensions"),
            (b"\x01\x02\x03\x04", "of unknown format"),
        ];
        for (head, name) in cases {
            assert_eq!(FileKind::of(head).to_string(), name);
        }
    }

    #[test]
    fn advice_fits_the_kind() {
        let told = |head: &[u8]| FileKind::of(head).instead_of("X");
        assert_eq!(told(b"PK\x03\x04"), "it is a zip archive; needed is X; unpack it");
        assert_eq!(
            told(b"<html>"),
            "it is a web page (HTML); needed is X; download the file itself again"
        );
        assert_eq!(
            told(b"version https://git-lfs.github.com/spec/v1\noid sha256:00"),
            "it is a Git LFS pointer, which `git lfs pull` replaces by the file; needed is X"
        );
    }
}
