//! The list of formats that pattern databases are exported in.

use hopfield_database::ExportFormat;
use hopfield_database::formats::{CSV, NPY, NPZ, PARQUET, SAFETENSORS};
use hopfield_layer::named;

use crate::film::APNG;
use crate::pictures::PNG;

/// A format that pattern databases are exported in. In text it is its [name](ExportFormat::name).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

named! {
    Format {
        Safetensors = "safetensors",
        Npz = "npz",
        Npy = "npy",
        Csv = "csv",
        Parquet = "parquet",
        Png = "png",
        Apng = "apng",
    }
}

impl Format {
    /// Whether it shows the patterns, which are images then.
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Png | Self::Apng)
    }

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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_its_name_in_text() {
        for format in Format::ALL {
            assert_eq!(format.name(), format.exporter().name);
            assert_eq!(format.to_string().parse(), Ok(format));
            let json = serde_json::to_string(&format).unwrap();
            assert_eq!(json, format!("\"{format}\""));
            assert_eq!(serde_json::from_str::<Format>(&json).unwrap(), format);
        }
        let error = "xls".parse::<Format>().unwrap_err().to_string();
        assert_eq!(error, "allowed: safetensors, npz, npy, csv, parquet, png, apng");
    }
}
