//! Tables of results: as text, CSV and JSON.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// An entry of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A name.
    Text(String),
    /// A whole number.
    Count(usize),
    /// A number, and how many decimals of it the text shows.
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

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Count(count) => serializer.serialize_u64(*count as u64),
            Cell::Real(number, _) => serializer.serialize_f64(*number),
            Cell::Nothing => serializer.serialize_none(),
        }
    }
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
        let mut map = serializer.serialize_map(Some(self.cells.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            map.serialize_entry(column, cell)?;
        }
        map.end()
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
        let columns: Vec<usize> = (0..self.columns.len())
            .filter(|&column| !self.hidden.contains(&self.columns[column]))
            .filter(|&column| self.rows.iter().any(|row| row[column] != Cell::Nothing))
            .collect();
        let mut lines: Vec<Vec<String>> =
            vec![columns.iter().map(|&column| self.columns[column].replace('_', " ")).collect()];
        for row in &self.rows {
            lines.push(columns.iter().map(|&column| row[column].rounded()).collect());
        }
        let width = |column: usize| {
            lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns.len()).map(width).collect();
        let is_text = |column: usize| {
            self.rows.iter().any(|row| matches!(row[columns[column]], Cell::Text(_)))
        };
        let line = |line: &Vec<String>| {
            let cells = line.iter().enumerate().map(|(column, cell)| {
                let width = widths[column];
                if is_text(column) { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The table as CSV, with a header and unrounded numbers.
    pub fn csv(&self) -> String {
        let mut text = self.columns.join(",") + "\n";
        for row in &self.rows {
            // Names contain neither commas nor quotes, so nothing needs escaping.
            text += &row.iter().map(Cell::exact).collect::<Vec<_>>().join(",");
            text.push('\n');
        }
        text
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
