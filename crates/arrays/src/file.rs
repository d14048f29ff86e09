//! A file of arrays, whatever its format.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use pytorch_reader::{DType, PytorchReader};
use zip::ZipArchive;

use crate::npz::Npz;
use crate::{ArrayError, MappedArray, Numbers, npy, npz, safetensors_file};

/// What a file says about one of its arrays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    /// Its name; in a npy file, which has none, `array`.
    pub name: String,
    /// Its dimensions; the numbers follow in row-major order.
    pub shape: Vec<usize>,
    /// The type of its elements.
    pub element: ElementType,
}

/// The type of an array's elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElementType {
    /// Little-endian 32-bit floating-point numbers: the only ones that are read.
    F32,
    /// Others, as their file calls them.
    Other(String),
}

impl Array {
    /// An array of f32.
    pub fn f32(name: &str, shape: &[usize]) -> Self {
        Self { name: name.to_owned(), shape: shape.to_vec(), element: ElementType::F32 }
    }

    /// How many elements it has, if that is a number.
    pub fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim))
    }
}

/// What a file says that it holds.
pub(crate) struct Listing<P> {
    /// Where the numbers of each array are.
    places: Vec<P>,
    arrays: Vec<Array>,
    pub(crate) metadata: Option<String>,
}

impl<P> Default for Listing<P> {
    fn default() -> Self {
        Self { places: Vec::new(), arrays: Vec::new(), metadata: None }
    }
}

impl<P> Listing<P> {
    pub(crate) fn add(&mut self, place: P, array: Array) {
        self.places.push(place);
        self.arrays.push(array);
    }
}

pub(crate) trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}
pub(crate) type Input = Box<dyn ReadSeek>;

/// A file of arrays that has been opened: its headers have been read and agree with its size.
pub struct ArrayFile {
    name: String,
    /// None: it is in memory.
    path: Option<PathBuf>,
    arrays: Vec<Array>,
    metadata: Option<String>,
    source: Source,
}

/// Where the numbers of every array are.
enum Source {
    /// At these offsets of a file (safetensors, npy).
    Plain(BufReader<Input>, Vec<u64>),
    /// In these entries of a zip file.
    Npz(Box<Npz>, Vec<usize>),
    PyTorch(Box<PytorchReader>),
}

/// Patterns compress a few times; a file that grows more than this is a bomb.
pub(crate) const LARGEST_GROWTH: usize = 200;
/// Small files may grow more.
pub(crate) const SMALL: usize = 1 << 20;

const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
const KINDS: &str = "needed is a safetensors, npz or npy file, or a PyTorch checkpoint";

impl ArrayFile {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// It can't be read, is of no format that is known here, or contradicts itself.
    pub fn open(path: &Path) -> Result<Self, ArrayError> {
        let name = path.display().to_string();
        let io = |source| ArrayError::Io { file: name.clone(), source };
        let file = File::open(path).map_err(io)?;
        if file.metadata().map_err(io)?.is_dir() {
            return Err(ArrayError::malformed(&name, format!("it is a folder; {KINDS}")));
        }
        Self::read(&name, Box::new(file), Some(path))
    }

    /// The file called `name` with this content.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open); PyTorch checkpoints are read from files only.
    pub fn from_bytes(name: &str, content: Vec<u8>) -> Result<Self, ArrayError> {
        Self::read(name, Box::new(Cursor::new(content)), None)
    }

    fn read(name: &str, input: Input, path: Option<&Path>) -> Result<Self, ArrayError> {
        let malformed = |problem: String| ArrayError::malformed(name, problem);
        let io = |source| ArrayError::Io { file: name.to_owned(), source };
        let mut reader = BufReader::new(input);
        let size = reader.seek(SeekFrom::End(0)).map_err(io)?;
        reader.rewind().map_err(io)?;
        let mut magic = Vec::new();
        (&mut reader).take(9).read_to_end(&mut magic).map_err(io)?;
        reader.rewind().map_err(io)?;

        let (arrays, metadata, source) = if magic.starts_with(npy::MAGIC) {
            let array = npy::read_header("array", &mut reader, size).map_err(malformed)?;
            let start = reader.stream_position().map_err(io)?;
            (vec![array], None, Source::Plain(reader, vec![start]))
        } else if magic.starts_with(ZIP_MAGIC) {
            let zip = ZipArchive::new(reader);
            let mut zip = zip.map_err(|error| {
                malformed(format!("not a readable zip file (truncated?): {error}"))
            })?;
            let is_checkpoint = zip.file_names().flatten().any(|name| name.ends_with("data.pkl"));
            if is_checkpoint {
                let (arrays, source) = pytorch(path).map_err(malformed)?;
                (arrays, None, source)
            } else {
                let Listing { places, arrays, metadata } =
                    npz::read(&mut zip).map_err(malformed)?;
                (arrays, metadata, Source::Npz(Box::new(zip), places))
            }
        } else if magic.get(8) == Some(&b'{') {
            let listing = safetensors_file::read(&mut reader, size).map_err(malformed)?;
            let Listing { places, arrays, metadata } = listing;
            (arrays, metadata, Source::Plain(reader, places))
        } else if magic.first() == Some(&0x80) {
            // A pickle: PyTorch's format before 1.6.
            let (arrays, source) = pytorch(path).map_err(malformed)?;
            (arrays, None, source)
        } else {
            return Err(malformed(format!("of no format that is known here; {KINDS}")));
        };
        let path = path.map(Path::to_owned);
        Ok(Self { name: name.to_owned(), path, arrays, metadata, source })
    }

