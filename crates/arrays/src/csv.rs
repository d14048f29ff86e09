//! Tables of numbers as text: CSV, with commas, semicolons or tabs.

use std::io::{self, BufRead, Read, Seek};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use crate::array::{Array, ElementType, Layout};
use crate::format::{ArrayFormat, Entries, Input, Listing, Problem, Reader};
use crate::table::{Rows, Stream, arrays_of_columns};

/// A table as text, with a row per line. The names of its columns may stand in the first line; without, they are `x0`, `x1` and so
/// on. The array [`TABLE`](crate::TABLE) holds all columns of numbers; a missing number is NaN.
#[derive(Debug, Clone, Copy)]
pub struct Csv;

impl ArrayFormat for Csv {
    fn name(&self) -> &'static str {
        "CSV"
    }

    fn is_table(&self) -> bool {
        true
    }

    fn recognise(&self, head: &[u8], input: &mut Input) -> bool {
        // The lines of what is no text may be long.
        if head.contains(&0) {
            return false;
        }
        let found = Form::of(input).ok().flatten().is_some();
        input.rewind().is_ok() && found
    }

    fn read(&self, mut input: Input, _: Option<&Path>) -> Result<Listing, Problem> {
        let form = Form::of(&mut input)?.ok_or("it is no table of numbers")?;
        let mut records = form.records(&mut input)?;
        let (mut record, mut rows) = (StringRecord::new(), 0);
        let mut is_number = vec![true; form.names.len()];
        while records.read_record(&mut record)? {
            // The first row says what a column holds.
            if rows == 0 {
                is_number = record.iter().map(|field| entry(field).is_some()).collect();
            }
            rows += 1;
        }
        let element = |is_number| match is_number {
            true => ElementType::F64,
            false => ElementType::Other("text".to_owned()),
        };
        let columns = form.names.iter().zip(&is_number).map(|(name, &is_number)| Array {
            name: name.clone(),
            shape: vec![rows],
            element: element(is_number),
            layout: Layout::default(),
        });
        let (arrays, columns) = arrays_of_columns(columns.collect(), ElementType::F64);
        Ok(Listing { arrays, metadata: None, entries: Box::new(Lines { input, form, columns }) })
    }
}

/// How a file is written.
struct Form {
    delimiter: u8,
    /// Whether the first line holds the names.
    has_names: bool,
    names: Vec<String>,
}

/// A longer line is no row of a table.
const LONGEST_LINE: u64 = 1 << 26;

impl Form {
    /// The form of a file, if its second line, or its only one, has a number. Rewinds it.
    fn of(input: &mut Input) -> io::Result<Option<Self>> {
        input.rewind()?;
        let [first, second] = [line(input)?, line(input)?];
        input.rewind()?;
        let Some(first) = first else { return Ok(None) };
        let count = |delimiter: u8| first.bytes().filter(|&byte| byte == delimiter).count();
        // The first of the most frequent.
        let delimiter =
            *b",;\t".iter().rev().max_by_key(|&&delimiter| count(delimiter)).unwrap_or(&b',');
        let [first, second] = [Some(first), second].map(|line| fields(&line?, delimiter));
        let Some(first) = first else { return Ok(None) };
        let is_row = |fields: &StringRecord| fields.iter().any(|field| number(field).is_some());
        let has_names = first.iter().any(|field| number(field).is_none());
        let is_table = match &second {
            Some(second) => is_row(second) && (first.len() > 1 || second.len() == 1),
            None => !has_names,
        };
        let name = |(index, field): (usize, &str)| match has_names && !field.is_empty() {
            true => field.to_owned(),
            false => format!("x{index}"),
        };
        let names = first.iter().enumerate().map(name).collect();
        Ok(is_table.then_some(Self { delimiter, has_names, names }))
    }

    /// The rows, from the first on.
    fn records<'a>(&self, input: &'a mut Input) -> Result<csv::Reader<&'a mut Input>, Problem> {
        input.rewind()?;
        let mut records = builder(self.delimiter).from_reader(input);
        if self.has_names {
            records.read_record(&mut StringRecord::new())?;
        }
        Ok(records)
    }
}

fn builder(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).delimiter(delimiter).trim(csv::Trim::All);
    builder
}

/// The next line, if it is a text.
fn line(input: &mut Input) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    input.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    let text = String::from_utf8(line).ok().filter(|line| !line.is_empty());
    Ok(text.filter(|line| !line.chars().any(|c| c.is_control() && !c.is_whitespace())))
}

fn fields(line: &str, delimiter: u8) -> Option<StringRecord> {
    let mut records = builder(delimiter).from_reader(line.as_bytes());
    records.records().next()?.ok()
}

fn number(field: &str) -> Option<f64> {
    field.parse().ok()
}

/// What programs write where a number is missing.
const MISSING: [&str; 3] = ["", "NA", "null"];

/// A number, or NaN where it is missing.
fn entry(field: &str) -> Option<f64> {
    if MISSING.contains(&field) { Some(f64::NAN) } else { number(field) }
}

