//! Tables in Parquet files, with columns of numbers or of lists of numbers.

mod column;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use ::parquet::column::reader::ColumnReader;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::{Field, Row};
use ::parquet::schema::types::Type;
use bytes::Bytes;

use self::column::Column;
use crate::array::{Array, ElementType};
use crate::format::{ArrayFormat, Entries, Input, Listing, Problem, Reader};
use crate::table::{Rows, Stream, arrays_of_columns};

/// Parquet, as pandas, Polars, DuckDB and Spark write it. A column of numbers is an array of one dimension; a column of lists of the
/// same length, as of embeddings, one of two. If no column has lists, the array [`TABLE`](crate::TABLE) holds all columns of numbers;
/// a missing one is NaN.
#[derive(Debug, Clone, Copy)]
pub struct Parquet;

const MAGIC: &[u8] = b"PAR1";
/// Numbers decoded at a time.
const BLOCK: usize = 1 << 14;

impl ArrayFormat for Parquet {
    fn name(&self) -> &'static str {
        "Parquet"
    }

    fn is_table(&self) -> bool {
        true
    }

    fn recognise(&self, head: &[u8], _: &mut Input) -> bool {
        head.starts_with(MAGIC)
    }

    fn read(&self, mut input: Input, path: Option<&Path>) -> Result<Listing, Problem> {
        let file: Box<dyn FileReader> = match path {
            Some(path) => Box::new(SerializedFileReader::new(File::open(path)?)?),
            None => {
                let mut content = Vec::new();
                input.read_to_end(&mut content)?;
                Box::new(SerializedFileReader::new(Bytes::from(content))?)
            }
        };
        let metadata = file.metadata();
        check(metadata)?;
        let rows = usize::try_from(metadata.file_metadata().num_rows())?;
        let schema = metadata.file_metadata().schema_descr();
        let mut columns = Vec::new();
        for (index, of_column) in schema.columns().iter().enumerate() {
            columns.push(Column::of(&*file, index, of_column)?);
        }
        let arrays: Vec<Array> = columns.iter().map(|column| column.array(rows)).collect();
        let all_are_f32 = arrays.iter().all(|array| array.element == ElementType::F32);
        let element = if all_are_f32 { ElementType::F32 } else { ElementType::F64 };
        let (arrays, of_arrays) = match columns.iter().any(|column| column.length.is_some()) {
            true => (arrays, (0..columns.len()).map(|column| vec![column]).collect()),
            false => arrays_of_columns(arrays, element),
        };
        let elements = arrays.iter().map(|array| array.element.clone()).collect();
        let entries = Box::new(Tables { file, columns, of_arrays, elements });
        Ok(Listing { arrays, metadata: None, entries })
    }
}

/// Refuses a file whose parts can't be where it says, for which the library panics.
fn check(metadata: &ParquetMetaData) -> Result<(), Problem> {
    let groups = metadata.row_groups();
    let columns = groups.iter().flat_map(|group| group.columns());
    let are_columns = columns.into_iter().all(|column| {
        let dictionary = column.dictionary_page_offset().unwrap_or(0);
        [dictionary, column.data_page_offset(), column.compressed_size()].iter().all(|&n| n >= 0)
    });
    let rows = groups.iter().try_fold(0i64, |sum, group| {
        sum.checked_add(group.num_rows()).filter(|_| group.num_rows() >= 0)
    });
    match are_columns && rows == Some(metadata.file_metadata().num_rows()) {
        true => Ok(()),
        false => Err("damaged: its header contradicts itself".into()),
    }
}

struct Tables {
    file: Box<dyn FileReader>,
    columns: Vec<Column>,
    /// The columns that each array is made of, and its type.
    of_arrays: Vec<Vec<usize>>,
    elements: Vec<ElementType>,
}

