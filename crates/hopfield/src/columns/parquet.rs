//! Parquet: a row for each row; several numbers are a list.

use std::io;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{DataType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::{Column, Numbers, Rows, whole};
use crate::error::Error;

/// Numbers in a group of rows.
const GROUP: usize = 1 << 20;

pub(super) fn write(
    path: &Path,
    columns: &[Column],
    _: usize,
    rows: Rows<'_>,
) -> Result<(), Error> {
    let fields = columns.iter().map(|Column { name, width, whole }| {
        let kind = if *whole { "INT32" } else { "FLOAT" };
        match width {
            None => format!("REQUIRED {kind} {name};"),
            Some(_) => format!(
                "REQUIRED GROUP {name} (LIST) {{ REPEATED GROUP list {{ REQUIRED {kind} element; }} }}"
            ),
        }
    });
    let schema = format!("message table {{ {} }}", fields.collect::<String>());
    let schema = Arc::new(parse_message_type(&schema)?);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
    let properties = Arc::new(properties.set_dictionary_enabled(false).build());
    whole(path, |out| {
        let mut writer = SerializedFileWriter::new(out, schema, properties)?;
        let mut put_group = |of_columns: &[Numbers]| -> std::io::Result<()> {
            let mut group = writer.next_row_group().map_err(io)?;
            for (column, numbers) in columns.iter().zip(of_columns) {
                let mut to =
                    group.next_column().map_err(io)?.expect("the schema has so many columns");
                match numbers {
                    Numbers::Whole(numbers) => put::<Int32Type>(&mut to, numbers, column.width),
                    Numbers::Real(numbers) => put::<FloatType>(&mut to, numbers, column.width),
                }
                .map_err(io)?;
                to.close().map_err(io)?;
            }
            group.close().map_err(io)?;
            Ok(())
        };
        // Few large groups are read faster than many small ones.
        let mut waiting: Vec<Numbers> = Vec::new();
        rows(&mut |of_columns| {
            if waiting.is_empty() {
                waiting = of_columns.iter().map(|&numbers| numbers.clone()).collect();
            } else {
                waiting.iter_mut().zip(of_columns).for_each(|(all, more)| all.extend(more));
            }
            if waiting.iter().map(Numbers::len).sum::<usize>() >= GROUP {
                put_group(&waiting)?;
                waiting.clear();
            }
            Ok(())
        })?;
        if !waiting.is_empty() {
            put_group(&waiting)?;
        }
        writer.close()?;
        Ok(())
    })
}

/// Writes a column; several numbers of a row are a list.
fn put<T: DataType>(
    to: &mut SerializedColumnWriter<'_>,
    numbers: &[T::T],
    width: Option<usize>,
) -> Result<(), ParquetError> {
    let levels = width.map(|width| {
        // The first number of a list begins it, the others repeat.
        let repeated = (0..numbers.len()).map(|n| i16::from(n % width != 0));
        (vec![1; numbers.len()], repeated.collect::<Vec<_>>())
    });
    let (defined, repeated) = levels.as_ref().map(|(d, r)| (&d[..], &r[..])).unzip();
    to.typed::<T>().write_batch(numbers, defined, repeated)?;
    Ok(())
}

/// Writing fails only if the operating system refuses.
fn io(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
