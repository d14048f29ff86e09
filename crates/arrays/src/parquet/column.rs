//! A column of a Parquet file: its type, and its numbers.

use half::f16;
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{DataType, FixedLenByteArray};
use parquet::file::reader::FileReader;
use parquet::schema::types::ColumnDescriptor;

use crate::array::{Array, ElementType, Layout};
use crate::format::Problem;

/// A column of a file.
pub(super) struct Column {
    name: String,
    pub(super) index: usize,
    /// F32, F64, or another if it has no numbers.
    element: ElementType,
    /// The length of its lists, if it has any.
    pub(super) length: Option<usize>,
    /// The definition level of an entry that is there.
    defined: i16,
    /// Whether its integers have no sign.
    unsigned: bool,
}

impl Column {
    pub(super) fn of(
        file: &dyn FileReader,
        index: usize,
        schema: &ColumnDescriptor,
    ) -> Result<Self, Problem> {
        let parts = schema.path().parts();
        let element = match element(schema) {
            Some(element) if schema.max_rep_level() <= 1 => element,
            Some(_) => ElementType::Other("lists of lists".to_owned()),
            None => ElementType::Other(schema.physical_type().to_string()),
        };
        // The schema names lists `NAME.list.element`, or so.
        let is_list = schema.max_rep_level() == 1;
        let name = if is_list { parts[0].clone() } else { parts.join(".") };
        let defined = schema.max_def_level();
        let unsigned = is_unsigned(schema);
        let mut column = Self { name, index, element, length: None, defined, unsigned };
        if is_list && column.element.size().is_some() {
            column.length = Some(column.length_of_first(file)?);
        }
        Ok(column)
    }

    fn length_of_first(&self, file: &dyn FileReader) -> Result<usize, Problem> {
        for group in 0..file.num_row_groups() {
            let group = file.get_row_group(group)?;
            if group.metadata().num_rows() > 0 {
                let mut reader = group.get_column_reader(self.index)?;
                let first = self.decode(&mut reader, 1)?;
                return Ok(first.defined.iter().filter(|&&level| level == self.defined).count());
            }
        }
        Ok(0)
    }

    pub(super) fn array(&self, rows: usize) -> Array {
        let shape = [rows].into_iter().chain(self.length).collect();
        let (name, element) = (self.name.clone(), self.element.clone());
        Array { name, shape, element, layout: Layout::default() }
    }

    /// The numbers in a row.
    pub(super) fn width(&self) -> usize {
        self.length.unwrap_or(1)
    }

    /// The numbers of the next `rows` rows, of which the first is row `first` of the file; NaN where one is missing.
    pub(super) fn numbers(
        &self,
        reader: &mut ColumnReader,
        rows: usize,
        first: usize,
    ) -> Result<Vec<f64>, Problem> {
        let mut found = self.decode(reader, rows)?;
        if self.length.is_none() {
            found.numbers = with_missing(found.numbers, &found.defined, self.defined);
        }
        self.check(&found, rows, first)?;
        Ok(found.numbers)
    }

    /// Checks that the lists of some rows have their length, and that there are as many rows.
    fn check(&self, found: &Decoded, rows: usize, first: usize) -> Result<(), Problem> {
        let Self { name, defined, .. } = self;
        let (mut row, mut length) = (first, 0);
        let check_length = |row: usize, length: usize| match length == self.width() {
            true => Ok(()),
            false => Err(format!(
                "row {row}, column `{name}`: a list of {length}; the first has {}",
                self.width()
            )),
        };
        for (at, (repeated, level)) in found.repeated.iter().zip(&found.defined).enumerate() {
            if *repeated == 0 && at > 0 {
                check_length(row, length)?;
                (row, length) = (row + 1, 0);
            }
            length += usize::from(level == defined);
        }
        if !found.repeated.is_empty() {
            check_length(row, length)?;
        }
        match found.numbers.len() == rows * self.width() {
            true => Ok(()),
            false => Err(format!("column `{name}` has fewer rows than the file says").into()),
        }
    }
}