impl Entries for Tables {
    fn open(&mut self, index: usize, _: u64) -> Result<Reader<'_>, Problem> {
        let columns = self.of_arrays[index].iter().map(|&column| &self.columns[column]).collect();
        Ok(Box::new(Stream::of(Groups {
            file: &*self.file,
            columns,
            is_f32: self.elements[index] == ElementType::F32,
            next_group: 0,
            readers: Vec::new(),
            left: 0,
            row: 0,
        })))
    }

    fn texts(&mut self, index: usize) -> Result<Option<Vec<String>>, Problem> {
        let [column] = self.of_arrays[index][..] else { return Ok(None) };
        let metadata = self.file.metadata().file_metadata();
        let field = metadata.schema_descr().get_column_root(self.columns[column].index).clone();
        let only = Type::group_type_builder(metadata.schema().name());
        let only = only.with_fields(vec![Arc::new(field)]).build()?;
        let text = |row: Result<Row, ParquetError>| {
            let row = row?;
            let (_, field) = row.get_column_iter().next().ok_or("an empty row")?;
            Ok(match field {
                Field::Str(text) => Some(text.clone()),
                Field::Null => Some(String::new()),
                _ => None,
            })
        };
        let texts = self.file.get_row_iter(Some(only))?.map(text);
        Ok(texts.collect::<Result<Vec<_>, Problem>>()?.into_iter().collect())
    }
}

/// Numbers of some columns, row after row, as f32 or f64.
struct Groups<'a> {
    file: &'a dyn FileReader,
    columns: Vec<&'a Column>,
    is_f32: bool,
    next_group: usize,
    /// The columns in the row group that is being read, and how many of its rows are left.
    readers: Vec<ColumnReader>,
    left: usize,
    /// The next row.
    row: usize,
}

