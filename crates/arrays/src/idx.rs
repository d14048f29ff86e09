//! The IDX format of MNIST: a header of dimensions, then numbers, all big-endian.
//!
//! ```text
//! 0 0 type rank | dimension₁ … dimension_rank (u32 each) | numbers
//! ```

use std::io::Read;
use std::path::Path;

use crate::array::{Array, ElementType, Layout};
use crate::format::{ArrayFormat, Input, Listing, PlainEntries, Problem, size};

/// The format of MNIST: one array of bytes, integers or floats.
#[derive(Debug, Clone, Copy)]
pub struct Idx;

/// The types by their codes.
const TYPES: [(u8, ElementType); 6] = [
    (0x08, ElementType::U8),
    (0x09, ElementType::I8),
    (0x0b, ElementType::I16),
    (0x0c, ElementType::I32),
    (0x0d, ElementType::F32),
    (0x0e, ElementType::F64),
];

impl ArrayFormat for Idx {
    fn name(&self) -> &'static str {
        "IDX"
    }

    fn recognise(&self, head: &[u8], _: &mut Input) -> bool {
        matches!(head, &[0, 0, code, 1..=8, ..] if TYPES.iter().any(|(known, _)| *known == code))
    }

    fn read(&self, mut input: Input, _: Option<&Path>) -> Result<Listing, Problem> {
        let size = size(&mut input)?;
        let mut exactly = |count: usize, at: usize| {
            let mut buffer = Vec::new();
            let read = (&mut input).take(count as u64).read_to_end(&mut buffer)?;
            if read == count {
                return Ok(buffer);
            }
            let (expected, found) = (at + count, at + read);
            Err(Problem::from(format!(
                "truncated: its IDX header should have {expected} bytes, but ends after {found}"
            )))
        };
        let start = exactly(4, 0)?;
        let [_, _, code, rank] = start[..] else { unreachable!("4 bytes") };
        let (_, element) =
            TYPES.into_iter().find(|(known, _)| *known == code).ok_or("no IDX file")?;
        let dimensions = exactly(4 * usize::from(rank), 4)?;
        let (dimensions, _) = dimensions.as_chunks();
        let shape = dimensions.iter().map(|&dim| u32::from_be_bytes(dim) as usize).collect();
        let layout = Layout { column_major: false, big_endian: element.size() != Some(1) };
        let array = Array { name: "array".to_owned(), shape, element, layout };
        let offset = 4 + 4 * u64::from(rank);
        let (found, expected) = (size - offset, array.bytes());
        if expected != Some(found) {
            let (shape, element) = (&array.shape, &array.element);
            let cause = match expected.is_some_and(|expected| expected < found) {
                true => "the header is wrong, or the file holds more",
                false => "truncated, or the header is wrong",
            };
            let says = format!("its header says shape {shape:?} of {element}");
            return Err(format!("{says}, but {found} bytes follow: {cause}").into());
        }
        let entries = Box::new(PlainEntries { input, offsets: vec![offset] });
        Ok(Listing { arrays: vec![array], metadata: None, entries })
    }
}

#[cfg(test)]
mod tests {
    use crate::ArrayFile;

    fn idx(code: u8, dims: &[u32], numbers: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, code, dims.len() as u8];
        bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
        bytes.extend(numbers);
        bytes
    }

    #[test]
    fn every_type_is_read() {
        let cases: [(u8, &[u8], f32); 6] = [
            (0x08, &[200], 200.0),
            (0x09, &[0xfe], -2.0),
            (0x0b, &[0xff, 0xfe], -2.0),
            (0x0c, &[0, 0, 1, 0], 256.0),
            (0x0d, &0.5f32.to_be_bytes(), 0.5),
            (0x0e, &(-0.25f64).to_be_bytes(), -0.25),
        ];
        for (code, number, expected) in cases {
            let bytes = idx(code, &[1, 2, 1], &[number, number].concat());
            let mut file = ArrayFile::from_bytes("digits", bytes).unwrap();
            assert_eq!(file.arrays()[0].shape, [1, 2, 1]);
            assert_eq!(file.load("array").unwrap(), [expected; 2]);
        }
    }

    #[test]
    fn lies_are_refused() {
        let problem = |bytes: &[u8]| {
            ArrayFile::from_bytes("digits", bytes.to_vec()).err().unwrap().to_string()
        };
        let good = idx(8, &[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        let header = "digits: truncated: its IDX header should have 16 bytes, but ends after";
        assert_eq!(problem(&good[..10]), format!("{header} 10"));
        let says = "digits: its header says shape [2, 1, 3] of uint8";
        let short = format!("{says}, but 5 bytes follow: truncated, or the header is wrong");
        assert_eq!(problem(&good[..good.len() - 1]), short);
        let long = [&good[..], &[0]].concat();
        assert_eq!(
            problem(&long),
            format!("{says}, but 7 bytes follow: the header is wrong, or the file holds more")
        );
        let lie = idx(8, &[u32::MAX; 3], &[0; 6]);
        assert!(problem(&lie).ends_with("but 6 bytes follow: truncated, or the header is wrong"));
    }
}
