//! PyTorch checkpoints, through a reader that checks them. They are read, but not written.

use std::io::{Cursor, Seek};
use std::path::Path;

use pytorch_reader::{DType, PytorchReader};
use zip::ZipArchive;

use crate::array::{Array, ElementType};
use crate::format::{
    ArrayFormat, Entries, Input, Listing, Problem, Reader, ZIP, check_growth, skip,
};

/// PyTorch checkpoints: state dicts, or dictionaries with tensors in them. Read only, and from a file on disk.
#[derive(Debug, Clone, Copy)]
pub struct PyTorch;

/// The first byte of a pickle, PyTorch's format before version 1.6.
const PICKLE: u8 = 0x80;

impl ArrayFormat for PyTorch {
    fn name(&self) -> &'static str {
        "PyTorch"
    }

    fn recognise(&self, head: &[u8], input: &mut Input) -> bool {
        // Since version 1.6 it is a zip file with a pickle in it.
        let has_pickle = |input: &mut Input| {
            let zip = ZipArchive::new(&mut *input).ok()?;
            let found = zip.file_names().flatten().any(|name| name.ends_with("data.pkl"));
            Some(found)
        };
        if head.first() == Some(&PICKLE) {
            return true;
        }
        let found = head.starts_with(ZIP) && has_pickle(input) == Some(true);
        input.rewind().is_ok() && found
    }

    fn read(&self, _: Input, path: Option<&Path>) -> Result<Listing, Problem> {
        let path = path.ok_or("a PyTorch checkpoint is read from a file only")?;
        let checkpoint = PytorchReader::new(path)?;
        let size = path.metadata()?.len();
        let mut arrays = Vec::with_capacity(checkpoint.len());
        for tensor in checkpoint.tensors().values() {
            // A tensor may be larger than its file says anything about: its storage compressed, or its strides 0.
            let what = format!("tensor `{}`", tensor.name);
            check_growth(&what, tensor.byte_len() as u64, size)?;
            let element = match tensor.dtype() {
                DType::F32 => ElementType::F32,
                other => ElementType::Other(format!("{other:?}")),
            };
            let (name, shape) = (tensor.name.clone(), tensor.shape().to_vec());
            arrays.push(Array { name, shape, element });
        }
        arrays.sort_by_cached_key(|array| natural(&array.name));
        let names = arrays.iter().map(|array| array.name.clone()).collect();
        let entries = Box::new(Tensors { checkpoint, names });
        Ok(Listing { arrays, metadata: None, entries })
    }
}

struct Tensors {
    checkpoint: PytorchReader,
    names: Vec<String>,
}

impl Entries for Tensors {
    fn open(&mut self, index: usize, start: u64, _: u64) -> Result<Reader<'_>, Problem> {
        let tensor = self.checkpoint.get(&self.names[index]).ok_or("is gone")?;
        skip(Cursor::new(tensor.read()?), start)
    }
}

/// A key by which `layers.10` comes after `layers.2`.
fn natural(name: &str) -> Vec<(Option<u64>, String)> {
    let parts = name.split('.');
    parts.map(|part| (part.parse().ok(), part.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_ordered_as_numbers() {
        let mut names = ["layers.10.h", "layers.2.h", "a", "layers.2.b"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(names, ["a", "layers.2.b", "layers.2.h", "layers.10.h"]);
    }
}
