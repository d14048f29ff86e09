//! Arrays that stay in their file.

use std::fs::File;
use std::ops::Range;

use memmap2::Mmap;

/// The f32 numbers of an array, mapped from its file: the system reads pages as they are used and drops them when it needs
/// the memory, so an array may be larger than the memory.
///
/// While this exists, nobody may write to the file or shorten it: numbers would change while they are used, and reading past
/// the end of a shortened file kills the process. (Replacing the file by renaming another over it is safe.) The numbers are
/// not checked for NaN and infinities.
#[derive(Debug)]
pub struct MappedArray {
    pages: Mmap,
    /// Of the numbers, in the file.
    bytes: Range<usize>,
    shape: Vec<usize>,
}

impl MappedArray {
    /// Maps an array of this shape that begins at byte `start`.
    pub(crate) fn new(file: &File, start: u64, shape: &[usize]) -> Result<Self, String> {
        let count = shape.iter().product::<usize>();
        // SAFETY: `Mmap` hands out `&[u8]`, so the bytes must not change while it lives. This process opened the file for
        // reading only and never writes to it; another process could, which no program can prevent, so the documentation of
        // this type and of `hopfield retrieve` forbids it. The pages are only ever read, in bounds (checked below), as f32,
        // for which all bit patterns are valid.
        #[allow(unsafe_code)]
        let pages = unsafe { Mmap::map(file) }.map_err(|error| error.to_string())?;
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
    use crate::array::bytes;
    use crate::file::ArrayFile;
    use crate::npy::{Npy, npy_header};
    use crate::npz::Npz;
    use crate::safetensors::Safetensors;
    use crate::writing::to_bytes;

    #[test]
    fn numbers_stay_in_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine");
        let numbers: Vec<f32> = (0..6).map(|i| i as f32 - 2.5).collect();
        let array = |name| [(name, &[2, 3][..], &numbers[..])];
        let good = [
            ("array", to_bytes(&Npy, &array("array"), None).unwrap()),
            ("a", to_bytes(&Safetensors, &array("a"), Some("{}")).unwrap()),
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
    fn a_file_that_was_replaced_is_still_the_one_that_was_opened() {
        let folder = tempfile::tempdir().unwrap();
        let [path, other] = ["mine", "other"].map(|name| folder.path().join(name));
        let content = |numbers: &[f32]| {
            to_bytes(&Npy, &[("array", &[numbers.len()], numbers)], None).unwrap()
        };
        std::fs::write(&path, content(&[1.0, 2.0])).unwrap();
        std::fs::write(&other, content(&[3.0, 4.0, 5.0])).unwrap();
        let file = ArrayFile::open(&path).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(file.map("array").unwrap().numbers(), [1.0, 2.0]);
    }

    #[test]
    fn what_can_not_be_mapped_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine");
        let problem = |name, content: Vec<u8>| {
            std::fs::write(&path, content).unwrap();
            ArrayFile::open(&path).unwrap().map(name).unwrap_err().to_string()
        };
        let npz = to_bytes(&Npz, &[("a", &[1], &[1.0])], None).unwrap();
        assert!(problem("a", npz).contains("needed is an npy or safetensors file"));

        // A header that ends at no multiple of 4, as other programs may write.
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\n";
        let header =
            [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()];
        let content = [&header.concat()[..], &[0; 4]].concat();
        assert_ne!((content.len() - 4) % 4, 0);
        assert!(problem("array", content).contains("no multiple of 4"));

        let memory = [npy_header(&[1]), bytes(&[0.0])].concat();
        let memory = ArrayFile::from_bytes("x", memory).unwrap();
        assert!(memory.map("array").unwrap_err().to_string().contains("not opened from a file"));
    }
}
