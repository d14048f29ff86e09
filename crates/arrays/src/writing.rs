//! Arrays into a stream.

use std::io::{self, Cursor, Write};

use crate::array::{Array, bytes};
use crate::format::{ArrayFormat, Contents, WriteSeek};

/// Writes a file of this format with these arrays, as f32, and a text beside them. `numbers` writes the
/// [bytes] of the array with this index, block by block if it is large; the arrays may be asked for in any order.
///
/// # Errors
///
/// The format is only read or can't hold these arrays; `numbers` fails, or writing does.
pub fn write_arrays<E: From<io::Error>>(
    format: &dyn ArrayFormat,
    out: &mut dyn WriteSeek,
    arrays: &[Array],
    metadata: Option<&str>,
    mut numbers: impl FnMut(usize, &mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    // The format sees an error of the system; what really happened is kept.
    let mut failed = None;
    let numbers = &mut |index, out: &mut dyn Write| {
        numbers(index, out).map_err(|error| {
            failed = Some(error);
            io::Error::other("there are no numbers")
        })
    };
    let written = format.write(out, Contents { arrays, metadata, numbers });
    match failed {
        Some(error) => Err(error),
        None => Ok(written?),
    }
}

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
    write_arrays(format, &mut out, &described, metadata, |index, out| {
        out.write_all(&bytes(arrays[index].2))
    })?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
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
        for format in FORMATS {
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
        let mut out = Cursor::new(Vec::new());
        let error = write_arrays(FORMATS[0], &mut out, &array, None, |_, _| {
            Err(io::Error::from(io::ErrorKind::NotFound))
        });
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
