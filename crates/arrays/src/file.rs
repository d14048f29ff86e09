//! A file of arrays, whatever its format.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use crate::array::{Array, ElementType};
use crate::error::ArrayError;
use crate::file_kind::FileKind;
use crate::format::{Entries, HEAD, Input, Listing, ReadSeek};
use crate::formats::FORMATS;
use crate::mapped::MappedArray;
use crate::numbers::Numbers;

/// An open file of arrays. Its headers have been read and agree with its size.
pub struct ArrayFile {
    name: String,
    /// The open file; none if it is in memory.
    file: Option<File>,
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
        let opened = Self::read(&name, Box::new(input), Some(path))?;
        Ok(Self { file: Some(file), ..opened })
    }

    /// A file in memory, called `name`, with this content.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open); PyTorch checkpoints are read from disk only.
    pub fn from_bytes(name: &str, content: Vec<u8>) -> Result<Self, ArrayError> {
        Self::read(name, Box::new(Cursor::new(content)), None)
    }

    fn read(name: &str, input: Box<dyn ReadSeek>, path: Option<&Path>) -> Result<Self, ArrayError> {
        let mut input: Input = BufReader::new(input);
        let mut head = Vec::new();
        let read = (&mut input).take(HEAD as u64).read_to_end(&mut head);
        let read = read.and_then(|_| input.rewind());
        read.map_err(|source| ArrayError::Io { file: name.to_owned(), source })?;
        let format = FORMATS.iter().find(|format| format.recognise(&head, &mut input));
        let read = format
            .ok_or_else(|| FileKind::of(&head).instead_of(&needed()).into())
            .and_then(|format| format.read(input, path));
        let Listing { arrays, metadata, entries } =
            read.map_err(|problem| ArrayError::malformed(name, problem))?;
        Ok(Self { name: name.to_owned(), file: None, arrays, metadata, entries })
    }

    /// The file's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its arrays, in the order of the file; those of a PyTorch checkpoint ordered by name, numbers in names as numbers.
    pub fn arrays(&self) -> &[Array] {
        &self.arrays
    }

    /// Names and shapes of its arrays, for messages.
    pub fn contents(&self) -> String {
        let list = self.arrays.iter().map(|array| format!("{} {:?}", array.name, array.shape));
        let list: Vec<_> = list.collect();
        if list.is_empty() { "none".into() } else { list.join(", ") }
    }

    /// The array of this name, if there is one.
    pub fn array(&self, name: &str) -> Option<&Array> {
        self.arrays.iter().find(|array| array.name == name)
    }

    /// The text that stands beside the arrays under [`METADATA`](crate::METADATA).
    pub fn metadata(&self) -> Option<&str> {
        self.metadata.as_deref()
    }

    /// The numbers of an array.
    ///
    /// # Errors
    ///
    /// There is no such array, its elements are not f32, or it can't be read.
    pub fn numbers<'a>(&'a mut self, name: &'a str) -> Result<Numbers<'a>, ArrayError> {
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
    pub fn numbers_from<'a>(
        &'a mut self,
        name: &'a str,
        start: usize,
    ) -> Result<Numbers<'a>, ArrayError> {
        let (index, count) = self.find(name)?;
        let left = count.checked_sub(start).expect("the array has so many numbers");
        let opened = self.entries.open(index, start as u64 * 4, count as u64 * 4);
        let reader = opened.map_err(|problem| of_array(&self.name, name, problem))?;
        Ok(Numbers::new(reader, left, &self.name, name))
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
    /// As for [`numbers`](Self::numbers); or the file has another format, is not on disk, or its numbers are not aligned.
    #[allow(unsafe_code)]
    pub unsafe fn map(&self, name: &str) -> Result<MappedArray, ArrayError> {
        let (index, _) = self.find(name)?;
        let malformed = |problem: &str| of_array(&self.name, name, problem);
        let not_opened = "can't be mapped: it was not opened from a file";
        let file = self.file.as_ref().ok_or_else(|| malformed(not_opened))?;
        let not_plain = "can't be mapped; needed is an npy or safetensors file";
        let offset = self.entries.offset(index).ok_or_else(|| malformed(not_plain))?;
        // SAFETY: the caller promises that the file does not change.
        unsafe { MappedArray::new(file, offset, &self.arrays[index].shape) }
            .map_err(|problem| of_array(&self.name, name, problem))
    }

    /// The index of an array of f32, and how many numbers it has.
    fn find(&self, name: &str) -> Result<(usize, usize), ArrayError> {
        let malformed = |problem: &str| of_array(&self.name, name, problem);
        let index = self.arrays.iter().position(|array| array.name == name);
        let index = index.ok_or_else(|| malformed("there is none of this name"))?;
        let array = &self.arrays[index];
        if let ElementType::Other(element) = &array.element {
            return Err(malformed(&format!("has type {element}; needed is f32 (little-endian)")));
        }
        let count = array.bytes().and(array.count());
        Ok((index, count.ok_or_else(|| malformed("is too large"))?))
    }
}

fn of_array(file: &str, name: &str, problem: impl Display) -> ArrayError {
    ArrayError::malformed(file, format!("array `{name}`: {problem}"))
}

/// The formats that can be read.
fn needed() -> String {
    let names: Vec<_> = FORMATS.iter().map(|format| format.name()).collect();
    format!("a file of one of these formats: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The files that fuzzing starts from: some are good, some have types that are not read.
    #[test]
    fn the_seeds_of_the_fuzz_targets_are_read() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        let mut seen = Vec::new();
        for target in ["npz", "safetensors"] {
            for entry in fs::read_dir(corpus.join(target)).unwrap() {
                let path = entry.unwrap().path();
                let is_seed = path.extension().is_some();
                if !is_seed {
                    continue;
                }
                let mut file = ArrayFile::open(&path).unwrap();
                for array in file.arrays().to_vec() {
                    let name = format!("{}:{}", path.file_name().unwrap().display(), array.name);
                    match (file.load(&array.name), array.element.clone()) {
                        (Ok(numbers), ElementType::F32) => {
                            assert_eq!(Some(numbers.len()), array.count(), "{name}");
                            seen.push(name);
                        }
                        (Err(error), ElementType::Other(_)) => {
                            assert!(error.to_string().contains("needed is f32"), "{error}");
                        }
                        (read, element) => panic!("{name}: {element:?}, {read:?}"),
                    }
                }
            }
        }
        seen.sort();
        let expected = [
            "array.npy:array",
            "compressed.npz:a",
            "plain.npz:mine",
            "two.safetensors:layers.0.log_beta",
            "two.safetensors:layers.0.patterns",
        ];
        assert_eq!(seen, expected);
    }
}
