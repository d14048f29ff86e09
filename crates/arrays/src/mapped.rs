//! Arrays that stay in their file.

use std::fs::File;
use std::ops::Range;

use memmap2::Mmap;

use crate::format::Problem;

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
    ///
    /// # Safety
    ///
    /// As long as the result exists, nobody may write to the file or shorten it.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn new(file: &File, start: u64, shape: &[usize]) -> Result<Self, Problem> {
        let count = shape.iter().product::<usize>();
        // SAFETY: the caller promises that the bytes do not change. They are only read, in bounds (checked below), as f32, for
        // which all bit patterns are valid.
        let pages = unsafe { Mmap::map(file) }?;
        if cfg!(target_endian = "big") {
            return Err(
                "can't be mapped: its numbers are little-endian, this machine's are not".into()
            );
        }
        let start = usize::try_from(start)?;
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
