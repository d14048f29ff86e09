//! A file of arrays, whatever its format.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

use crate::array::Array;
use crate::convert::not_read;
use crate::error::ArrayError;
use crate::file_kind::FileKind;
use crate::format::{ArrayFormat, Entries, HEAD, Input, Listing, ReadSeek};
use crate::formats::FORMATS;
use crate::gzip;
use crate::mapped::MappedArray;
use crate::numbers::Numbers;
use crate::stored::StoredRows;

/// An open file of arrays. Its headers have been read and agree with its size.
pub struct ArrayFile {
    name: String,
    /// The open file; none if it is in memory, or compressed.
    file: Option<File>,
    format: &'static dyn ArrayFormat,
    arrays: Vec<Array>,
    metadata: Option<String>,
    entries: Box<dyn Entries>,
}

impl ArrayFile {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// It can't be read, has an unknown format, or contradicts itself.
    pub fn open(path: &Path) -> Result<Self, ArrayError> {
        let name = path.display().to_string();
        let io = |source| ArrayError::Io { file: name.clone(), source };
        let file = File::open(path).map_err(io)?;
        if file.metadata().map_err(io)?.is_dir() {
            return Err(ArrayError::malformed(
                &name,
                format!("it is a folder; needed is {}", needed()),
            ));
        }
        let input = file.try_clone().map_err(io)?;
        Self::read(&name, Box::new(input), Some((path, file)))
    }

    /// A file in memory, called `name`, with this content.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open); PyTorch checkpoints are read from disk only.
    pub fn from_bytes(name: &str, content: Vec<u8>) -> Result<Self, ArrayError> {
        Self::read(name, Box::new(Cursor::new(content)), None)
    }

    /// Reads a file, which may be on disk. What is compressed with gzip is decompressed into memory.
    fn read(
        name: &str,
        input: Box<dyn ReadSeek>,
        on_disk: Option<(&Path, File)>,
    ) -> Result<Self, ArrayError> {
        let io = |source| ArrayError::Io { file: name.to_owned(), source };
        let malformed = |problem| ArrayError::malformed(name, problem);
        let (mut input, mut head) = begin(input).map_err(io)?;
        let mut on_disk = on_disk;
        if gzip::is_gzip(&head) {
            let mut packed = Vec::new();
            input.read_to_end(&mut packed).map_err(io)?;
            let content = gzip::decompressed(&packed);
            let content = content.map_err(|problem| {
                let hint = "decompress it first, if it is sound";
                malformed(format!("its gzip data can't be read: {problem}; {hint}").into())
            })?;
            (input, head) = begin(Box::new(Cursor::new(content))).map_err(io)?;
            on_disk = None;
        }
        let format = FORMATS.iter().find(|format| format.recognise(&head, &mut input));
        let unknown = || ArrayError::malformed(name, FileKind::of(&head).instead_of(&needed()));
        let format = format.ok_or_else(unknown)?;
        let path = on_disk.as_ref().map(|(path, _)| *path);
        let Listing { arrays, metadata, entries } = format.read(input, path).map_err(malformed)?;
        let (name, format) = (name.to_owned(), *format);
        Ok(Self { name, file: on_disk.map(|(_, file)| file), format, arrays, metadata, entries })
    }

    /// The file's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a table, whose columns of numbers are also one array: [`TABLE`](crate::TABLE).
    pub fn is_table(&self) -> bool {
        self.format.is_table()
    }

    /// Its arrays, in the order of the file; those of a PyTorch checkpoint ordered by name, numbers in names as numbers.
    pub fn arrays(&self) -> &[Array] {
        &self.arrays
    }

    /// Names, shapes and types of its arrays, for messages.
    pub fn contents(&self) -> String {
        let list: Vec<_> = self.arrays.iter().map(Array::to_string).collect();
        if list.is_empty() { "none".into() } else { list.join(", ") }
    }

    /// The array of this name, if there is one.
    pub fn array(&self, name: &str) -> Option<&Array> {
        self.arrays.iter().find(|array| array.name == name)
    }

    /// The array of this name, whose numbers can be read.
    ///
    /// # Errors
    ///
    /// There is none, or its type is [`ElementType::Other`](crate::ElementType::Other).
    pub fn find(&self, name: &str) -> Result<&Array, ArrayError> {
        self.locate(name).map(|(index, _)| &self.arrays[index])
    }

    /// The texts of a column of a table; none if it has none.
    ///
    /// # Errors
    ///
    /// There is no such column, or it can't be read.
    pub fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, ArrayError> {
        let index = self.index(name)?;
        let texts = self.entries.texts(index);
        texts.map_err(|problem| of_array(&self.name, name, problem))
    }

    /// Whether [`map`](Self::map) takes this array.
    pub fn can_be_mapped(&self, name: &str) -> bool {
        let index = self.arrays.iter().position(|array| array.name == name);
        let offset = index.and_then(|index| self.mappable(index));
        self.file.is_some()
            && cfg!(target_endian = "little")
            && offset.is_some_and(|offset| offset.is_multiple_of(align_of::<f32>() as u64))
    }

    /// The text that stands beside the arrays under [`METADATA`](crate::METADATA).
    pub fn metadata(&self) -> Option<&str> {
        self.metadata.as_deref()
    }

