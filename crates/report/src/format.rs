//! The list of formats that pattern databases are exported in.

use std::fmt::{self, Display};
use std::str::FromStr;

use hopfield_database::ExportFormat;
use hopfield_database::formats::{CSV, NPY, NPZ, PARQUET, SAFETENSORS};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::film::APNG;
use crate::pictures::PNG;

/// A format that pattern databases are exported in. In text it is its [name](ExportFormat::name).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The canonical format: all arrays and the manifest.
    Safetensors,
    /// NumPy's zip file of arrays, with the same names and manifest.
    Npz,
    /// NumPy's format of one array: a file for each layer.
    Npy,
    /// A text table for each layer, with a line per pattern.
    Csv,
    /// One table of all layers, with a row per pattern.
    Parquet,
    /// A picture: a sheet for each layer.
    Png,
    /// An animated picture: the sheets as they changed during the training.
    Apng,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 7] =
        [Self::Safetensors, Self::Npz, Self::Npy, Self::Csv, Self::Parquet, Self::Png, Self::Apng];

    /// What writes it.
    pub fn exporter(self) -> &'static ExportFormat {
        match self {
            Self::Safetensors => &SAFETENSORS,
            Self::Npz => &NPZ,
            Self::Npy => &NPY,
            Self::Csv => &CSV,
            Self::Parquet => &PARQUET,
            Self::Png => &PNG,
            Self::Apng => &APNG,
        }
    }

    /// Its name, which is also the ending of its files.
    pub fn name(self) -> &'static str {
        self.exporter().name
    }
}

impl Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no format of this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("allowed: {}", Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_its_name_in_text() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            let json = serde_json::to_string(&format).unwrap();
            assert_eq!(json, format!("\"{format}\""));
            assert_eq!(serde_json::from_str::<Format>(&json).unwrap(), format);
        }
        let error = "xls".parse::<Format>().unwrap_err().to_string();
        assert_eq!(error, "allowed: safetensors, npz, npy, csv, parquet, png, apng");
    }
}
