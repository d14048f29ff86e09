//! The class of each row.

use std::collections::BTreeSet;
use std::path::Path;

use hopfield_arrays::ArrayFile;

use crate::table::parted;
use crate::{DataError, Table};

/// The classes of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// That of each row.
    pub of_rows: Vec<u32>,
    /// Their names, that of class 0 first; none if they are numbers in the file.
    pub classes: Vec<String>,
}

/// Beyond this, f32 does not hold every whole number.
const LARGEST: f32 = 16_777_216.0;

impl Labels {
    /// The class of each of so many rows, which stands in `FILE` or `FILE#NAME`: a whole number from 0 on, or a text. Texts are places among the
    /// `known` names, if there are any, or in their own order.
    ///
    /// # Errors
    ///
    /// They can't be read, there are more or fewer, or one is no class, or not known.
    ///
    /// ```
    /// use hopfield_data::Labels;
    ///
    /// let labels = Labels::read("assets/t10k-labels-idx1-ubyte.gz", 2000, &[])?;
    /// assert_eq!(labels.of_rows[..5], [7, 2, 1, 0, 4]);
    /// # Ok::<(), hopfield_data::DataError>(())
    /// ```
    pub fn read(place: &str, rows: usize, known: &[String]) -> Result<Self, DataError> {
        match texts(place)? {
            Some(texts) => Self::of_texts(place, &texts, rows, known),
            None => Self::of_numbers(place, rows),
        }
    }

    fn of_texts(
        place: &str,
        texts: &[String],
        rows: usize,
        known: &[String],
    ) -> Result<Self, DataError> {
        if texts.len() != rows {
            let found = format!("it has {} rows", texts.len());
            return Err(malformed(
                place,
                format!("{found}; needed is a class for each of the {rows} rows"),
            ));
        }
        let own: BTreeSet<&String> = texts.iter().collect();
        let classes = match known {
            [] => own.into_iter().cloned().collect(),
            known => known.to_vec(),
        };
        let label = |(row, text): (usize, &String)| {
            let place_of = classes.iter().position(|class| class == text);
            place_of.map(|place| place as u32).ok_or_else(|| {
                let found = format!("row {row} is {text:?}");
                malformed(
                    place,
                    format!("{found}, which no training row is; they are: {}", classes.join(", ")),
                )
            })
        };
        let of_rows = texts.iter().enumerate().map(label).collect::<Result<_, _>>()?;
        Ok(Self { of_rows, classes })
    }

    fn of_numbers(place: &str, rows: usize) -> Result<Self, DataError> {
        let mut table = Table::open(place)?;
        if (table.count(), table.dim()) != (rows, 1) {
            let s = if table.dim() == 1 { "" } else { "s" };
            let found = format!("it has {} rows of {} number{s}", table.count(), table.dim());
            let needed = format!("needed is one number for each of the {rows} rows");
            return Err(malformed(place, format!("{found}; {needed}")));
        }
        let numbers = table.raw_numbers()?.read(rows)?;
        let label = |(row, &label): (usize, &f32)| {
            let is_class = label.fract() == 0.0 && (0.0..=LARGEST).contains(&label);
            is_class.then_some(label as u32).ok_or_else(|| {
                let needed = "needed is the number of a class, a whole number from 0 to 16777216";
                malformed(place, format!("row {row} is {label}; {needed}"))
            })
        };
        let of_rows = numbers.iter().enumerate().map(label).collect::<Result<_, _>>()?;
        Ok(Self { of_rows, classes: Vec::new() })
    }
}

/// The texts at a place, if it names a column of texts, or the only column is one.
fn texts(place: &str) -> Result<Option<Vec<String>>, DataError> {
    let (path, name) = parted(place);
    let mut file = ArrayFile::open(Path::new(path))?;
    let name = match (name, file.arrays()) {
        (Some(name), _) => name.to_owned(),
        (None, [only]) => only.name.clone(),
        _ => return Ok(None),
    };
    let is_number = file.array(&name).is_none_or(|array| array.element.size().is_some());
    if is_number { Ok(None) } else { Ok(file.texts(&name)?) }
}

fn malformed(place: &str, problem: String) -> DataError {
    DataError::Malformed { file: place.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn texts_are_classes_in_their_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        fs::write(path("t.csv"), "x,kind\n1,dog\n2,ant\n3,dog\n").unwrap();
        fs::write(path("one.csv"), "kind\ndog\nant\n").unwrap();
        let place = format!("{}#kind", path("t.csv"));
        let found = Labels::read(&place, 3, &[]).unwrap();
        assert_eq!(found.of_rows, [1, 0, 1]);
        assert_eq!(found.classes, ["ant", "dog"]);
        let known = ["dog".to_owned(), "cat".into(), "ant".into()];
        assert_eq!(Labels::read(&place, 3, &known).unwrap().of_rows, [0, 2, 0]);
        let problem =
            |place: &str, rows, known| Labels::read(place, rows, known).unwrap_err().to_string();
        assert!(
            problem(&place, 3, &known[1..])
                .ends_with("row 0 is \"dog\", which no training row is; they are: cat, ant")
        );
        assert!(
            problem(&place, 4, &[])
                .ends_with("it has 3 rows; needed is a class for each of the 4 rows")
        );
    }
}
