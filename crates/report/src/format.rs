//! The formats that pattern databases are exported in.

/// A format that pattern databases are exported in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The canonical one: all tensors and what the database says of itself.
    Safetensors,
    /// NumPy's zip of arrays, with the same names and texts.
    Npz,
    /// NumPy's format of one array: a file per layer.
    Npy,
    /// A text table per layer: a line per pattern.
    Csv,
    /// A table with a row per pattern, of all layers.
    Parquet,
    /// A picture: a sheet per layer.
    Png,
    /// An animated picture: the sheets as they grew during the training.
    Apng,
}

impl Format {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 7] = [
        ("safetensors", Self::Safetensors),
        ("npz", Self::Npz),
        ("npy", Self::Npy),
        ("csv", Self::Csv),
        ("parquet", Self::Parquet),
        ("png", Self::Png),
        ("apng", Self::Apng),
    ];

    /// Its name, which is also the ending of its files.
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, format)| *format == self);
        named.expect("every format is in the list").0
    }

    /// Whether it has a file for each tensor, which can hold nothing else.
    pub(crate) fn is_bare(self) -> bool {
        matches!(self, Self::Npy | Self::Csv)
    }
}