struct Lines {
    input: Input,
    form: Form,
    /// The columns that each array is made of.
    columns: Vec<Vec<usize>>,
}

impl Entries for Lines {
    fn open(&mut self, index: usize, _: u64) -> Result<Reader<'_>, Problem> {
        let records = self.form.records(&mut self.input)?;
        let (columns, names) = (&self.columns[index], &self.form.names);
        let rows = Records { records, columns, names, record: StringRecord::new(), row: 0 };
        Ok(Box::new(Stream::of(rows)))
    }

    fn texts(&mut self, index: usize) -> Result<Option<Vec<String>>, Problem> {
        let [column] = self.columns[index][..] else { return Ok(None) };
        let records = self.form.records(&mut self.input)?.into_records();
        let text = |record: csv::Result<StringRecord>| {
            Ok(record?.get(column).unwrap_or_default().to_owned())
        };
        records.map(text).collect::<Result<_, Problem>>().map(Some)
    }
}

/// Numbers of some columns, row after row, as f64.
struct Records<'a> {
    records: csv::Reader<&'a mut Input>,
    columns: &'a [usize],
    names: &'a [String],
    record: StringRecord,
    row: usize,
}

impl Rows for Records<'_> {
    fn next_rows(&mut self, bytes: &mut Vec<u8>) -> Result<bool, Problem> {
        if !self.records.read_record(&mut self.record)? {
            return Ok(false);
        }
        for &column in self.columns {
            let field = self.record.get(column).unwrap_or_default();
            let number = entry(field).ok_or_else(|| {
                let (row, name) = (self.row, &self.names[column]);
                format!("row {row}, column `{name}`: {field:?}; needed is a number")
            })?;
            bytes.extend(number.to_le_bytes());
        }
        self.row += 1;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use crate::{ArrayFile, TABLE};

    fn table(text: &str) -> Result<ArrayFile, String> {
        let file = ArrayFile::from_bytes("t.csv", text.as_bytes().to_vec());
        file.map_err(|error| error.to_string())
    }

    #[test]
    fn tables_are_read_with_and_without_names() {
        for text in [
            "a,b\n1,2.5\n-3e2, 4\n",
            "a;b\r\n1;2.5\r\n-3e2;4",
            "\u{feff}a\tb\n1\t2.5\n-3e2\t4\n",
            "\"a\",\"b\"\n\"1\",\"2.5\"\n-300,4\n",
        ] {
            let mut file = table(text).unwrap();
            let names: Vec<_> = file.arrays().iter().map(|array| &array.name[..]).collect();
            assert_eq!(names, [TABLE, "a", "b"], "{text:?}");
            assert_eq!(file.arrays()[0].shape, [2, 2]);
            assert_eq!(file.load(TABLE).unwrap(), [1.0, 2.5, -300.0, 4.0]);
            assert_eq!(file.load("b").unwrap(), [2.5, 4.0]);
            let mut rest = file.numbers_from(TABLE, 3).unwrap();
            assert_eq!(rest.read(9).unwrap(), [4.0]);
        }
        let mut file = table("1,2,3\n").unwrap();
        assert_eq!(file.load(TABLE).unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(file.load("x2").unwrap(), [3.0]);
        let mut column = table("7\n8\n9\n").unwrap();
        assert_eq!(column.load(TABLE).unwrap(), [7.0, 8.0, 9.0]);
    }

    #[test]
    fn a_column_of_texts_is_not_part_of_the_table() {
        let mut file = table("x,name,y\n1,a,2\n3,b,4\n").unwrap();
        assert_eq!(file.arrays()[0].shape, [2, 2]);
        assert_eq!(file.load(TABLE).unwrap(), [1.0, 2.0, 3.0, 4.0]);
        assert!(file.load("name").unwrap_err().to_string().contains("`name`: has type text"));
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said() {
        let problem = |text: &str| {
            let file = table(text);
            file.and_then(|mut file| file.load(TABLE).map_err(|error| error.to_string()))
                .unwrap_err()
        };
        for missing in ["", "NA", "null"] {
            let text = format!("a,b\n1,2\n3,{missing}\n");
            assert!(problem(&text).ends_with("entry [1, 1] is NaN; needed are finite numbers"));
            let mut rest = table(&text).unwrap();
            assert!(rest.raw_numbers("b").unwrap().read(2).unwrap()[1].is_nan());
        }
        assert!(
            problem("1,2\n3,four\n").ends_with("row 1, column `x1`: \"four\"; needed is a number")
        );
        assert!(problem("1,2\n3,nan\n").contains("entry [1, 1] is NaN"));
        assert!(
            problem("1,2\n3\n")
                .contains("found record with 1 fields, but the previous record has 2")
        );
        for text in ["hello, world", "hello,\nworld\n", "", "a\nb\n", "1,\u{1}\n"] {
            assert!(problem(text).contains("needed is a file of one of these formats"), "{text}");
        }
    }
}
