//! The npy format of NumPy: a magic number, a version, a Python dictionary of type, order and shape, then the numbers.
//!
//! ```text
//! \x93NUMPY 1 0 | length (u16) | {'descr': '<f4', 'fortran_order': False, 'shape': (64, 784), } … \n | numbers
//! ```

use std::io::{self, Read, Seek};
use std::path::Path;

use crate::array::{Array, ElementType, Layout};
use crate::format::{
    ArrayFormat, Contents, Input, Listing, PlainEntries, Problem, WriteSeek, size,
};

/// NumPy's format of a single array, as `np.save` writes it.
#[derive(Debug, Clone, Copy)]
pub struct Npy;

impl ArrayFormat for Npy {
    fn name(&self) -> &'static str {
        "npy"
    }

    fn recognise(&self, head: &[u8], _: &mut Input) -> bool {
        head.starts_with(MAGIC)
    }

    fn read(&self, mut input: Input, _: Option<&Path>) -> Result<Listing, Problem> {
        let size = size(&mut input)?;
        let array = read_header("array", &mut input, size)?;
        let offset = input.stream_position()?;
        let entries = Box::new(PlainEntries { input, offsets: vec![offset] });
        Ok(Listing { arrays: vec![array], metadata: None, entries })
    }

    fn write(&self, out: &mut dyn WriteSeek, contents: Contents<'_>) -> io::Result<()> {
        let [array] = contents.arrays else {
            return Err(io::Error::other("an npy file holds one array"));
        };
        out.write_all(&npy_header(&array.shape))?;
        (contents.numbers)(0, out)
    }
}

const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy's name of little-endian f32.
pub(crate) const F32: &str = "<f4";
/// NumPy's name of a type that is written.
pub(crate) fn written(element: &ElementType) -> io::Result<&'static str> {
    match element {
        ElementType::F32 => Ok(F32),
        ElementType::I32 => Ok("<i4"),
        other => Err(io::Error::other(format!("{other} is read, but not written"))),
    }
}

/// NumPy's own headers have 128 bytes; those of structured types may be longer.
const LONGEST_HEADER: usize = 1 << 16;

/// The header of an npy file of f32 in row-major order.
pub fn npy_header(shape: &[usize]) -> Vec<u8> {
    header(F32, shape)
}

pub(crate) fn header(descr: &str, shape: &[usize]) -> Vec<u8> {
    let mut dims: String = shape.iter().map(|dim| format!("{dim}, ")).collect();
    if shape.len() > 1 {
        dims.truncate(dims.len() - 2);
    }
    let mut text =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}", dims.trim_end());
    // Magic, version, length, text and line feed together are a multiple of 64.
    let before = MAGIC.len() + 4;
    let padded = (before + text.len() + 1).next_multiple_of(64) - before;
    text.extend(std::iter::repeat_n(' ', padded - text.len() - 1));
    text.push('\n');
    let length = u16::try_from(padded).expect("a header is short").to_le_bytes();
    [MAGIC, &[1, 0], &length, text.as_bytes()].concat()
}

/// Reads the header of an npy stream of `size` bytes up to its first number; the array is called `name`.
pub(crate) fn read_header(name: &str, reader: &mut dyn Read, size: u64) -> Result<Array, Problem> {
    let mut exactly = |bytes: usize| {
        let mut buffer = vec![0; bytes];
        let read = reader.read_exact(&mut buffer);
        read.map(|()| buffer).map_err(|error| format!("its npy header can't be read: {error}"))
    };
    let start = exactly(MAGIC.len() + 2)?;
    if !start.starts_with(MAGIC) {
        return Err("not in npy format".into());
    }
    let of_length = match start[MAGIC.len()] {
        1 => 2,
        2 | 3 => 4,
        version => return Err(format!("npy version {version}; known are 1, 2 and 3").into()),
    };
    let mut length = [0; 4];
    length[..of_length].copy_from_slice(&exactly(of_length)?);
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_HEADER {
        let allowed = format!("allowed: up to {LONGEST_HEADER}");
        return Err(format!("its npy header should have {length} bytes; {allowed}").into());
    }
    let text = exactly(length)?;
    let text = String::from_utf8_lossy(&text);
    let parsed = parse(&text);
    let (descr, fortran_order, shape) =
        parsed.ok_or_else(|| format!("its npy header is not understood: {}", text.trim()))?;
    let (element, big_endian) = element(descr);
    let axes = shape.iter().filter(|&&dim| dim != 1).count();
    let column_major = fortran_order && axes > 1 && !shape.contains(&0);
    let layout = Layout { column_major, big_endian };
    let array = Array { name: name.to_owned(), shape, element, layout };
    let data = size.saturating_sub((start.len() + of_length + length) as u64);
    if array.element.size().is_some() && array.bytes() != Some(data) {
        let Array { shape, element, .. } = &array;
        let follow = format!("which is not the {data} bytes that follow");
        return Err(format!("its header says shape {shape:?} of {element}, {follow}").into());
    }
    Ok(array)
}

/// The type that NumPy calls so, and whether it is big-endian.
fn element(descr: &str) -> (ElementType, bool) {
    let other = || (ElementType::Other(descr.to_owned()), false);
    let Some((order, code)) = descr.split_at_checked(1) else { return other() };
    let element = match code {
        "f8" => ElementType::F64,
        "f4" => ElementType::F32,
        "f2" => ElementType::F16,
        "i8" => ElementType::I64,
        "i4" => ElementType::I32,
        "i2" => ElementType::I16,
        "i1" => ElementType::I8,
        "u8" => ElementType::U64,
        "u4" => ElementType::U32,
        "u2" => ElementType::U16,
        "u1" => ElementType::U8,
        "b1" => ElementType::Bool,
        _ => return other(),
    };
    match (order, element.size()) {
        ("<" | ">" | "|", Some(1)) => (element, false),
        ("<" | ">", _) => (element, order == ">"),
        _ => other(),
    }
}

