//! The npz format of NumPy: a zip file of npy files.

use std::io::{self, BufReader, Read, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::file::{Input, LARGEST_GROWTH, Listing, SMALL};
use crate::{ElementType, METADATA, bytes, npy};

/// A config and its provenance are a few kilobytes.
const LONGEST_METADATA: u64 = 1 << 24;

pub(crate) type Npz = ZipArchive<BufReader<Input>>;

/// The entries of a zip file that are npy files, in its order, and the text beside them.
pub(crate) fn read(npz: &mut Npz) -> Result<Listing<usize>, String> {
    if npz.has_overlapping_entries().map_err(|error| error.to_string())? {
        return Err("entries of the zip file overlap: a zip bomb, or damaged".into());
    }
    let mut listing = Listing::default();
    for index in 0..npz.len() {
        let entry = npz.by_index(index).map_err(|error| error.to_string())?;
        let name = entry.name().map_err(|error| error.to_string())?.into_owned();
        let Some(name) = name.strip_suffix(".npy") else { continue };
        let (size, compressed) = (entry.size(), entry.compressed_size());
        if size > compressed.saturating_mul(LARGEST_GROWTH as u64).saturating_add(SMALL as u64) {
            return Err(format!(
                "array `{name}` grows from {compressed} to {size} bytes, as a zip bomb does; allowed: {LARGEST_GROWTH} times"
            ));
        }
        let mut entry = entry;
        let in_array = |problem: String| format!("array `{name}`: {problem}");
        let array = npy::read_header(name, &mut entry, size).map_err(in_array)?;
        // Arrays of numbers may have that name, too.
        if name == METADATA
            && matches!(&array.element, ElementType::Other(text) if text.starts_with("|S"))
        {
            let mut text = Vec::new();
            let read = entry.take(LONGEST_METADATA).read_to_end(&mut text);
            read.map_err(|error| in_array(error.to_string()))?;
            // NumPy pads texts with zeros.
            let end = text.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            listing.metadata = Some(String::from_utf8_lossy(&text[..end]).into_owned());
        } else {
            listing.add(index, array);
        }
    }
    Ok(listing)
}

/// The bytes of entry `index` after its npy header.
pub(crate) fn data(npz: &mut Npz, index: usize) -> Result<Box<dyn Read + '_>, String> {
    let mut entry = npz.by_index(index).map_err(|error| error.to_string())?;
    let size = entry.size();
    npy::read_header("", &mut entry, size)?;
    Ok(Box::new(entry))
}

/// Writes an npz file as `np.savez` does: not compressed, every array one after the other.
pub struct NpzWriter<W: Write + Seek> {
    zip: ZipWriter<W>,
}

impl<W: Write + Seek> NpzWriter<W> {
    /// Into `out`, which should be buffered.
    pub fn new(out: W) -> Self {
        Self { zip: ZipWriter::new(out) }
    }

    /// A text, which NumPy reads as an array of bytes: `np.load(file)["hopfield"].item()`.
    ///
    /// # Errors
    ///
    /// The text can't be written.
    pub fn metadata(&mut self, text: &str) -> io::Result<()> {
        self.entry(METADATA, &format!("|S{}", text.len()), &[])?;
        self.zip.write_all(text.as_bytes())
    }

    /// Begins an array; its numbers follow.
    ///
    /// # Errors
    ///
    /// The header can't be written.
    pub fn array(&mut self, name: &str, shape: &[usize]) -> io::Result<()> {
        self.entry(name, "<f4", shape)
    }

    /// The next numbers of the array.
    ///
    /// # Errors
    ///
    /// They can't be written.
    pub fn numbers(&mut self, numbers: &[f32]) -> io::Result<()> {
        self.zip.write_all(&bytes(numbers))
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// The directory of the zip file can't be written.
    pub fn finish(self) -> io::Result<W> {
        Ok(self.zip.finish()?)
    }

    fn entry(&mut self, name: &str, descr: &str, shape: &[usize]) -> io::Result<()> {
        // The time of day must not get into the file: equal databases give equal bytes.
        let options = SimpleFileOptions::DEFAULT
            .compression_method(CompressionMethod::Stored)
            .large_file(true);
        self.zip.start_file(format!("{name}.npy"), options)?;
        self.zip.write_all(&npy::header(descr, shape))
    }
}
