//! Arrays that stay in their file.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use memmap2::Mmap;

/// The f32 numbers of an array where they are, in the pages of their file: the system reads them when they are looked at, and
/// lets go of them when it needs the memory, so that an array may be larger than that.
///
/// As long as this lives, nobody may write to the file or shorten it: the numbers would change under the eyes of those who look at
/// them, and the system ends a program that looks at what is gone. NaN and infinities are not looked for.
#[derive(Debug)]
pub struct MappedArray {
    pages: Mmap,
    /// Of the numbers, in the file.
    bytes: Range<usize>,
    shape: Vec<usize>,
}

impl MappedArray {
    /// So many numbers from the byte `start` on.
    pub(crate) fn new(path: &Path, start: u64, shape: &[usize]) -> Result<Self, String> {
        let count = shape.iter().product::<usize>();
        let file = File::open(path).map_err(|error| error.to_string())?;
        // SAFETY: the pages are only read, as plain numbers, of which all bit patterns are some. That nobody else writes to
        // the file is asked for above.
        #[allow(unsafe_code)]
        let pages = unsafe { Mmap::map(&file) }.map_err(|error| error.to_string())?;
        if cfg!(target_endian = "big") {
            return Err(
                "can't be mapped: its numbers are little-endian, this machine's are not".into()
            );
        }
        let start = usize::try_from(start).map_err(|error| error.to_string())?;
        let bytes = start..start + count * 4;
        let mapped = pages.get(bytes.clone()).ok_or("the file has become shorter")?;
        let numbers = bytemuck::try_cast_slice::<u8, f32>(mapped);
        numbers.map_err(|_| {
            format!("its numbers begin at byte {start}, which is no multiple of 4; load it and save it again")
        })?;
        Ok(Self { pages, bytes, shape: shape.to_vec() })
    }

    /// Its dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its numbers, in row-major order.
    pub fn numbers(&self) -> &[f32] {
        bytemuck::cast_slice(&self.pages[self.bytes.clone()])
    }
}

#[cfg(test)]
mod tests {
    use crate::{Array, ArrayFile, NpzWriter, bytes, npy_header, safetensors_header};

    #[test]
    fn numbers_stay_in_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine");
        let numbers: Vec<f32> = (0..6).map(|i| i as f32 - 2.5).collect();
        let of = |header: Vec<u8>| [header, bytes(&numbers)].concat();
        let arrays = [Array::f32("a", &[2, 3])];
        let good = [
            ("array", of(npy_header(&[2, 3]))),
            ("a", of(safetensors_header(&arrays, "{}").unwrap())),
        ];
        for (name, content) in good {
            std::fs::write(&path, &content).unwrap();
            let file = ArrayFile::open(&path).unwrap();
            let mapped = file.map(name).unwrap();
            assert_eq!((mapped.shape(), mapped.numbers()), (&[2, 3][..], &numbers[..]));
            drop(mapped);
            assert!(file.map("b").unwrap_err().to_string().contains("none of this name"));
            std::fs::write(&path, &content[..content.len() - 1]).unwrap();
            assert!(file.map(name).unwrap_err().to_string().ends_with("become shorter"));
        }
    }

    #[test]
    fn what_can_not_be_mapped_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine");
        let problem = |name, content: Vec<u8>| {
            std::fs::write(&path, content).unwrap();
            ArrayFile::open(&path).unwrap().map(name).unwrap_err().to_string()
        };
        let mut npz = NpzWriter::new(std::io::Cursor::new(Vec::new()));
        npz.array("a", &[1]).unwrap();
        npz.numbers(&[1.0]).unwrap();
        let npz = npz.finish().unwrap().into_inner();
        assert!(problem("a", npz).contains("needed is a npy or safetensors file"));

        // A header that ends at no multiple of 4, as other programs may write.
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\n";
        let header =
            [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()];
        let content = [&header.concat()[..], &[0; 4]].concat();
        assert_ne!((content.len() - 4) % 4, 0);
        assert!(problem("array", content).contains("no multiple of 4"));

        let memory = ArrayFile::from_bytes("x", [npy_header(&[1]), vec![0; 4]].concat()).unwrap();
        assert!(memory.map("array").unwrap_err().to_string().contains("not opened from a file"));
    }
}
