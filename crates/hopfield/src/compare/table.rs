//! The table of a comparison: as text, CSV, Markdown, JSON and Parquet.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use hopfield_arrays::write_whole;
use parquet::basic::{Compression, ConvertedType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use serde_json::{Map, Value};

use super::comparison::{Comparison, Group, Spread};
use crate::error::{Error, at};

/// A column: its name, and for each group a value (null if there is none).
struct Column {
    name: String,
    values: Vec<Value>,
}

impl Comparison {
    /// Every setting, the number of runs, and of every measure the mean and the standard deviation.
    fn columns(&self) -> Vec<Column> {
        let column = |name: String, value: &dyn Fn(usize) -> Value| Column {
            name,
            values: (0..self.groups.len()).map(value).collect(),
        };
        let keys = self.keys.iter().enumerate();
        let keys = keys.map(|(index, key)| {
            column(key.clone(), &|group| self.groups[group].settings[index].clone())
        });
        let runs = match self.is_of_runs() {
            true => column("run".into(), &|group| self.name(group).into()),
            false => column("runs".into(), &|group| self.groups[group].runs.len().into()),
        };
        let finished =
            column("finished".into(), &|group| self.finished_of(&self.groups[group]).into());
        let measures = self.measures.iter().enumerate().flat_map(|(index, measure)| {
            let of = |number: &'static dyn Fn(Spread) -> Option<f64>| {
                move |group: usize| self.groups[group].found[index].and_then(number).into()
            };
            let deviation = format!("{}_deviation", measure.name);
            [
                column(measure.name.clone(), &of(&|found| Some(found.mean))),
                column(deviation, &of(&|found| found.deviation)),
            ]
        });
        let all = keys.chain([runs, finished]).chain(measures);
        all.filter(|column| !column.values.iter().all(Value::is_null)).collect()
    }

    /// Whether every group is one run.
    fn is_of_runs(&self) -> bool {
        self.groups.iter().all(|group| group.runs.len() == 1)
    }

    fn name(&self, group: usize) -> String {
        self.runs[self.groups[group].runs[0]].name.clone()
    }

    /// One object for each group.
    pub(super) fn records(&self) -> Vec<Value> {
        let columns = self.columns();
        let record = |group: usize| {
            let entries =
                columns.iter().map(|column| (column.name.clone(), column.values[group].clone()));
            Value::Object(entries.collect::<Map<_, _>>())
        };
        (0..self.groups.len()).map(record).collect()
    }

    /// The table for people: a row of names, and one for each group; the best means are marked with `*`.
    fn rows(&self) -> Vec<Vec<String>> {
        let of_runs = self.is_of_runs();
        let mut head: Vec<String> = self.keys.iter().map(|key| self.short(key)).collect();
        head.push(if of_runs { "run" } else { "runs" }.to_owned());
        head.extend(self.measures.iter().map(|measure| measure.name.replace('_', " ")));
        let best: Vec<Option<usize>> = (0..self.measures.len()).map(|at| self.best(at)).collect();
        let row = |(place, group): (usize, &Group)| {
            let settings = group.settings.iter().map(plain);
            let finished = self.finished_of(group);
            let runs = match (of_runs, group.runs.len()) {
                (true, _) => self.name(place),
                (false, all) if all == finished => all.to_string(),
                (false, all) => format!("{finished} of {all}"),
            };
            let found = group.found.iter().zip(&best).map(|(found, best)| {
                let Some(found) = found else { return "–".to_owned() };
                let mark = if *best == Some(place) { " *" } else { "" };
                format!("{}{mark}", shown(*found))
            });
            settings.chain([runs]).chain(found).collect()
        };
        [head].into_iter().chain(self.groups.iter().enumerate().map(row)).collect()
    }

    /// The table in aligned columns, without a final newline.
    pub(super) fn text(&self) -> String {
        let rows = self.rows();
        let width =
            |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn markdown(&self) -> String {
        let line = |row: &Vec<String>| {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rows = self.rows();
        let bold = |cell: &String| {
            cell.strip_suffix(" *").map_or(cell.clone(), |cell| format!("**{cell}**"))
        };
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(bold).collect()).collect();
        let rule = vec!["---".to_owned(); rows[0].len()];
        line(&rows[0]) + &line(&rule) + &rows[1..].iter().map(line).collect::<String>()
    }

    fn csv(&self) -> Result<Vec<u8>, Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let columns = self.columns();
        writer.write_record(columns.iter().map(|column| &column.name))?;
        for group in 0..self.groups.len() {
            writer.write_record(columns.iter().map(|column| exact(&column.values[group])))?;
        }
        Ok(writer.into_inner()?)
    }

    /// Columns of numbers are doubles, others texts; all may be missing.
    fn parquet(&self, out: &mut (impl Write + Send)) -> Result<(), Error> {
        let columns = self.columns();
        let is_number = |column: &Column| {
            column.values.iter().all(|value| value.is_number() || value.is_null())
        };
        let field = |column: &Column| {
            let field = match is_number(column) {
                true => Type::primitive_type_builder(&column.name, PhysicalType::DOUBLE),
                false => Type::primitive_type_builder(&column.name, PhysicalType::BYTE_ARRAY)
                    .with_converted_type(ConvertedType::UTF8),
            };
            Ok(Arc::new(field.with_repetition(Repetition::OPTIONAL).build()?))
        };
        let fields = columns.iter().map(field).collect::<Result<Vec<_>, ParquetError>>()?;
        let schema = Arc::new(Type::group_type_builder("table").with_fields(fields).build()?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties.build()))?;
        let mut group = writer.next_row_group()?;
        for column in &columns {
            let there = || column.values.iter().filter(|value| !value.is_null());
            let defined: Vec<i16> =
                column.values.iter().map(|value| i16::from(!value.is_null())).collect();
            let mut to = group.next_column()?.expect("the schema has so many columns");
            if is_number(column) {
                let numbers: Vec<f64> = there().filter_map(Value::as_f64).collect();
                to.typed::<DoubleType>().write_batch(&numbers, Some(&defined), None)?;
            } else {
                let texts: Vec<ByteArray> =
                    there().map(|value| exact(value).into_bytes().into()).collect();
                to.typed::<ByteArrayType>().write_batch(&texts, Some(&defined), None)?;
            }
            to.close()?;
        }
        group.close()?;
        writer.close()?;
        Ok(())
    }

    /// Writes the table as CSV, Markdown, JSON or, for any other ending, Parquet.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub(super) fn write_table(&self, path: &Path, ending: &str) -> Result<(), Error> {
        let bytes = match ending {
            "csv" => self.csv()?,
            "md" => self.markdown().into_bytes(),
            "json" => (serde_json::to_string_pretty(&self.records())? + "\n").into_bytes(),
            _ => {
                let mut bytes = Vec::new();
                self.parquet(&mut bytes)?;
                bytes
            }
        };
        write_whole(path, |out| out.write_all(&bytes)).map_err(at(path))
    }
}

/// A mean and its deviation, to the second digit of the deviation; without one, with four significant digits.
fn shown(Spread { mean, deviation }: Spread) -> String {
    let digits = |number: f64, significant: f64| {
        let above = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
        (significant - 1.0 - above).clamp(0.0, 8.0) as usize
    };
    match deviation.filter(|&deviation| deviation > 0.0) {
        Some(deviation) => {
            let digits = digits(deviation, 2.0);
            format!("{mean:.digits$} ± {deviation:.digits$}")
        }
        None => {
            let digits = digits(mean, 4.0);
            format!("{mean:.digits$}{}", if deviation.is_some() { " ± 0" } else { "" })
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        value => exact(value),
    }
}

/// A value as text: exact numbers, texts without quotes, nothing for null.
pub(super) fn exact(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
