//! Files that desktops put beside those of the user.

/// Whether a file with this name, or an entry of an archive with this path, is nobody's data: hidden (`._digits.npy`,
/// `.DS_Store`), in a folder `__MACOSX`, or a list of thumbnails or settings that Windows writes.
///
/// ```
/// use hopfield_arrays::is_foreign;
///
/// assert!(is_foreign("._train-images-idx3-ubyte") && is_foreign("__MACOSX/digits/a.npy"));
/// assert!(!is_foreign("train-images-idx3-ubyte") && !is_foreign("digits/a.npy"));
/// ```
pub fn is_foreign(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with('.')
        || ["Thumbs.db", "desktop.ini"].contains(&name)
        || path.split('/').any(|folder| folder == "__MACOSX")
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use crate::{Array, ArrayFile, bytes, npy_header};

    /// An npz file that was unpacked and packed again on a Mac.
    #[test]
    fn foreign_entries_of_archives_are_passed_over() {
        let npy = [npy_header(&[2]), bytes(&[0.5, 1.0])].concat();
        let beside = [&b"\0\x05\x16\x07"[..], &[0; 60]].concat();
        let file = |entries: [(&str, &[u8]); 2]| {
            let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
            for (name, content) in entries {
                zip.start_file(name, SimpleFileOptions::DEFAULT).unwrap();
                zip.write_all(content).unwrap();
            }
            ArrayFile::from_bytes("mac.npz", zip.finish().unwrap().into_inner())
        };
        let mut mac = file([("__MACOSX/._a.npy", &beside), ("a.npy", &npy)]).unwrap();
        assert_eq!(mac.arrays(), [Array::f32("a", &[2])]);
        assert_eq!(mac.load("a").unwrap(), [0.5, 1.0]);
        // An array of such a name is an array; a damaged one of another name is an error.
        assert_eq!(file([(".a.npy", &npy), ("b.npy", &npy)]).unwrap().arrays().len(), 2);
        let error = file([("a.npy", &npy), ("b.npy", &beside)]).err().unwrap().to_string();
        assert!(error.contains("array `b`: not in npy format"), "{error}");
    }
}
