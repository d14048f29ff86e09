//! The IDX format of MNIST: a big-endian header of dimensions, then bytes.
//!
//! ```text
//! 0 0 type rank | dimension₁ … dimension_rank (u32 each) | data
//! ```
//!
//! Of the types of the format, only unsigned bytes are read. A header may be wrong: no more is allocated than the file can hold, whatever its header says.

use std::io::{Cursor, Read};

use hopfield_arrays::{FileKind, HEAD};

use crate::{DataError, gzip};

const UNSIGNED_BYTE: u8 = 0x08;

/// The dimensions of the IDX file `name`, all positive, and its bytes, exactly as many as they call for. The file is plain or
/// gzip-compressed, which is recognised by its content. `check` sees the dimensions before the bytes are read.
pub(crate) fn read<const RANK: usize>(
    name: &str,
    file: &[u8],
    what: &str,
    check: impl FnOnce([usize; RANK]) -> Result<(), String>,
) -> Result<([usize; RANK], Vec<u8>), DataError> {
    let malformed = |problem| DataError::Malformed { file: name.to_owned(), problem };
    let size = file.len() as u64;
    let limit = size.saturating_mul(gzip::max_ratio(file));
    let mut content = gzip::reader(file);
    let mut head = Vec::new();
    let read = (&mut content).take(HEAD as u64).read_to_end(&mut head);
    read.map_err(|error| malformed(format!("can't be read: {error}")))?;
    let wanted = [0, 0, UNSIGNED_BYTE, RANK as u8];
    if head.is_empty() || !head.starts_with(&wanted[..head.len().min(4)]) {
        return Err(malformed(other_kind::<RANK>(&head, what)));
    }
    let mut content = Cursor::new(head).chain(content);
    // A broken gzip stream and a short file both end the reading early.
    let mut exactly = |bytes: u64, part: &str| {
        let mut buffer = Vec::new();
        match (&mut content).take(bytes).read_to_end(&mut buffer) {
            Ok(read) if read as u64 == bytes => Ok(buffer),
            Ok(read) => Err(malformed(format!(
                "truncated: {part} should have {bytes} bytes, but ends after {read}"
            ))),
            Err(error) => Err(malformed(format!("{part} can't be read: {error}"))),
        }
    };

    let header = exactly(4 + 4 * RANK as u64, "the IDX header")?;
    let mut dims = [0usize; RANK];
    for (dim, bytes) in dims.iter_mut().zip(header[4..].chunks_exact(4)) {
        *dim = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
    }
    let shown = dims.map(|dim| dim.to_string()).join(" × ");
    if dims.contains(&0) {
        return Err(malformed(format!("its header says {shown}: there is no data")));
    }
    check(dims).map_err(malformed)?;
    let bytes = dims.iter().try_fold(1u64, |n, &dim| n.checked_mul(dim as u64));
    let bytes = bytes.filter(|&bytes| bytes <= limit).ok_or_else(|| {
        malformed(format!(
            "its header says {shown} bytes of {what}, but the file has {size} bytes: truncated, or the header is wrong"
        ))
    })?;
    let data = exactly(bytes, &format!("{shown} bytes of {what}"))?;
    // Reading on to the end also checks the checksum of a gzip file.
    match content.read(&mut [0]) {
        Ok(0) => Ok((dims, data)),
        Ok(_) => {
            Err(malformed(format!("its header says {shown} bytes of {what}, but more follow")))
        }
        Err(error) => Err(malformed(format!("can't be read to its end: {error}"))),
    }
}