impl Rows for Groups<'_> {
    fn next_rows(&mut self, bytes: &mut Vec<u8>) -> Result<bool, Problem> {
        while self.left == 0 {
            if self.next_group == self.file.num_row_groups() {
                return Ok(false);
            }
            let group = self.file.get_row_group(self.next_group)?;
            let columns = self.columns.iter().map(|column| group.get_column_reader(column.index));
            self.readers = columns.collect::<Result<_, _>>()?;
            self.left = usize::try_from(group.metadata().num_rows())?;
            self.next_group += 1;
        }
        let width: usize = self.columns.iter().map(|column| column.width()).sum();
        let rows = (BLOCK / width.max(1)).clamp(1, self.left);
        let columns = self.columns.iter().zip(&mut self.readers);
        let found = columns.map(|(column, reader)| column.numbers(reader, rows, self.row));
        let found = found.collect::<Result<Vec<_>, _>>()?;
        for row in 0..rows {
            for (column, numbers) in self.columns.iter().zip(&found) {
                for &number in &numbers[row * column.width()..][..column.width()] {
                    match self.is_f32 {
                        true => bytes.extend((number as f32).to_le_bytes()),
                        false => bytes.extend(number.to_le_bytes()),
                    }
                }
            }
        }
        (self.row, self.left) = (self.row + rows, self.left - rows);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ::parquet::data_type::{DataType, DoubleType, FloatType, Int32Type, Int64Type};
    use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
    use ::parquet::schema::parser::parse_message_type;

    use super::*;
    use crate::{ArrayFile, TABLE};

    type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

    fn column<T: DataType>(group: &mut Group, values: &[T::T], levels: [Option<&[i16]>; 2]) {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<T>().write_batch(values, levels[0], levels[1]).unwrap();
        column.close().unwrap();
    }

    /// A file with a row group for each call of `write`.
    fn file(schema: &str, groups: &[&dyn Fn(&mut Group)]) -> ArrayFile {
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
        for write in groups {
            let mut group = writer.next_row_group().unwrap();
            write(&mut group);
            group.close().unwrap();
        }
        ArrayFile::from_bytes("t.parquet", writer.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn columns_of_numbers_are_a_table() {
        let schema = "message t { REQUIRED DOUBLE a; OPTIONAL INT32 b (INTEGER(8, false)); \
                      REQUIRED INT64 when (TIMESTAMP(MILLIS, true)); REQUIRED INT64 c; }";
        let group = |a: [f64; 2], b: [i32; 2], c: [i64; 2]| {
            move |group: &mut Group<'_>| {
                column::<DoubleType>(group, &a, [None, None]);
                column::<Int32Type>(group, &b, [Some(&[1, 1]), None]);
                column::<Int64Type>(group, &[7, 7], [None, None]);
                column::<Int64Type>(group, &c, [None, None]);
            }
        };
        let mut file = file(
            schema,
            &[&group([0.5, 1.5], [200, 1], [-1, 2]), &group([2.5, 3.5], [2, 3], [4, 5])],
        );
        let names: Vec<_> = file.arrays().iter().map(|array| &array.name[..]).collect();
        assert_eq!(names, [TABLE, "a", "b", "when", "c"]);
        assert_eq!(file.arrays()[0].shape, [4, 3]);
        let rows = [0.5, 200.0, -1.0, 1.5, 1.0, 2.0, 2.5, 2.0, 4.0, 3.5, 3.0, 5.0];
        assert_eq!(file.load(TABLE).unwrap(), rows);
        assert_eq!(file.load("c").unwrap(), [-1.0, 2.0, 4.0, 5.0]);
        assert_eq!(file.numbers_from(TABLE, 7).unwrap().read(9).unwrap(), rows[7..]);
        assert!(file.load("when").unwrap_err().to_string().contains("`when`: has type INT64"));
    }

    const LISTS: &str = "message t { OPTIONAL GROUP e (LIST) { REPEATED GROUP list { OPTIONAL FLOAT element; } } \
                         REQUIRED INT32 label; }";

    fn lists(values: &[f32], defined: &[i16], repeated: &[i16]) -> ArrayFile {
        let rows = repeated.iter().filter(|&&level| level == 0).count();
        file(
            LISTS,
            &[&|group: &mut Group| {
                column::<FloatType>(group, values, [Some(defined), Some(repeated)]);
                column::<Int32Type>(group, &vec![3; rows], [None, None]);
            }],
        )
    }

    #[test]
    fn a_column_of_lists_has_two_dimensions() {
        let mut found = lists(&[1.0, 2.0, 3.0, 4.0], &[3; 4], &[0, 1, 0, 1]);
        assert_eq!(found.arrays()[0], Array::f32("e", &[2, 2]));
        assert_eq!(found.arrays()[1].name, "label");
        assert_eq!(found.load("e").unwrap(), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(found.load("label").unwrap(), [3.0, 3.0]);
        // More rows than are read at a time.
        let rows = 3 * BLOCK + 5;
        let values: Vec<f32> = (0..2 * rows).map(|n| n as f32).collect();
        let repeated: Vec<i16> = (0..2 * rows).map(|n| (n % 2) as i16).collect();
        let mut long = lists(&values, &vec![3; 2 * rows], &repeated);
        assert_eq!(long.load("e").unwrap(), values);
    }

    #[test]
    fn what_is_missing_is_named() {
        let problem = |mut file: ArrayFile, name: &str| file.load(name).unwrap_err().to_string();
        let ragged = lists(&[1.0, 2.0, 3.0], &[3; 3], &[0, 1, 0]);
        let expected = "t.parquet: array `e`: row 1, column `e`: a list of 1; the first has 2";
        assert_eq!(problem(ragged, "e"), expected);
        let none = lists(&[1.0, 2.0], &[3, 3, 0], &[0, 1, 0]);
        assert!(problem(none, "e").ends_with("row 1, column `e`: a list of 0; the first has 2"));
        let hole = lists(&[1.0, 2.0, 3.0], &[3, 3, 3, 2], &[0, 1, 0, 1]);
        assert!(problem(hole, "e").ends_with("row 1, column `e`: a list of 1; the first has 2"));
        let mut holes = file(
            "message t { OPTIONAL DOUBLE a; }",
            &[&|group: &mut Group| {
                column::<DoubleType>(group, &[1.0, 3.0], [Some(&[1, 0, 1]), None]);
            }],
        );
        let found = holes.raw_numbers("a").unwrap().read(3).unwrap();
        assert!(found[0] == 1.0 && found[1].is_nan() && found[2] == 3.0);
        assert!(problem(holes, "a").ends_with("entry [1] is NaN; needed are finite numbers"));
        let lie = ArrayFile::from_bytes("t.parquet", b"PAR1 and no more".to_vec());
        assert!(lie.is_err());
    }
}