/// The type in which the numbers of a column are given out, if it has numbers.
fn element(schema: &ColumnDescriptor) -> Option<ElementType> {
    let logical = schema.logical_type_ref();
    let converted = schema.converted_type();
    let is_integer = match logical {
        Some(logical) => matches!(logical, LogicalType::Integer(_)),
        None => converted == ConvertedType::NONE || INTEGERS.contains(&converted),
    };
    match schema.physical_type() {
        Type::FLOAT => Some(ElementType::F32),
        Type::DOUBLE => Some(ElementType::F64),
        Type::BOOLEAN => Some(ElementType::F64),
        // Dates, times and decimals are integers, too.
        Type::INT32 | Type::INT64 if is_integer => Some(ElementType::F64),
        Type::FIXED_LEN_BYTE_ARRAY if matches!(logical, Some(LogicalType::Float16)) => {
            Some(ElementType::F32)
        }
        _ => None,
    }
}

/// What writers of old called integers, first those without a sign.
const INTEGERS: [ConvertedType; 8] = [
    ConvertedType::UINT_8,
    ConvertedType::UINT_16,
    ConvertedType::UINT_32,
    ConvertedType::UINT_64,
    ConvertedType::INT_8,
    ConvertedType::INT_16,
    ConvertedType::INT_32,
    ConvertedType::INT_64,
];

fn is_unsigned(schema: &ColumnDescriptor) -> bool {
    matches!(schema.logical_type_ref(), Some(LogicalType::Integer(kind)) if !kind.is_signed)
        || INTEGERS[..4].contains(&schema.converted_type())
}

/// Some rows of a column.
#[derive(Default)]
struct Decoded {
    numbers: Vec<f64>,
    /// The definition level of every entry, unless all must be there.
    defined: Vec<i16>,
    /// The repetition level of every entry, unless there are no lists.
    repeated: Vec<i16>,
}

impl Column {
    /// The next rows, or as many as are left.
    fn decode(&self, reader: &mut ColumnReader, rows: usize) -> Result<Decoded, Problem> {
        let of_bool = |&is: &bool| u8::from(is).into();
        let of_i32 = |&n: &i32| if self.unsigned { (n as u32).into() } else { n.into() };
        let of_i64 = |&n: &i64| if self.unsigned { n as u64 as f64 } else { n as f64 };
        let of_f16 = |half: &FixedLenByteArray| {
            let bytes = half.data().first_chunk();
            bytes.map_or(f64::NAN, |&bytes| f16::from_le_bytes(bytes).into())
        };
        match reader {
            ColumnReader::BoolColumnReader(reader) => decode(reader, rows, of_bool),
            ColumnReader::Int32ColumnReader(reader) => decode(reader, rows, of_i32),
            ColumnReader::Int64ColumnReader(reader) => decode(reader, rows, of_i64),
            ColumnReader::FloatColumnReader(reader) => decode(reader, rows, |&n| n.into()),
            ColumnReader::DoubleColumnReader(reader) => decode(reader, rows, |&n| n),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => decode(reader, rows, of_f16),
            _ => Err("a column without numbers".into()),
        }
    }
}

fn decode<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    number: impl Fn(&T::T) -> f64,
) -> Result<Decoded, Problem> {
    let (mut values, mut found) = (Vec::new(), Decoded::default());
    let (defined, repeated) = (&mut found.defined, &mut found.repeated);
    reader.read_records(rows, Some(defined), Some(repeated), &mut values)?;
    found.numbers = values.iter().map(number).collect();
    Ok(found)
}

/// The numbers of a column without lists, with NaN where one is missing.
fn with_missing(numbers: Vec<f64>, defined: &[i16], there: i16) -> Vec<f64> {
    if numbers.len() == defined.len() || defined.is_empty() {
        return numbers;
    }
    let mut numbers = numbers.into_iter();
    let number = |&level: &i16| (level == there).then(|| numbers.next()).flatten();
    let numbers = defined.iter().map(number);
    numbers.map(|number| number.unwrap_or(f64::NAN)).collect()
}
