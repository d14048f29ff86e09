//! Parquet: one table of all layers, with a row per pattern.

use std::io::Write;
use std::sync::Arc;

use hopfield_arrays::{METADATA, WriteSeek};
use parquet::basic::Compression;
use parquet::data_type::{DataType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::error::ExportError;
use crate::parts::Part;
use crate::selection::Selection;
use crate::usage::PatternUsage;

/// Patterns written at a time.
const ROWS: usize = 1024;

const SCHEMA: &str = "
    message patterns {
        REQUIRED INT32 layer;
        REQUIRED INT32 index;
        OPTIONAL FLOAT mean_weight;
        OPTIONAL INT64 best_matches;
        REQUIRED GROUP pattern (LIST) { REPEATED GROUP list { REQUIRED FLOAT element; } }
        OPTIONAL GROUP value (LIST) { REPEATED GROUP list { REQUIRED FLOAT element; } }
    }";

/// Writes a table of all layers. The manifest is in the metadata of the file, under `hopfield`.
pub(super) fn write(
    selection: &mut Selection<'_>,
    out: &mut dyn WriteSeek,
) -> Result<(), ExportError> {
    let manifest = selection.manifest().to_json().to_string();
    let schema = Arc::new(parse_message_type(SCHEMA).map_err(io)?);
    let manifest = KeyValue::new(METADATA.to_owned(), manifest);
    let properties = WriterProperties::builder()
        .set_key_value_metadata(Some(vec![manifest]))
        .set_dictionary_enabled(false)
        .set_compression(Compression::UNCOMPRESSED);
    let properties = Arc::new(properties.build());
    let mut writer = SerializedFileWriter::new(out, schema, properties).map_err(io)?;
    let Selection { database, layers, .. } = selection;
    for &layer in &*layers {
        let n = database.config(layer).patterns;
        let usage = database.usage(layer)?.map(|usage| usage.over_heads(n));
        for start in (0..n).step_by(ROWS) {
            let rows = start..n.min(start + ROWS);
            let count = rows.len();
            let mut group = writer.next_row_group().map_err(io)?;
            column::<Int32Type, _>(&mut group, &vec![layer as i32; count], None, None)?;
            let index: Vec<i32> = rows.clone().map(|row| row as i32).collect();
            column::<Int32Type, _>(&mut group, &index, None, None)?;
            let there = vec![i16::from(usage.is_some()); count];
            let used = |of: fn(&PatternUsage) -> &Vec<f32>| -> &[f32] {
                usage.as_ref().map_or(&[], |usage| &of(usage)[rows.clone()])
            };
            let weights = used(|usage| &usage.mean_weights);
            column::<FloatType, _>(&mut group, weights, Some(&there), None)?;
            let matches = used(|usage| &usage.best_matches).iter();
            let matches: Vec<i64> = matches.map(|&count| count as i64).collect();
            column::<Int64Type, _>(&mut group, &matches, Some(&there), None)?;
            for (part, defined) in [(Part::Patterns, 1), (Part::Values, 2)] {
                let numbers = match database.part(layer, part).map(|array| array.shape[1]) {
                    Some(width) => {
                        let name = part.of(layer);
                        let mut rows = database.arrays.numbers_from(&name, start * width)?;
                        rows.read(count * width)?
                    }
                    None => Vec::new(),
                };
                lists(&mut group, &numbers, count, defined)?;
            }
            group.close().map_err(io)?;
        }
    }
    writer.close().map_err(io)?;
    Ok(())
}

type Group<'a, W> = SerializedRowGroupWriter<'a, W>;

/// Writes a list for each row, all of the same length: `numbers`, or no lists at all. `defined` is the definition level of an entry.
fn lists<W: Write + Send>(
    group: &mut Group<'_, W>,
    numbers: &[f32],
    rows: usize,
    defined: i16,
) -> Result<(), ExportError> {
    if numbers.is_empty() {
        let none = vec![0; rows];
        return column::<FloatType, _>(group, numbers, Some(&none), Some(&none));
    }
    let length = numbers.len() / rows;
    // The first entry of a list begins it, the others repeat.
    let repeated: Vec<i16> = (0..numbers.len()).map(|n| i16::from(n % length != 0)).collect();
    column::<FloatType, _>(group, numbers, Some(&vec![defined; numbers.len()]), Some(&repeated))
}

/// Writes the next column of the schema.
fn column<T: DataType, W: Write + Send>(
    group: &mut Group<'_, W>,
    values: &[T::T],
    definition: Option<&[i16]>,
    repetition: Option<&[i16]>,
) -> Result<(), ExportError> {
    let mut column = group.next_column().map_err(io)?.expect("the schema has so many columns");
    column.typed::<T>().write_batch(values, definition, repetition).map_err(io)?;
    column.close().map_err(io)
}

/// Writing fails only if the operating system refuses.
fn io(error: ParquetError) -> ExportError {
    std::io::Error::other(error).into()
}
