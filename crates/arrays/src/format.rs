//! What a file format of arrays can do, and what its files are made of.

use std::error::Error;
use std::fmt::Debug;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take, Write};
use std::path::Path;

use crate::array::Array;

/// A file format of named arrays.
pub trait ArrayFormat: Debug + Sync {
    /// Its name, for messages and as the ending of its files.
    fn name(&self) -> &'static str;

    /// Whether a file is of this format. `head` holds its first [`HEAD`] bytes, or all if there are fewer; formats that
    /// can't be told by those may look further into `input`.
    fn recognise(&self, head: &[u8], input: &mut Input) -> bool;

    /// Whether its files are tables, whose columns of numbers are also one array: [`TABLE`](crate::TABLE).
    fn is_table(&self) -> bool {
        false
    }

    /// Reads the headers of a file. `path` is given if the file is on disk.
    ///
    /// # Errors
    ///
    /// What is wrong with the file; its name is added by the caller.
    fn read(&self, input: Input, path: Option<&Path>) -> Result<Listing, Problem>;

    /// Writes a file.
    ///
    /// # Errors
    ///
    /// The format is only read or can't hold these arrays; their numbers can't be had, or writing fails.
    fn write(&self, _out: &mut dyn WriteSeek, _contents: Contents<'_>) -> io::Result<()> {
        Err(io::Error::other(format!("{} files are read, but not written", self.name())))
    }
}

/// What is written to a file.
pub struct Contents<'a> {
    /// The arrays, as f32; in an npz file as their type says, f32 or i32.
    pub arrays: &'a [Array],
    /// The text beside them.
    pub metadata: Option<&'a str>,
    /// Writes the little-endian [bytes](crate::bytes) of the array with this index, block by block if it is large; the
    /// format chooses the order.
    pub numbers: &'a mut dyn FnMut(usize, &mut dyn Write) -> io::Result<()>,
}

/// Reads the bytes of an array.
pub type Reader<'a> = Box<dyn ReadSkip + 'a>;

/// A stream of which parts can be left out.
pub trait ReadSkip: Read {
    /// Leaves out the next `count` bytes: reads them, unless the stream can be sought.
    ///
    /// # Errors
    ///
    /// As for reading.
    fn skip(&mut self, count: u64) -> io::Result<()> {
        io::copy(&mut Read::take(self, count), &mut io::sink()).map(|_| ())
    }
}

/// What is wrong with a file.
pub type Problem = Box<dyn Error + Send + Sync>;

/// As many bytes of a file as [`ArrayFormat::recognise`] gets to see, enough to tell any [kind](crate::FileKind) of file.
pub const HEAD: usize = 512;

/// The first bytes of a zip file.
pub(crate) const ZIP: &[u8] = b"PK\x03\x04";

/// A file being read.
pub type Input = BufReader<Box<dyn ReadSeek>>;

/// A readable, seekable stream.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// A writable, seekable stream.
pub trait WriteSeek: Write + Seek + Send {}
impl<T: Write + Seek + Send> WriteSeek for T {}

/// What a file says that it holds.
pub struct Listing {
    /// Its arrays, in the order of the file.
    pub arrays: Vec<Array>,
    /// The text under [`METADATA`](crate::METADATA).
    pub metadata: Option<String>,
    /// Where their numbers are.
    pub entries: Box<dyn Entries>,
}

/// The numbers of the arrays of a file.
pub trait Entries: Send {
    /// A reader over the bytes of array `index`; there should be `bytes`.
    ///
    /// # Errors
    ///
    /// They can't be reached.
    fn open(&mut self, index: usize, bytes: u64) -> Result<Reader<'_>, Problem>;

    /// The texts of array `index`, if it is a column of texts.
    ///
    /// # Errors
    ///
    /// They can't be read.
    fn texts(&mut self, _index: usize) -> Result<Option<Vec<String>>, Problem> {
        Ok(None)
    }

    /// The offset of its first byte, if the file holds its bytes as they are, one after the other.
    fn offset(&self, _index: usize) -> Option<u64> {
        None
    }
}

/// Arrays whose bytes stand in the file as they are, at these offsets.
pub(crate) struct PlainEntries {
    pub(crate) input: Input,
    pub(crate) offsets: Vec<u64>,
}

impl Entries for PlainEntries {
    fn open(&mut self, index: usize, bytes: u64) -> Result<Reader<'_>, Problem> {
        self.input.seek(SeekFrom::Start(self.offsets[index]))?;
        Ok(Box::new((&mut self.input).take(bytes)))
    }

    fn offset(&self, index: usize) -> Option<u64> {
        Some(self.offsets[index])
    }
}

impl ReadSkip for Take<&mut Input> {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        let count = count.min(self.limit());
        self.get_mut().seek_relative(count.try_into().map_err(io::Error::other)?)?;
        self.set_limit(self.limit() - count);
        Ok(())
    }
}

/// Checks that all bytes of an array have been read. The last read also checks the checksum of a zip entry.
pub(crate) fn at_end(reader: &mut Reader<'_>) -> Result<(), Problem> {
    match reader.read(&mut [0])? {
        0 => Ok(()),
        _ => Err("has more bytes than its shape says".into()),
    }
}

/// The size of a file, which is then read from its start.
pub(crate) fn size(input: &mut Input) -> io::Result<u64> {
    let size = input.seek(SeekFrom::End(0))?;
    input.rewind()?;
    Ok(size)
}

/// Compressed patterns grow a few times when they are read. A file that claims more than this is a bomb.
const LARGEST_GROWTH: u64 = 200;
/// Small files may grow more.
const SMALL: u64 = 1 << 20;

/// Checks that `what`, of `bytes` bytes, can come from `stored` bytes of a file.
pub(crate) fn check_growth(what: &str, bytes: u64, stored: u64) -> Result<(), Problem> {
    if bytes <= stored.saturating_mul(LARGEST_GROWTH).saturating_add(SMALL) {
        return Ok(());
    }
    let problem = "bytes, as a zip bomb does; allowed";
    Err(format!("{what} grows from {stored} to {bytes} {problem}: {LARGEST_GROWTH} times").into())
}
