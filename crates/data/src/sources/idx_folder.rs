//! A folder with four IDX files: MNIST, Fashion-MNIST, EMNIST, or anything in their format.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{DataError, Dataset, Source, Split};

/// A folder with four IDX files, plain or gzip-compressed, of images of any size.
///
/// The files are found by name: `train-images`, `train-labels`, `t10k-images` (or `test-images`) and
/// `t10k-labels` (or `test-labels`) may stand anywhere in it, as in `emnist-letters-train-images-idx3-ubyte.gz`.
/// A plain file is preferred to its compressed copy.
#[derive(Debug, Clone)]
pub struct IdxFolder(pub PathBuf);

const NEEDED: &str = "needed are four IDX files, plain or .gz, with `train-images`, `train-labels`, \
     `t10k-images` (or `test-images`) and `t10k-labels` (or `test-labels`) in their names";

impl fmt::Display for IdxFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl Source for IdxFolder {
    fn load(&self) -> Result<Dataset, DataError> {
        let Self(folder) = self;
        let io = |source| DataError::Io { path: folder.clone(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(io)? {
            names.push(entry.map_err(io)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        let find = |markers: &[&str]| find(folder, &names, markers);
        let train = split(&find(&["train-images"])?, &find(&["train-labels"])?)?;
        let test = split(
            &find(&["t10k-images", "test-images"])?,
            &find(&["t10k-labels", "test-labels"])?,
        )?;
        Dataset::new(train, test)
    }
}

/// Images and labels from two files.
pub(super) fn split(images: &Path, labels: &Path) -> Result<Split, DataError> {
    let read = |path: &Path| {
        let content = fs::read(path);
        content.map_err(|source| DataError::Io { path: path.into(), source })
    };
    Split::read(
        (&images.display().to_string(), &read(images)?),
        (&labels.display().to_string(), &read(labels)?),
    )
}

/// The one file with any of `markers` in its name.
fn find(folder: &Path, names: &[String], markers: &[&str]) -> Result<PathBuf, DataError> {
    let mut found: Vec<&str> = names.iter().map(String::as_str).collect();
    found.retain(|name| markers.iter().any(|marker| name.contains(marker)));
    // `x.gz` beside `x` is the same file.
    found.retain(|name| {
        !name.strip_suffix(".gz").is_some_and(|plain| names.iter().any(|n| n == plain))
    });
    let what = markers[0];
    let problem = match found[..] {
        [name] => return Ok(folder.join(name)),
        [] => format!("no {what} file; {NEEDED}"),
        _ => format!("several {what} files ({}); keep one data set in a folder", found.join(", ")),
    };
    Err(DataError::Malformed { file: folder.display().to_string(), problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGES: [u8; 28] = [
        0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, // 2 images of 2 × 3
        0, 51, 102, 153, 204, 255, 255, 204, 153, 102, 51, 0,
    ];
    const LABELS: [u8; 10] = [0, 0, 8, 1, 0, 0, 0, 2, 4, 9];

    fn load(folder: &Path) -> Result<Dataset, DataError> {
        IdxFolder(folder.into()).load()
    }

    fn write(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        dir
    }

    #[test]
    fn files_are_found_by_name_and_any_image_size_is_read() {
        let dir = write(&[
            ("emnist-letters-train-images-idx3-ubyte", &IMAGES),
            ("emnist-letters-train-images-idx3-ubyte.gz", b"the plain file is preferred"),
            ("emnist-letters-train-labels-idx1-ubyte", &LABELS),
            ("emnist-letters-test-images-idx3-ubyte", &IMAGES),
            ("emnist-letters-test-labels-idx1-ubyte", &LABELS),
            ("notes.txt", b""),
        ]);
        let dataset = load(dir.path()).unwrap();
        assert_eq!(dataset.shape(), [2, 3]);
        assert_eq!(dataset.test.labels(), [4, 9]);
        let pixels = dataset.train.unit_pixels();
        assert_eq!(pixels[..6], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        let swapped = [&pixels[6..], &pixels[..6]].concat();
        assert_eq!(dataset.train.unit_pixels_of(&[1, 0]), swapped);
    }

    #[test]
    fn a_folder_that_is_not_one_data_set_is_a_clear_error() {
        let train: [(&str, &[u8]); 2] = [("train-images", &IMAGES), ("train-labels", &LABELS)];
        let error = load(write(&train).path()).unwrap_err().to_string();
        assert!(error.contains("no t10k-images file; needed are four IDX files"), "{error}");

        let twice = [train[0], train[1], ("b-train-images", &IMAGES)];
        let error = load(write(&twice).path()).unwrap_err().to_string();
        assert!(
            error.contains("several train-images files (b-train-images, train-images)"),
            "{error}"
        );

        let error = load(Path::new("/no/such/folder")).unwrap_err().to_string();
        assert!(error.starts_with("/no/such/folder: "), "{error}");
    }

    #[test]
    fn files_that_do_not_belong_together_are_a_clear_error() {
        let three = [0, 0, 8, 1, 0, 0, 0, 3, 4, 9, 1];
        let one_pixel = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7, 8];
        for (images, labels, expected) in [
            (&IMAGES[..], &three[..], "2 images, but 3 labels"),
            (&one_pixel[..], &LABELS[..], "2 × 3 pixels, but 1 × 1"),
        ] {
            let dir = write(&[
                ("train-images", &IMAGES),
                ("train-labels", &LABELS),
                ("t10k-images", images),
                ("t10k-labels", labels),
            ]);
            let error = load(dir.path()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