/// Type, whether the order is column-major, and shape.
fn parse(text: &str) -> Option<(&str, bool, Vec<usize>)> {
    let value = |key: &str| {
        let quoted = ['\'', '"'].map(|quote| format!("{quote}{key}{quote}"));
        let end = quoted.iter().find_map(|quoted| Some(text.find(quoted)? + quoted.len()))?;
        Some(text[end..].trim_start().strip_prefix(':')?.trim_start())
    };
    let descr = value("descr")?;
    let descr = match descr.chars().next()? {
        quote @ ('\'' | '"') => descr[1..].split(quote).next()?,
        // A structured type.
        _ => descr.split(']').next()?,
    };
    let order = value("fortran_order")?;
    let fortran_order = order.starts_with("True");
    if !fortran_order && !order.starts_with("False") {
        return None;
    }
    let (dims, _) = value("shape")?.strip_prefix('(')?.split_once(')')?;
    let dims = dims.split(',').map(str::trim).filter(|dim| !dim.is_empty());
    let shape = dims.map(|dim| dim.trim_end_matches('L').parse().ok()).collect::<Option<_>>()?;
    Some((descr, fortran_order, shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Array, String> {
        read_header("a", &mut &*bytes, bytes.len() as u64).map_err(|problem| problem.to_string())
    }

    #[test]
    fn headers_are_numpys() {
        // As np.save writes it.
        let expected =
            b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (64, 784), }";
        let header = npy_header(&[64, 784]);
        assert_eq!(header[..expected.len()], expected[..]);
        assert_eq!(header.len(), 128);
        assert_eq!(header.last(), Some(&b'\n'));
        assert!(String::from_utf8_lossy(&npy_header(&[5])).contains("'shape': (5,), }"));
        assert!(String::from_utf8_lossy(&npy_header(&[])).contains("'shape': (), }"));
    }

    #[test]
    fn what_is_written_is_read() {
        for shape in [&[2, 3][..], &[4], &[]] {
            let count = shape.iter().product::<usize>();
            let bytes = [npy_header(shape), vec![0; 4 * count]].concat();
            assert_eq!(read(&bytes), Ok(Array::f32("a", shape)));
        }
        // Other orders of keys, other quotes, other versions.
        let text = "{\"shape\":(2L,3), 'fortran_order': False, \"descr\": \"<f4\"}\n";
        let bytes = [MAGIC, &[2, 0], &(text.len() as u32).to_le_bytes(), text.as_bytes(), &[0; 24]];
        assert_eq!(read(&bytes.concat()), Ok(Array::f32("a", &[2, 3])));
    }

    #[test]
    fn types_and_layouts_are_named() {
        let described = |descr: &str, shape: &[usize], data: usize, fortran: bool| {
            let header = String::from_utf8_lossy(&header(descr, shape)[10..]).into_owned();
            let header = if fortran { header.replace("False", "True ") } else { header };
            let start = [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes()].concat();
            read(&[&start, header.as_bytes(), &vec![0; data]].concat()).unwrap().to_string()
        };
        assert_eq!(described("<f8", &[2], 16, false), "a [2] (float64)");
        assert_eq!(described(">f4", &[2], 8, false), "a [2] (float32, big-endian)");
        assert_eq!(
            described(">u2", &[2, 3], 12, true),
            "a [2, 3] (uint16, big-endian, column-major)"
        );
        // The order makes no difference here.
        assert_eq!(described("|b1", &[1, 3], 3, true), "a [1, 3] (bool)");
        let nothing = [0, usize::MAX, usize::MAX];
        assert_eq!(described("<f4", &nothing, 0, true), format!("a {nothing:?} (float32)"));
        for other in ["|f4", "<c8", "|V2", "<U3", "<f16", "f4", "=f4", "", "é"] {
            assert_eq!(described(other, &[2], 0, false), format!("a [2] ({other})"));
        }
        let text = String::from_utf8(npy_header(&[2, 2])[10..].to_vec()).unwrap();
        let (descr, fortran_order, shape) = parse(&text).unwrap();
        assert_eq!((descr, fortran_order, shape), ("<f4", false, vec![2, 2]));
        let structured =
            "{'descr': [('x', '<f4'), ('shape', '<i4')], 'fortran_order': False, 'shape': (3,), }";
        assert!(parse(structured).is_none_or(|(descr, ..)| descr != "<f4"));
    }

    #[test]
    fn lies_are_refused() {
        let good = [npy_header(&[2, 3]), vec![0; 24]].concat();
        let problem = read(&good[..good.len() - 1]).unwrap_err();
        assert_eq!(
            problem,
            "its header says shape [2, 3] of float32, which is not the 23 bytes that follow"
        );
        assert!(read(&good[..50]).unwrap_err().starts_with("its npy header can't be read"));
        assert!(
            read(&npy_header(&[usize::MAX, 2])).unwrap_err().contains("which is not the 0 bytes")
        );
        let long = [MAGIC, &[2, 0], &u32::MAX.to_le_bytes(), &[b' '; 100]].concat();
        assert!(read(&long).unwrap_err().contains("4294967295 bytes; allowed: up to 65536"));
        assert_eq!(
            read(b"\x93NUMPY\x09\x00\x00\x00").unwrap_err(),
            "npy version 9; known are 1, 2 and 3"
        );
        assert!(read(b"hello, world").unwrap_err().contains("not in npy format"));
        let odd = [MAGIC, &[1, 0, 4, 0], b"{}\n "].concat();
        assert_eq!(read(&odd).unwrap_err(), "its npy header is not understood: {}");
    }
}
