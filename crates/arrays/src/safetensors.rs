//! The safetensors format: the length of a JSON header, the header with every tensor's place, then the tensors.

use std::collections::HashMap;
use std::io::{self, Read};

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use crate::file::Listing;
use crate::{Array, ElementType, METADATA};

/// Length of the length.
const LENGTH: u64 = 8;
/// Enough for some ten thousand tensors and their metadata.
const LONGEST_HEADER: u64 = 1 << 24;

/// The header of a safetensors file with these arrays, as f32, in the order of their names, and a text beside them.
/// Their numbers follow it in that order.
///
/// # Errors
///
/// The arrays' sizes overflow.
pub fn safetensors_header(arrays: &[Array], metadata: &str) -> io::Result<Vec<u8>> {
    let mut arrays: Vec<&Array> = arrays.iter().collect();
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    let mut offset = 0usize;
    let mut infos = Vec::with_capacity(arrays.len());
    for array in arrays {
        let end = array.count().and_then(|count| offset.checked_add(count.checked_mul(4)?));
        let end = end.ok_or_else(|| io::Error::other("the arrays are too large"))?;
        let (shape, data_offsets) = (array.shape.clone(), (offset, end));
        infos.push((array.name.clone(), TensorInfo { dtype: Dtype::F32, shape, data_offsets }));
        offset = end;
    }
    let metadata = HashMap::from([(METADATA.to_owned(), metadata.to_owned())]);
    let header = Metadata::new(Some(metadata), infos).map_err(io::Error::other)?;
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(LENGTH as usize), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.append(&mut header);
    Ok(bytes)
}

/// The arrays of a safetensors file of `size` bytes, in its order, each with the place of its first byte, and the
/// text beside them.
pub(crate) fn read(reader: &mut dyn Read, size: u64) -> Result<Listing<u64>, String> {
    let mut length = [0; LENGTH as usize];
    reader.read_exact(&mut length).map_err(|error| error.to_string())?;
    let length = u64::from_le_bytes(length);
    if length > size.saturating_sub(LENGTH) || length > LONGEST_HEADER {
        return Err(format!(
            "its safetensors header should have {length} bytes; the file has {size}, and allowed are up to {LONGEST_HEADER}"
        ));
    }
    let mut header = vec![0; length as usize];
    reader.read_exact(&mut header).map_err(|error| error.to_string())?;
    let unreadable =
        |error: &dyn ToString| format!("not a safetensors file: {}", error.to_string());
    let header: Metadata = serde_json::from_slice(&header).map_err(|error| unreadable(&error))?;
    let (start, data) = (LENGTH + length, header.data_len() as u64);
    if start.checked_add(data) != Some(size) {
        return Err(format!(
            "its header says {data} bytes of tensors, but {} follow it: truncated, or the header is wrong",
            size - start
        ));
    }
    let text = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA)).cloned();
    let mut listing = Listing::default();
    listing.metadata = text;
    for name in header.offset_keys() {
        let Some(info) = header.info(&name) else { continue };
        let element = match info.dtype {
            Dtype::F32 => ElementType::F32,
            other => ElementType::Other(format!("{other:?}")),
        };
        let place = start + info.data_offsets.0 as u64;
        listing.add(place, Array { name, shape: info.shape.clone(), element });
    }
    Ok(listing)
}
