//! The npz format of NumPy: a zip file of npy files.

use std::io::{self, Read, Write};
use std::path::Path;

use zip::read::ZipFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::array::{ElementType, METADATA};
use crate::foreign::is_foreign;
use crate::format::{
    ArrayFormat, Contents, Entries, Input, Listing, Problem, ReadSkip, Reader, WriteSeek, ZIP,
    check_growth,
};
use crate::npy;

/// NumPy's zip file of arrays, as `np.savez` writes it: not compressed. `np.load(file)["hopfield"].item()` is the text
/// beside the arrays.
#[derive(Debug, Clone, Copy)]
pub struct Npz;

/// A config and its provenance are a few kilobytes.
const LONGEST_METADATA: u64 = 1 << 24;

impl ArrayFormat for Npz {
    fn name(&self) -> &'static str {
        "npz"
    }

    fn recognise(&self, head: &[u8], _: &mut Input) -> bool {
        head.starts_with(ZIP)
    }

    fn read(&self, input: Input, _: Option<&Path>) -> Result<Listing, Problem> {
        let mut zip = ZipArchive::new(input)
            .map_err(|error| format!("not a readable zip file (truncated?): {error}"))?;
        if zip.has_overlapping_entries()? {
            return Err("entries of the zip file overlap: a zip bomb, or damaged".into());
        }
        let (mut arrays, mut indices, mut metadata) = (Vec::new(), Vec::new(), None);
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index)?;
            let name = entry.name()?.into_owned();
            let Some(name) = name.strip_suffix(".npy") else { continue };
            let (size, compressed) = (entry.size(), entry.compressed_size());
            check_growth(&format!("array `{name}`"), size, compressed)?;
            let in_array = |problem: Problem| format!("array `{name}`: {problem}");
            let array = match npy::read_header(name, &mut entry, size) {
                Err(_) if is_foreign(name) => continue,
                read => read.map_err(in_array)?,
            };
            // An array of numbers may have this name, too.
            let is_text =
                matches!(&array.element, ElementType::Other(text) if text.starts_with("|S"));
            if name == METADATA && is_text {
                let mut text = Vec::new();
                let read = entry.take(LONGEST_METADATA).read_to_end(&mut text);
                read.map_err(|error| in_array(error.into()))?;
                // NumPy pads texts with zeros.
                let end = text.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
                metadata = Some(String::from_utf8_lossy(&text[..end]).into_owned());
            } else {
                arrays.push(array);
                indices.push(index);
            }
        }
        if arrays.is_empty() && metadata.is_none() && !zip.is_empty() {
            let names: Vec<_> = zip.file_names().flatten().take(3).collect();
            let (held, more) = (names.join(", "), if zip.len() > 3 { ", …" } else { "" });
            let found = format!("it is a zip archive without arrays ({held}{more})");
            return Err(format!("{found}; needed are npy files in it").into());
        }
        Ok(Listing { arrays, metadata, entries: Box::new(ZipEntries { zip, indices }) })
    }

    fn write(&self, out: &mut dyn WriteSeek, contents: Contents<'_>) -> io::Result<()> {
        let Contents { arrays, metadata, numbers } = contents;
        let mut zip = ZipWriter::new(out);
        // The time of day must not get into the file: equal databases give equal bytes.
        let options = SimpleFileOptions::DEFAULT
            .compression_method(CompressionMethod::Stored)
            .large_file(true);
        let begin = |zip: &mut ZipWriter<_>, name: &str, descr: &str, shape: &[usize]| {
            zip.start_file(format!("{name}.npy"), options)?;
            zip.write_all(&npy::header(descr, shape))
        };
        if let Some(text) = metadata {
            begin(&mut zip, METADATA, &format!("|S{}", text.len()), &[])?;
            zip.write_all(text.as_bytes())?;
        }
        for (index, array) in arrays.iter().enumerate() {
            begin(&mut zip, &array.name, npy::written(&array.element)?, &array.shape)?;
            numbers(index, &mut zip)?;
        }
        zip.finish()?;
        Ok(())
    }
}

/// The entries of a zip file that are arrays.
struct ZipEntries {
    zip: ZipArchive<Input>,
    indices: Vec<usize>,
}

impl Entries for ZipEntries {
    fn open(&mut self, index: usize, _: u64) -> Result<Reader<'_>, Problem> {
        let mut entry = self.zip.by_index(self.indices[index])?;
        let size = entry.size();
        npy::read_header("", &mut entry, size)?;
        Ok(Box::new(entry))
    }
}

impl ReadSkip for ZipFile<'_, Input> {}
