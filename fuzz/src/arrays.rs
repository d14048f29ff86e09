//! Files of named arrays.

use std::io::{Cursor, Write};

use hopfield_arrays::{Array, ArrayError, ArrayFile};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const ZIP: &[u8] = b"PK";
const NPY: &[u8] = b"\x93NUMPY";
/// What the headers that a target packs are about.
const DATA: [u8; 64] = [0x3f; 64];

/// npy files. What such a file says, it says in an npz file, too.
pub fn npy(content: &[u8]) {
    let Some(alone) = from_bytes(content.to_vec()) else { return };
    if !content.starts_with(NPY) {
        return;
    }
    let method = CompressionMethod::Stored;
    let packed = from_bytes(zip(&[("a.npy", content)], method)).expect("a file with an array");
    let unnamed = |(array, numbers): (Array, _)| (Array { name: String::new(), ..array }, numbers);
    let [alone, packed] = [alone, packed].map(|found| found.into_iter().map(unnamed));
    assert!(alone.eq(packed));
}

/// Tables as text.
pub fn csv(content: &[u8]) {
    from_bytes(content.to_vec());
}

/// Parquet files.
pub fn parquet(content: &[u8]) {
    from_bytes(content.to_vec());
}

/// npz files; what is none is packed into one.
pub fn npz(content: &[u8]) {
    from_bytes(if content.starts_with(ZIP) {
        content.to_vec()
    } else {
        zip(&[("a.npy", content), ("b.npy", content)], CompressionMethod::Deflated)
    });
}

/// safetensors files; a header alone gets its length and data.
pub fn safetensors(content: &[u8]) {
    from_bytes(if content.starts_with(b"{") {
        [&(content.len() as u64).to_le_bytes(), content, &DATA].concat()
    } else {
        content.to_vec()
    });
}

/// PyTorch checkpoints; a pickle alone is packed into one.
pub fn pytorch(content: &[u8]) {
    let checkpoint = if content.starts_with(ZIP) {
        content.to_vec()
    } else {
        let entries: &[(&str, &[u8])] = &[
            ("a/data.pkl", content),
            ("a/byteorder", b"little"),
            ("a/data/0", &DATA),
            ("a/data/1", &DATA),
        ];
        zip(entries, CompressionMethod::Stored)
    };
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(&checkpoint).expect("a temporary file");
    read(ArrayFile::open(file.path()), checkpoint.len());
}

fn from_bytes(content: Vec<u8>) -> Option<Vec<(Array, Vec<f32>)>> {
    let size = content.len();
    read(ArrayFile::from_bytes("fuzz", content), size)
}

/// Reads all that a file says it has, some numbers at a time; the numbers up to the first error.
fn read(file: Result<ArrayFile, ArrayError>, size: usize) -> Option<Vec<(Array, Vec<f32>)>> {
    let mut file = file.ok()?;
    let mut found = Vec::new();
    for array in file.arrays().to_vec() {
        let mut all = Vec::new();
        // A column of texts.
        let _ = file.texts(&array.name);
        if let Ok(mut numbers) = file.numbers(&array.name) {
            let bytes = array.element.size().expect("a type that is read");
            while numbers.left() > 0 {
                let Ok(block) = numbers.read(1000) else { break };
                assert!(block.iter().all(|number| number.is_finite()));
                all.extend(block);
                // What is stored can't be more than the file; what is compressed, 200 times as much.
                assert!(bytes * all.len() <= 200 * size + (1 << 20), "{} of {bytes}", all.len());
            }
        }
        found.push((array, all));
    }
    Some(found)
}

fn zip(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::DEFAULT.compression_method(method);
    for (name, content) in entries {
        zip.start_file(*name, options).expect("a zip file in memory");
        zip.write_all(content).expect("a zip file in memory");
    }
    zip.finish().expect("a zip file in memory").into_inner()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Seeds that nothing reads would start from nothing.
    #[test]
    fn seeds_are_read() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let mut seen = Vec::new();
        for target in ["csv", "npy", "npz", "parquet", "pytorch", "safetensors"] {
            for entry in fs::read_dir(corpus.join(target)).unwrap() {
                let path = entry.unwrap().path();
                // The rest is parts of files, which the targets make whole.
                if !["csv", "npy", "npz", "parquet", "pt", "safetensors"]
                    .iter()
                    .any(|end| path.extension().unwrap() == *end)
                {
                    continue;
                }
                let mut file = ArrayFile::open(&path).unwrap();
                for array in file.arrays().to_vec() {
                    let name = format!("{}:{}", path.file_name().unwrap().display(), array.name);
                    let numbers = file.load(&array.name).expect(&name);
                    assert_eq!(Some(numbers.len()), array.count(), "{name}");
                    seen.push(name);
                }
            }
        }
        seen.sort();
        let expected = [
            "array.npy:array",
            "b1.npy:array",
            "compressed.npz:a",
            "compressed.npz:b",
            "empty.npy:array",
            "entry.npy:array",
            "f2.npy:array",
            "f4.npy:array",
            "f8.npy:array",
            "fortran-f64.npy:array",
            "fortran.npy:array",
            "half.safetensors:a",
            "half.safetensors:b",
            "i8.npy:array",
            "legacy.pt:layers.0.weight",
            "legacy.pt:layers.10.bias",
            "pandas.csv:a",
            "pandas.csv:b",
            "pandas.csv:label",
            "pandas.csv:table",
            "pandas.parquet:a",
            "pandas.parquet:b",
            "pandas.parquet:label",
            "pandas.parquet:table",
            "plain.csv:table",
            "plain.csv:x0",
            "plain.csv:x1",
            "plain.csv:x2",
            "plain.npz:mine",
            "polars.parquet:e",
            "polars.parquet:label",
            "state.pt:layers.0.weight",
            "state.pt:layers.10.bias",
            "two.safetensors:layers.0.log_beta",
            "two.safetensors:layers.0.patterns",
            "types.npz:a",
            "types.npz:b",
            "u1.npy:array",
            "u2.npy:array",
        ];
        assert_eq!(seen, expected);
    }
}