    /// The numbers of an array.
    ///
    /// # Errors
    ///
    /// There is no such array, its type is [`ElementType::Other`](crate::ElementType::Other), or it can't be read.
    pub fn numbers(&mut self, name: &str) -> Result<Numbers<'_>, ArrayError> {
        self.numbers_from(name, 0)
    }

    /// The numbers of an array from number `start` on.
    ///
    /// # Errors
    ///
    /// As for [`numbers`](Self::numbers).
    ///
    /// # Panics
    ///
    /// If the array has fewer than `start` numbers.
    pub fn numbers_from(&mut self, name: &str, start: usize) -> Result<Numbers<'_>, ArrayError> {
        self.open_numbers(name, start, true)
    }

    /// The numbers of an array, NaN and infinities too. A number that is too large for f32 is infinite.
    ///
    /// # Errors
    ///
    /// As for [`numbers`](Self::numbers).
    pub fn raw_numbers(&mut self, name: &str) -> Result<Numbers<'_>, ArrayError> {
        self.open_numbers(name, 0, false)
    }

    fn open_numbers(
        &mut self,
        name: &str,
        start: usize,
        only_finite: bool,
    ) -> Result<Numbers<'_>, ArrayError> {
        let (index, count) = self.locate(name)?;
        assert!(start <= count, "array `{name}` has {count} numbers, not {start}");
        let Self { name: file, arrays, entries, .. } = self;
        let range = [start, count];
        let opened = Numbers::open(file, &arrays[index], &mut **entries, index, range, only_finite);
        opened.map_err(|problem| of_array(file, name, problem))
    }

    /// The rows of an array that stay in the file; none if it is not on disk, or the bytes of the array don't stand in it as they are, row
    /// by row.
    pub fn stored(&self, name: &str) -> Option<StoredRows> {
        let (index, _) = self.locate(name).ok()?;
        let array = &self.arrays[index];
        let offset = self.entries.offset(index)?;
        let is_plain = !array.layout.column_major && !array.shape.is_empty();
        let file = self.file.as_ref().filter(|_| is_plain)?.try_clone().ok()?;
        Some(StoredRows::new(file, self.name.clone(), array.clone(), offset))
    }

    /// All numbers of an array.
    ///
    /// # Errors
    ///
    /// As for [`numbers`](Self::numbers) and [`Numbers::read`].
    pub fn load(&mut self, name: &str) -> Result<Vec<f32>, ArrayError> {
        let mut numbers = self.numbers(name)?;
        numbers.read(numbers.left())
    }

    /// The numbers of an array of an npy or safetensors file, without reading them.
    ///
    /// # Safety
    ///
    /// As long as the mapped array exists, nobody may write to the file or shorten it, in this process or another: see
    /// [`MappedArray`].
    ///
    /// # Errors
    ///
    /// As for [`numbers`](Self::numbers); or the file has another format or is not on disk, or the numbers are not f32, not
    /// little-endian, not in row-major order or not aligned.
    #[allow(unsafe_code)]
    pub unsafe fn map(&self, name: &str) -> Result<MappedArray, ArrayError> {
        let (index, _) = self.locate(name)?;
        let malformed = |problem: &str| of_array(&self.name, name, problem);
        let not_opened = "can't be mapped: it was not opened from a file";
        let file = self.file.as_ref().ok_or_else(|| malformed(not_opened))?;
        let array = &self.arrays[index];
        let offset = self.mappable(index).ok_or_else(|| {
            let found = format!("it is {}, in {}", array.kind(), self.format.name());
            let needed =
                "needed is an npy or safetensors file with float32, little-endian and row-major";
            malformed(&format!("can't be mapped: {found}; {needed}, as {CONTIGUOUS} writes it"))
        })?;
        // SAFETY: the caller promises that the file does not change.
        unsafe { MappedArray::new(file, offset, &array.shape) }
            .map_err(|problem| of_array(&self.name, name, problem))
    }

    /// The index of an array of numbers, and how many it has.
    fn locate(&self, name: &str) -> Result<(usize, usize), ArrayError> {
        let index = self.index(name)?;
        let array = &self.arrays[index];
        if array.element.size().is_none() {
            return Err(of_array(&self.name, name, not_read(array)));
        }
        let count = array.bytes().and(array.count());
        Ok((index, count.ok_or_else(|| of_array(&self.name, name, "is too large"))?))
    }

    fn index(&self, name: &str) -> Result<usize, ArrayError> {
        let index = self.arrays.iter().position(|array| array.name == name);
        index.ok_or_else(|| {
            let problem = format!("there is no array `{name}` in it; there are");
            ArrayError::malformed(&self.name, format!("{problem}: {}", self.contents()))
        })
    }

    /// Where the numbers of this array begin in the file, if it can be mapped from there.
    fn mappable(&self, index: usize) -> Option<u64> {
        let array = &self.arrays[index];
        let is_plain = *array == Array::f32(&array.name, &array.shape);
        self.entries.offset(index).filter(|_| is_plain)
    }
}

/// The line of NumPy that writes any array `a` of numbers so that it can be mapped.
const CONTIGUOUS: &str = "np.save('x.npy', np.ascontiguousarray(a, dtype=np.float32))";

/// A file about to be read, and its first bytes.
fn begin(input: Box<dyn ReadSeek>) -> io::Result<(Input, Vec<u8>)> {
    let mut input: Input = BufReader::new(input);
    let mut head = Vec::new();
    (&mut input).take(HEAD as u64).read_to_end(&mut head)?;
    input.rewind()?;
    Ok((input, head))
}

fn of_array(file: &str, name: &str, problem: impl Display) -> ArrayError {
    ArrayError::malformed(file, format!("array `{name}`: {problem}"))
}

/// The formats that can be read.
fn needed() -> String {
    let names: Vec<_> = FORMATS.iter().map(|format| format.name()).collect();
    format!("a file of one of these formats: {}", names.join(", "))
}
