//! Tables with a row per pattern: CSV and Parquet.

use std::io::Write;
use std::sync::Arc;

use hopfield_arrays::Array;
use hopfield_database::{DatabaseFile, ExportError, PatternUsage};
use parquet::basic::Compression;
use parquet::data_type::{DataType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

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

/// Patterns or values of a layer: a line for each with its number, how it is used, if that is known, and its entries.
/// Numbers are written with as many digits as it takes to read back the same f32.
pub(crate) fn csv(
    database: &mut DatabaseFile,
    layer: usize,
    table: &Array,
    out: &mut impl Write,
) -> Result<(), ExportError> {
    let [n, d] = [table.shape[0], table.shape[1]];
    let usage = database.usage(layer)?.map(|usage| usage.over_heads(n));
    let entries: String = (0..d).map(|entry| format!(",x{entry}")).collect();
    let used = if usage.is_some() { ",mean_weight,best_matches" } else { "" };
    writeln!(out, "index{used}{entries}")?;
    let mut numbers = database.arrays.numbers(&table.name)?;
    for index in 0..n {
        write!(out, "{index}")?;
        if let Some(PatternUsage { mean_weights, best_matches }) = &usage {
            write!(out, ",{},{}", mean_weights[index], best_matches[index])?;
        }
        for number in numbers.read(d)? {
            write!(out, ",{number}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// All layers in one table; `about`, in the file's metadata under `hopfield`, says the rest.
pub(crate) fn parquet(
    database: &mut DatabaseFile,
    layers: &[usize],
    about: &str,
    out: impl Write + Send,
) -> Result<(), ExportError> {
    // Patterns and values stand side by side; each has a reader of its own.
    let mut beside = DatabaseFile::open(database.path())?;
    let schema = Arc::new(parse_message_type(SCHEMA).map_err(io)?);
    let about = KeyValue::new(hopfield_arrays::METADATA.to_owned(), about.to_owned());
    let properties = WriterProperties::builder()
        .set_key_value_metadata(Some(vec![about]))
        .set_dictionary_enabled(false)
        .set_compression(Compression::UNCOMPRESSED);
    let properties = Arc::new(properties.build());
    let mut writer = SerializedFileWriter::new(out, schema, properties).map_err(io)?;
    for &layer in layers {
        let array = |part| database.part(layer, part).cloned();
        let (patterns, values) = (array("patterns"), array("values"));
        let patterns = patterns.expect("a database that was opened has the patterns of its layers");
        let n = patterns.shape[0];
        let usage = database.usage(layer)?.map(|usage| usage.over_heads(n));
        let mut numbers = database.arrays.numbers(&patterns.name)?;
        let mut of_values = match &values {
            Some(values) => Some((beside.arrays.numbers(&values.name)?, values.shape[1])),
            None => None,
        };
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
            let matches = used(|usage| &usage.best_matches).iter().map(|&count| count as i64);
            column::<Int64Type, _>(&mut group, &matches.collect::<Vec<_>>(), Some(&there), None)?;
            lists(&mut group, &numbers.read(count * patterns.shape[1])?, count, 1)?;
            let values = match &mut of_values {
                Some((numbers, m)) => numbers.read(count * *m)?,
                None => Vec::new(),
            };
            lists(&mut group, &values, count, 2)?;
            group.close().map_err(io)?;
        }
    }
    writer.close().map_err(io)?;
    Ok(())
}

type Group<'a, W> = SerializedRowGroupWriter<'a, W>;

/// A list for every row, all equally long: `numbers`, or no lists at all. `defined` is the definition level of an entry.
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

/// The next column of the schema.
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

/// Writing fails for the operating system's reasons only.
fn io(error: ParquetError) -> ExportError {
    std::io::Error::other(error).into()
}