    /// The file's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its arrays, in its order; those of a PyTorch checkpoint in the order of their names, numbers in them as numbers.
    pub fn arrays(&self) -> &[Array] {
        &self.arrays
    }

    /// Names and shapes of its arrays, for messages.
    pub fn contents(&self) -> String {
        let list = self.arrays.iter().map(|array| format!("{} {:?}", array.name, array.shape));
        list.collect::<Vec<_>>().join(", ")
    }

    /// The array of this name, if there is one.
    pub fn array(&self, name: &str) -> Option<&Array> {
        self.arrays.iter().find(|array| array.name == name)
    }

    /// The JSON text that stands beside the arrays of a [pattern database](crate::METADATA).
    pub fn metadata(&self) -> Option<&str> {
        self.metadata.as_deref()
    }

    /// The numbers of an array.
    ///
    /// # Errors
    ///
    /// There is no such array, its elements are not f32, or it can't be read.
    pub fn numbers<'a>(&'a mut self, name: &'a str) -> Result<Numbers<'a>, ArrayError> {
        let (index, count) = self.find(name)?;
        let Self { name: file, source, .. } = self;
        let malformed = |problem: String| of_array(file, name, problem);
        let reader: Box<dyn Read + 'a> = match source {
            Source::Plain(reader, places) => {
                let seek = reader.seek(SeekFrom::Start(places[index]));
                seek.map_err(|error| malformed(error.to_string()))?;
                Box::new(reader.take(count as u64 * 4))
            }
            Source::Npz(npz, places) => npz::data(npz, places[index]).map_err(malformed)?,
            Source::PyTorch(checkpoint) => {
                let tensor = checkpoint.get(name).ok_or_else(|| malformed("is gone".into()))?;
                Box::new(Cursor::new(tensor.read().map_err(|error| malformed(error.to_string()))?))
            }
        };
        Ok(Numbers::new(reader, count, file, name))
    }

    /// The numbers of an array of a npy or safetensors file, without reading them. Nobody may [change the file](MappedArray)
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// As for [`numbers`](Self::numbers); or the file is of another kind, not on a disk, or its numbers begin where none can.
    pub fn map(&self, name: &str) -> Result<MappedArray, ArrayError> {
        let (index, _) = self.find(name)?;
        let malformed = |problem: String| of_array(&self.name, name, problem);
        let Some(path) = &self.path else {
            return Err(malformed("can't be mapped: it was not opened from a file".into()));
        };
        let Source::Plain(_, places) = &self.source else {
            return Err(malformed("can't be mapped; needed is a npy or safetensors file".into()));
        };
        MappedArray::new(path, places[index], &self.arrays[index].shape).map_err(malformed)
    }

    /// Where an array of f32 stands in the list, and how many numbers it has.
    fn find(&self, name: &str) -> Result<(usize, usize), ArrayError> {
        let malformed = |problem: String| of_array(&self.name, name, problem);
        let index = self.arrays.iter().position(|array| array.name == name);
        let index = index.ok_or_else(|| malformed("there is none of this name".into()))?;
        let array = &self.arrays[index];
        if let ElementType::Other(element) = &array.element {
            return Err(malformed(format!("has type {element}; needed is f32 (little-endian)")));
        }
        let count = array.count().ok_or_else(|| malformed("is too large".into()))?;
        Ok((index, count))
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
}

fn of_array(file: &str, name: &str, problem: String) -> ArrayError {
    ArrayError::malformed(file, format!("array `{name}`: {problem}"))
}

/// A PyTorch checkpoint: its tensors, on the word of a reader that checks them.
fn pytorch(path: Option<&Path>) -> Result<(Vec<Array>, Source), String> {
    let path = path.ok_or("a PyTorch checkpoint is read from a file only")?;
    let checkpoint = PytorchReader::new(path).map_err(|error| error.to_string())?;
    let size = path.metadata().map_err(|error| error.to_string())?.len() as usize;
    // A tensor may be larger than its file says anything about: its storage compressed, or its strides 0.
    let most = size.saturating_mul(LARGEST_GROWTH).saturating_add(SMALL);
    if let Some(tensor) = checkpoint.tensors().values().find(|tensor| tensor.byte_len() > most) {
        return Err(format!(
            "tensor `{}` has {} bytes, but the file has {size}; allowed: {LARGEST_GROWTH} times as many",
            tensor.name,
            tensor.byte_len()
        ));
    }
    let mut arrays: Vec<Array> = checkpoint
        .tensors()
        .values()
        .map(|tensor| Array {
            name: tensor.name.clone(),
            shape: tensor.shape().to_vec(),
            element: match tensor.dtype() {
                DType::F32 => ElementType::F32,
                other => ElementType::Other(format!("{other:?}")),
            },
        })
        .collect();
    arrays.sort_by_cached_key(|array| natural(&array.name));
    Ok((arrays, Source::PyTorch(Box::new(checkpoint))))
}

/// A key by which `layers.10` comes after `layers.2`.
fn natural(name: &str) -> Vec<(Option<u64>, String)> {
    let parts = name.split('.');
    parts.map(|part| (part.parse().ok(), part.to_owned())).collect()
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

    #[test]
    fn names_are_ordered_as_people_count() {
        let mut names = ["layers.10.h", "layers.2.h", "a", "layers.2.b"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(names, ["a", "layers.2.b", "layers.2.h", "layers.10.h"]);
    }
}
