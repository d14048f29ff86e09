//! CSV: a line of names, then a line for each row.

use std::io::Write;
use std::path::Path;

use super::{Column, Numbers, Rows, whole};
use crate::error::Error;

pub(super) fn write(
    path: &Path,
    columns: &[Column],
    _: usize,
    rows: Rows<'_>,
) -> Result<(), Error> {
    whole(path, |out| {
        let names = columns.iter().flat_map(|column| match column.width {
            None => vec![column.name.to_owned()],
            Some(width) => (0..width).map(|k| format!("{}_{k}", column.name)).collect(),
        });
        writeln!(out, "{}", names.collect::<Vec<_>>().join(","))?;
        rows(&mut |of_columns| {
            let count = of_columns[0].len() / columns[0].numbers();
            for row in 0..count {
                let mut comma = "";
                for (column, numbers) in columns.iter().zip(of_columns) {
                    for at in row * column.numbers()..(row + 1) * column.numbers() {
                        match numbers {
                            Numbers::Whole(numbers) => write!(out, "{comma}{}", numbers[at])?,
                            Numbers::Real(numbers) => write!(out, "{comma}{}", numbers[at])?,
                        }
                        comma = ",";
                    }
                }
                writeln!(out)?;
            }
            Ok(())
        })
    })
}
