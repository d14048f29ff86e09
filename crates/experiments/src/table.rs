//! Tables of results: as text, CSV and JSON.

use std::iter::once;

use serde::{Serialize, Serializer};

/// An entry of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// A name.
    Text(String),
    /// A whole number.
    Count(usize),
    /// A number, and how many decimals of it the text shows.
    #[serde(serialize_with = "number")]
    Real(f64, usize),
    /// Not applicable.
    Nothing,
}

impl Cell {
    /// A number, or nothing.
    pub fn maybe(number: Option<f64>, digits: usize) -> Self {
        number.map_or(Cell::Nothing, |number| Cell::Real(number, digits))
    }

    fn rounded(&self) -> String {
        match self {
            Cell::Real(number, digits) => format!("{number:.digits$}"),
            Cell::Nothing => "-".into(),
            other => other.exact(),
        }
    }

    fn exact(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Count(count) => count.to_string(),
            Cell::Real(number, _) => number.to_string(),
            Cell::Nothing => String::new(),
        }
    }
}

fn number<S: Serializer>(number: &f64, _: &usize, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(*number)
}

/// Named columns and rows of results.
#[derive(Debug)]
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    /// Columns that the text leaves out.
    hidden: &'static [&'static str],
}

/// A row of a [`Table`]. Serialises as a map from columns to cells.
#[derive(Debug)]
pub struct Row<'a> {
    columns: &'a [&'static str],
    cells: &'a [Cell],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().zip(self.cells))
    }
}

impl Table {
    /// A table without rows; its text leaves out the columns `hidden`.
    pub(crate) fn new(hidden: &'static [&'static str]) -> Self {
        Self { columns: Vec::new(), rows: Vec::new(), hidden }
    }

    /// Appends a row. All rows have the same columns.
    pub(crate) fn add(&mut self, row: Vec<(&'static str, Cell)>) {
        let (columns, cells): (Vec<_>, Vec<_>) = row.into_iter().unzip();
        assert!(self.rows.is_empty() || self.columns == columns, "all rows have the same columns");
        self.columns = columns;
        self.rows.push(cells);
    }

    /// All rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { columns: &self.columns, cells })
    }

    /// The table as aligned text, rounded; columns without any entry are left out.
    pub fn text(&self) -> String {
        let mut lines = vec![String::new(); 1 + self.rows.len()];
        for (index, column) in self.columns.iter().enumerate() {
            let cells = || self.rows.iter().map(|row| &row[index]);
            if self.hidden.contains(column) || cells().all(|cell| *cell == Cell::Nothing) {
                continue;
            }
            let head = column.replace('_', " ");
            let texts: Vec<String> = once(head).chain(cells().map(Cell::rounded)).collect();
            let width = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
            let is_text = cells().any(|cell| matches!(cell, Cell::Text(_)));
            for (line, text) in lines.iter_mut().zip(texts) {
                *line += &match is_text {
                    true => format!("{text:<width$}  "),
                    false => format!("{text:>width$}  "),
                };
            }
        }
        lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
    }

    /// The table as CSV, with a header and unrounded numbers.
    pub fn csv(&self) -> String {
        // Names contain neither commas nor quotes, so nothing needs escaping.
        let line = |row: &Vec<Cell>| row.iter().map(Cell::exact).collect::<Vec<_>>().join(",");
        let lines = once(self.columns.join(",")).chain(self.rows.iter().map(line));
        lines.map(|line| line + "\n").collect()
    }

    /// The number in a column of a row, if there is one.
    pub fn number(&self, row: usize, column: &str) -> Option<f64> {
        let column = self.columns.iter().position(|name| *name == column)?;
        match self.rows[row][column] {
            Cell::Real(number, _) => Some(number),
            Cell::Count(count) => Some(count as f64),
            Cell::Text(_) | Cell::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_text_csv_and_json() {
        let mut table = Table::new(&["secret"]);
        let rows = [("a", 1, 0.25, Some(2.0)), ("long name", 20, 0.5, None)];
        for (name, count, share, more) in rows {
            table.add(vec![
                ("name", Cell::Text(name.into())),
                ("count", Cell::Count(count)),
                ("share", Cell::Real(share, 3)),
                ("more", Cell::maybe(more, 1)),
                ("none", Cell::Nothing),
                ("secret", Cell::Count(7)),
            ]);
        }
        let text = "name       count  share  more\na              1  0.250   2.0\nlong name     20  0.500     -";
        assert_eq!(table.text(), text);
        assert_eq!(
            table.csv(),
            "name,count,share,more,none,secret\na,1,0.25,2,,7\nlong name,20,0.5,,,7\n"
        );
        let json = serde_json::to_string(&table.rows().last().unwrap()).unwrap();
        let expected =
            r#"{"name":"long name","count":20,"share":0.5,"more":null,"none":null,"secret":7}"#;
        assert_eq!(json, expected);
        assert_eq!(table.number(1, "count"), Some(20.0));
        assert_eq!(table.number(1, "name"), None);
    }
}