/// What is wrong with a file that begins with `head`: another kind of file, another type, or another number of dimensions.
fn other_kind<const RANK: usize>(head: &[u8], what: &str) -> String {
    let s = if RANK == 1 { "" } else { "s" };
    let needed = format!("an IDX file of {what}: unsigned bytes with {RANK} dimension{s}");
    let kind = FileKind::of(head);
    let hint = match head {
        _ if !kind.is_idx() => "",
        [_, _, UNSIGNED_BYTE, 1, ..] => "; it looks like the file of labels",
        [_, _, UNSIGNED_BYTE, 3, ..] => "; it looks like the file of images",
        [_, _, UNSIGNED_BYTE, 4, ..] => "; make its images grey",
        [_, _, UNSIGNED_BYTE, ..] => "",
        _ => "; write it as unsigned bytes, 0 to 255",
    };
    kind.instead_of(&needed) + hint
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::gzip::tests::gzip;

    type Images = ([usize; 3], Vec<u8>);

    fn idx(dims: &[u32], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, UNSIGNED_BYTE, dims.len() as u8];
        bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
        bytes.extend(data);
        bytes
    }

    fn images(bytes: &[u8]) -> Result<Images, String> {
        read("digits", bytes, "images", |_| Ok(())).map_err(|error| error.to_string())
    }

    fn problem(bytes: &[u8]) -> String {
        images(bytes).expect_err("accepted")
    }

    #[test]
    fn plain_and_compressed_files_are_read() {
        let plain = idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        for bytes in [plain.clone(), gzip(&plain)] {
            assert_eq!(images(&bytes).unwrap(), ([2, 1, 3], vec![1, 2, 3, 4, 5, 6]));
        }
        let labels = idx(&[3], &[7, 8, 9]);
        let labels = read("labels", &labels, "labels", |_| Ok(())).unwrap();
        assert_eq!(labels, ([3], vec![7, 8, 9]));
    }

    #[test]
    fn every_malformed_file_is_a_clear_error() {
        let good = idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        assert_eq!(
            problem(&good[..3]),
            "digits: truncated: the IDX header should have 16 bytes, but ends after 3"
        );
        assert_eq!(
            problem(&good[..10]),
            "digits: truncated: the IDX header should have 16 bytes, but ends after 10"
        );
        assert_eq!(
            problem(&idx(&[2, 0, 3], &[])),
            "digits: its header says 2 × 0 × 3: there is no data"
        );
        assert_eq!(
            problem(&good[..good.len() - 1]),
            "digits: truncated: 2 × 1 × 3 bytes of images should have 6 bytes, but ends after 5"
        );
        let mut more = good.clone();
        more.push(0);
        assert_eq!(
            problem(&more),
            "digits: its header says 2 × 1 × 3 bytes of images, but more follow"
        );
    }

    #[test]
    fn what_a_file_is_instead_is_said() {
        let needed = "needed is an IDX file of images: unsigned bytes with 3 dimensions";
        for (content, found, hint) in [
            (&b"PK\x03\x04 a zip file"[..], "a zip archive", "; unpack it"),
            (b"", "empty", ""),
            (&gzip(b"<!doctype html>"), "a web page (HTML)", "; download the file itself again"),
            (
                &idx(&[6], &[0; 6]),
                "an IDX file of unsigned bytes with 1 dimension, as labels have",
                "; it looks like the file of labels",
            ),
            (
                &idx(&[1, 2, 1, 3], &[0; 6]),
                "an IDX file of unsigned bytes with 4 dimensions",
                "; make its images grey",
            ),
        ] {
            assert_eq!(problem(content), format!("digits: it is {found}; {needed}{hint}"));
        }
        for (code, element) in [
            (0x09, "signed bytes"),
            (0x0b, "16-bit integers"),
            (0x0c, "32-bit integers"),
            (0x0d, "32-bit floats"),
            (0x0e, "64-bit floats"),
        ] {
            let mut other = idx(&[2, 1, 3], &[0; 48]);
            other[2] = code;
            let found = format!("an IDX file of {element} with 3 dimensions, as images have");
            let hint = "write it as unsigned bytes, 0 to 255";
            assert_eq!(problem(&other), format!("digits: it is {found}; {needed}; {hint}"));
        }
        let images = idx(&[2, 1, 3], &[0; 6]);
        let error = read::<1>("labels", &images, "labels", |_| Ok(())).unwrap_err().to_string();
        let found = "an IDX file of unsigned bytes with 3 dimensions, as images have";
        let needed = "needed is an IDX file of labels: unsigned bytes with 1 dimension";
        let expected = format!("labels: it is {found}; {needed}; it looks like the file of images");
        assert_eq!(error, expected);
    }

    #[test]
    fn a_header_that_lies_allocates_nothing() {
        let lie = idx(&[u32::MAX, u32::MAX, u32::MAX], &[0; 6]);
        let expected = "its header says 4294967295 × 4294967295 × 4294967295 bytes of images, but the file has 22 bytes";
        assert!(problem(&lie).contains(expected), "{}", problem(&lie));
        assert!(problem(&idx(&[60_000, 28, 28], &[0; 784])).contains("the file has 800 bytes"));
        assert!(problem(&gzip(&lie)).contains("the header is wrong"));
    }

    #[test]
    fn a_damaged_gzip_file_is_a_clear_error() {
        let good = gzip(&idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]));
        assert!(problem(&good[..good.len() - 12]).starts_with("digits: "));
        let mut flipped = good.clone();
        let last = flipped.len() - 5; // in the checksum
        flipped[last] ^= 0xff;
        assert!(problem(&flipped).starts_with("digits: "), "{}", problem(&flipped));
        assert!(problem(&[0x1f, 0x8b, 0, 0, 0]).starts_with("digits: "));
    }
}
