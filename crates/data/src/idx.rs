//! Images and labels in IDX files.

use hopfield_arrays::{ArrayFile, FileKind, content_head};

use crate::DataError;

const UNSIGNED_BYTE: u8 = 0x08;

/// The dimensions of the IDX file `name`, all positive, and its bytes. The file is plain or gzip-compressed, which is recognised
/// by its content. `check` sees the dimensions before the bytes are read.
pub(crate) fn read<const RANK: usize>(
    name: &str,
    file: &[u8],
    what: &str,
    check: impl FnOnce([usize; RANK]) -> Result<(), String>,
) -> Result<([usize; RANK], Vec<u8>), DataError> {
    let malformed = |problem| DataError::Malformed { file: name.to_owned(), problem };
    let head = content_head(file);
    if !FileKind::of(&head).is_idx() || head[2..4] != [UNSIGNED_BYTE, RANK as u8] {
        return Err(malformed(other_kind::<RANK>(&head, what)));
    }
    let mut file = ArrayFile::from_bytes(name, file.to_vec())?;
    let array = &file.arrays()[0];
    let dims: [usize; RANK] = array.shape[..].try_into().expect("its header was seen");
    if dims.contains(&0) {
        let shown = dims.map(|dim| dim.to_string()).join(" × ");
        return Err(malformed(format!("its header says {shown}: there is no data")));
    }
    check(dims).map_err(malformed)?;
    let numbers = file.load("array")?;
    Ok((dims, numbers.into_iter().map(|number| number as u8).collect()))
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
    use crate::tests::gzip;

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
    fn an_empty_file_is_a_clear_error() {
        let problem = problem(&idx(&[2, 0, 3], &[]));
        assert_eq!(problem, "digits: its header says 2 × 0 × 3: there is no data");
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
}
