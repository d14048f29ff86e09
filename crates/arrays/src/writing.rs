//! Arrays in memory as a file.

use std::io::{self, Cursor, Write};

use crate::array::{Array, bytes};
use crate::format::{ArrayFormat, Contents};

/// The bytes of a file of this format with these arrays (name, shape and numbers) and a text beside them.
///
/// # Errors
///
/// The format is only read or can't hold these arrays.
pub fn to_bytes(
    format: &dyn ArrayFormat,
    arrays: &[(&str, &[usize], &[f32])],
    metadata: Option<&str>,
) -> io::Result<Vec<u8>> {
    let described: Vec<_> = arrays.iter().map(|(name, shape, _)| Array::f32(name, shape)).collect();
    let mut out = Cursor::new(Vec::new());
    let numbers = &mut |index: usize, out: &mut dyn Write| out.write_all(&bytes(arrays[index].2));
    format.write(&mut out, Contents { arrays: &described, metadata, numbers })?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ArrayError;
    use crate::file::ArrayFile;
    use crate::formats::FORMATS;

    #[test]
    fn what_is_written_is_read() {
        let arrays: [(&str, &[usize], &[f32]); 3] = [
            ("b", &[2, 1], &[-0.0, 1e-45]),
            ("a", &[3], &[1.5, 2.0, -3.0]),
            ("none", &[0, 4], &[]),
        ];
        let mut written = Vec::new();
        for &format in FORMATS {
            let Ok(bytes) = to_bytes(format, &arrays, Some("text")) else { continue };
            assert_eq!(to_bytes(format, &arrays, Some("text")).unwrap(), bytes);
            let mut file = ArrayFile::from_bytes("mine", bytes).unwrap();
            assert_eq!(file.metadata(), Some("text"));
            for (name, shape, numbers) in arrays {
                assert_eq!(file.array(name), Some(&Array::f32(name, shape)));
                let read: Vec<u32> = file.load(name).unwrap().iter().map(|x| x.to_bits()).collect();
                assert_eq!(read, numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>());
                let start = numbers.len() / 2;
                let mut rest = file.numbers_from(name, start).unwrap();
                assert_eq!(rest.read(usize::MAX).unwrap(), numbers[start..]);
            }
            written.push(format.name());
        }
        assert_eq!(written, ["safetensors", "npz"]);
    }

    #[test]
    fn errors_of_the_numbers_come_back_as_they_are() {
        let array = [Array::f32("a", &[1])];
        for format in [FORMATS[0], FORMATS[1], FORMATS[3]] {
            let mut out = Cursor::new(Vec::new());
            let numbers = &mut |_, _: &mut dyn Write| -> io::Result<()> {
                Err(ArrayError::malformed("x", "is broken").into())
            };
            let contents = Contents { arrays: &array, metadata: None, numbers };
            let error: ArrayError =
                format.write(&mut out, contents).unwrap_err().downcast().unwrap();
            assert_eq!(error.to_string(), "x: is broken");
        }
    }
}
