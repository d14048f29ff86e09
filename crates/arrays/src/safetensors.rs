//! The safetensors format: the length of a JSON header, the header with the place of every tensor, then the tensors.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;

use ::safetensors::Dtype;
use ::safetensors::tensor::{Metadata, TensorInfo};

use crate::array::{Array, ElementType, METADATA};
use crate::format::{
    ArrayFormat, Contents, Input, Listing, PlainEntries, Problem, WriteSeek, size,
};

/// The safetensors format of Hugging Face. Arrays are written in the order of their names, so that equal contents give
/// equal bytes.
#[derive(Debug, Clone, Copy)]
pub struct Safetensors;

/// The length of the header's length.
const LENGTH: u64 = 8;
/// Enough for some ten thousand tensors and their metadata.
const LONGEST_HEADER: u64 = 1 << 24;

impl ArrayFormat for Safetensors {
    fn name(&self) -> &'static str {
        "safetensors"
    }

    fn recognise(&self, head: &[u8], _: &mut Input) -> bool {
        is_safetensors(head)
    }

    fn read(&self, mut input: Input, _: Option<&Path>) -> Result<Listing, Problem> {
        let size = size(&mut input)?;
        let mut length = [0; LENGTH as usize];
        input.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        if length > size.saturating_sub(LENGTH) || length > LONGEST_HEADER {
            let problem = format!(
                "its safetensors header should have {length} bytes; the file has {size}, and allowed are up to {LONGEST_HEADER}"
            );
            return Err(problem.into());
        }
        let mut header = vec![0; length as usize];
        input.read_exact(&mut header)?;
        let header: Metadata = serde_json::from_slice(&header)
            .map_err(|error| format!("not a safetensors file: {error}"))?;
        let (start, data) = (LENGTH + length, header.data_len() as u64);
        if start.checked_add(data) != Some(size) {
            let problem = format!(
                "its header says {data} bytes of tensors, but {} follow it: truncated, or the header is wrong",
                size - start
            );
            return Err(problem.into());
        }
        let metadata = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA));
        let (mut arrays, mut offsets) = (Vec::new(), Vec::new());
        for name in header.offset_keys() {
            let Some(info) = header.info(&name) else { continue };
            let element = match info.dtype {
                Dtype::F32 => ElementType::F32,
                other => ElementType::Other(format!("{other:?}")),
            };
            offsets.push(start + info.data_offsets.0 as u64);
            arrays.push(Array { name, shape: info.shape.clone(), element });
        }
        let metadata = metadata.cloned();
        Ok(Listing { arrays, metadata, entries: Box::new(PlainEntries { input, offsets }) })
    }

    fn write(&self, out: &mut dyn WriteSeek, contents: Contents<'_>) -> io::Result<()> {
        let Contents { arrays, metadata, numbers } = contents;
        let mut order: Vec<usize> = (0..arrays.len()).collect();
        order.sort_by_key(|&index| &arrays[index].name);
        out.write_all(&header(order.iter().map(|&index| &arrays[index]), metadata)?)?;
        order.into_iter().try_for_each(|index| numbers(index, out))
    }
}

/// Whether a file with these first bytes is a safetensors file: the length of a header, then JSON.
pub fn is_safetensors(head: &[u8]) -> bool {
    head.get(LENGTH as usize) == Some(&b'{')
}

/// The header of a file with these arrays, one after the other. Its metadata has one key: with several, their order, and
/// so the bytes, would vary.
fn header<'a>(
    arrays: impl Iterator<Item = &'a Array>,
    metadata: Option<&str>,
) -> io::Result<Vec<u8>> {
    let mut offset = 0usize;
    let mut infos = Vec::new();
    for array in arrays {
        let end = array.count().and_then(|count| offset.checked_add(count.checked_mul(4)?));
        let end = end.ok_or_else(|| io::Error::other("the arrays are too large"))?;
        let (shape, data_offsets) = (array.shape.clone(), (offset, end));
        infos.push((array.name.clone(), TensorInfo { dtype: Dtype::F32, shape, data_offsets }));
        offset = end;
    }
    let metadata = metadata.map(|text| HashMap::from([(METADATA.to_owned(), text.to_owned())]));
    let header = Metadata::new(metadata, infos).map_err(io::Error::other)?;
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(LENGTH as usize), b' ');
    Ok([&(header.len() as u64).to_le_bytes(), &header[..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::bytes;
    use crate::writing::to_bytes;
    use ::safetensors::tensor::TensorView;

    #[test]
    fn the_bytes_are_those_of_the_safetensors_crate() {
        let numbers = [bytes(&[1.5, -2.0]), bytes(&[0.25])];
        let view = |shape, data| TensorView::new(Dtype::F32, shape, data).unwrap();
        let views = [("b", view(vec![1, 2], &numbers[0])), ("a", view(vec![1], &numbers[1]))];
        let metadata = HashMap::from([(METADATA.to_owned(), "{\"b\":1}".to_owned())]);
        let expected = ::safetensors::serialize(views, Some(metadata)).unwrap();
        let arrays = [("b", &[1, 2][..], &[1.5, -2.0][..]), ("a", &[1], &[0.25])];
        assert_eq!(to_bytes(&Safetensors, &arrays, Some("{\"b\":1}")).unwrap(), expected);
    }
}
