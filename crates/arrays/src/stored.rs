//! Rows that stay in their file, read where they are asked for.

use std::fs::File;
use std::time::SystemTime;

use crate::array::Array;
use crate::convert::append;
use crate::error::ArrayError;

/// An array whose bytes stand in its file as they are, in row-major order. Its first axis counts the rows. Many threads may read at once.
#[derive(Debug)]
pub struct StoredRows {
    file: File,
    /// The file's name, for messages.
    name: String,
    array: Array,
    /// Where the first number begins.
    offset: u64,
    /// When the file was last written.
    modified: Option<SystemTime>,
}

impl StoredRows {
    pub(crate) fn new(file: File, name: String, array: Array, offset: u64) -> Self {
        let modified = modified(&file);
        Self { file, name, array, offset, modified }
    }

    /// The number of rows.
    pub fn count(&self) -> usize {
        self.array.shape[0]
    }

    /// The numbers of a row.
    pub fn dim(&self) -> usize {
        self.array.shape[1..].iter().product()
    }

    /// Checks that nobody has written to the file since it was opened.
    ///
    /// # Errors
    ///
    /// Somebody has.
    pub fn check_unchanged(&self) -> Result<(), ArrayError> {
        if modified(&self.file) == self.modified {
            return Ok(());
        }
        let problem =
            "it was modified while in use; start again, and don't change it during the run";
        Err(ArrayError::malformed(&self.name, problem))
    }

    /// Adds `count` rows from row `first` on to `numbers`, as f32, NaN and infinities too.
    ///
    /// # Errors
    ///
    /// They can't be read, or the file has become shorter.
    ///
    /// # Panics
    ///
    /// If there are no such rows.
    pub fn append(
        &self,
        first: usize,
        count: usize,
        numbers: &mut Vec<f32>,
    ) -> Result<(), ArrayError> {
        assert!(first + count <= self.count(), "row {first} + {count} of {}", self.count());
        let row = self.dim() * self.array.element.size().unwrap_or(0);
        let mut bytes = vec![0; count * row];
        let start = self.offset + first as u64 * row as u64;
        let read = read_at(&self.file, &mut bytes, start);
        read.map_err(|source| ArrayError::Io { file: self.name.clone(), source })?;
        append(&self.array, first * self.dim(), &mut bytes, numbers, false)
            .map_err(|problem| ArrayError::malformed(&self.name, problem))
    }
}

/// None where the system does not say.
fn modified(file: &File) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], start: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, start)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut start: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, start)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => (bytes, start) = (&mut bytes[read..], start + read as u64),
        }
    }
    Ok(())
}

/// Where there are no files, as in a browser.
#[cfg(not(any(unix, windows)))]
fn read_at(_: &File, _: &mut [u8], _: u64) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::{ArrayFile, npy_header, to_bytes};

    #[test]
    fn rows_are_read_where_they_stand() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.npy");
        let numbers: Vec<f32> = (0..12).map(|n| n as f32).collect();
        fs::write(&path, [npy_header(&[4, 3]), crate::bytes(&numbers)].concat()).unwrap();
        let rows = ArrayFile::open(&path).unwrap().stored("array").unwrap();
        assert_eq!((rows.count(), rows.dim()), (4, 3));
        let mut found = Vec::new();
        rows.append(3, 1, &mut found).unwrap();
        rows.append(0, 2, &mut found).unwrap();
        assert_eq!(found, [9.0, 10.0, 11.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        rows.check_unchanged().unwrap();
        // The file is cut while it is open.
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(150).unwrap();
        let problem = rows.append(3, 1, &mut found).unwrap_err().to_string();
        assert!(problem.contains("x.npy"), "{problem}");
        let problem = rows.check_unchanged().unwrap_err().to_string();
        assert!(problem.contains("x.npy: it was modified while in use"), "{problem}");
        // In a zip file, there may be anything between.
        let path = dir.path().join("x.npz");
        let zip = to_bytes(&crate::Npz, &[("a", &[4, 3], &numbers)], None).unwrap();
        fs::write(&path, zip).unwrap();
        assert!(ArrayFile::open(&path).unwrap().stored("a").is_none());
    }
}
