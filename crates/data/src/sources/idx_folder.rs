//! A folder with four IDX files: MNIST, Fashion-MNIST, EMNIST, or anything in their format.

use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use hopfield_arrays::{FileKind, HEAD, ImageShape, content_head, is_foreign};

use super::of_images;
use crate::{DataError, Dataset, Source, Split};

/// A folder with four IDX files, plain or gzip-compressed, of images of any size.
///
/// The files are found by name: `train-images`, `train-labels`, `t10k-images` (or `test-images`) and
/// `t10k-labels` (or `test-labels`) may stand anywhere in it, as in `emnist-letters-train-images-idx3-ubyte.gz`.
/// A plain file is preferred to its compressed copy. Hidden files and folders don't count.
#[derive(Debug, Clone)]
pub struct IdxFolder(pub PathBuf);

const FOUR_FILES: &str = "four IDX files, plain or .gz, with `train-images`, `train-labels`, \
     `t10k-images` (or `test-images`) and `t10k-labels` (or `test-labels`) in their names";

impl fmt::Display for IdxFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl Source for IdxFolder {
    fn load(&self) -> Result<Dataset, DataError> {
        let Self(folder) = self;
        let entries = Entries::of(folder)?;
        let find = |markers: &[&str]| entries.find(folder, markers);
        let train = split(&find(&["train-images"])?, &find(&["train-labels"])?)?;
        let test = split(
            &find(&["t10k-images", "test-images"])?,
            &find(&["t10k-labels", "test-labels"])?,
        )?;
        Dataset::new(of_images(train), of_images(test))
    }
}

/// Images and labels from two files.
pub(super) fn split(images: &Path, labels: &Path) -> Result<(Split, ImageShape), DataError> {
    let read = |path: &Path| {
        let content = fs::read(path);
        content.map_err(|source| DataError::Io { path: path.into(), source })
    };
    Split::read(
        (&images.display().to_string(), &read(images)?),
        (&labels.display().to_string(), &read(labels)?),
    )
}

/// The names of what is in a folder, in order, without what desktops put there.
struct Entries {
    files: Vec<String>,
    folders: Vec<String>,
}

impl Entries {
    fn of(folder: &Path) -> Result<Self, DataError> {
        let io = |source| DataError::Io { path: folder.into(), source };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                let mut start = Vec::new();
                let file = File::open(folder).map_err(io)?;
                file.take(HEAD as u64).read_to_end(&mut start).map_err(io)?;
                let problem = FileKind::of(&content_head(&start))
                    .instead_of(&format!("a folder with {FOUR_FILES}"));
                return Err(malformed(folder, problem));
            }
            entries => entries.map_err(io)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry.map_err(io)?.file_name().to_string_lossy().into_owned());
        }
        names.retain(|name| !is_foreign(name));
        names.sort();
        let (folders, files) = names.into_iter().partition(|name| folder.join(name).is_dir());
        Ok(Self { files, folders })
    }

    /// The one file with any of `markers` in its name.
    fn find(&self, folder: &Path, markers: &[&str]) -> Result<PathBuf, DataError> {
        let matching = |names: &[String]| {
            let is_match = |name: &&String| markers.iter().any(|marker| name.contains(marker));
            names.iter().filter(is_match).cloned().collect::<Vec<_>>()
        };
        let mut found = matching(&self.files);
        // `x.gz` beside `x` is the same file.
        found.retain(|name| {
            !name.strip_suffix(".gz").is_some_and(|plain| self.files.iter().any(|n| n == plain))
        });
        let (what, folders) = (markers[0], matching(&self.folders).join(", "));
        let problem = match &found[..] {
            [name] => return Ok(folder.join(name)),
            [] if folders.is_empty() => {
                format!("no {what} file, but {}; needed are {FOUR_FILES}", self.shown())
            }
            [] => format!(
                "only folders match {what} ({folders}); needed are {FOUR_FILES}, beside such folders and not in them"
            ),
            _ => format!(
                "several {what} files ({}); keep one data set in a folder",
                found.join(", ")
            ),
        };
        Err(malformed(folder, problem))
    }

    /// The first of them, for messages.
    fn shown(&self) -> String {
        const SHOWN: usize = 6;
        let folders = self.folders.iter().map(|name| format!("{name}/"));
        let mut names: Vec<_> = folders.chain(self.files.iter().cloned()).collect();
        if names.len() > SHOWN {
            names[SHOWN - 1] = format!("{} more", names.len() + 1 - SHOWN);
            names.truncate(SHOWN);
        }
        if names.is_empty() { "nothing at all".into() } else { names.join(", ") }
    }
}

fn malformed(folder: &Path, problem: String) -> DataError {
    DataError::Malformed { file: folder.display().to_string(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::gzip;

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
        assert_eq!(dataset.shape().to_string(), "2 × 3");
        assert_eq!(dataset.test.labels().unwrap(), [4, 9]);
        let pixels = dataset.train.all_rows().unwrap();
        assert_eq!(pixels[..6], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        let swapped = [&pixels[6..], &pixels[..6]].concat();
        assert_eq!(dataset.train.rows_at(&[1, 0]).unwrap(), swapped);
    }

    /// A folder that has the name of a file, and the file in it.
    fn dir_with_folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("train-images-idx3-ubyte");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("train-images-idx3-ubyte"), IMAGES).unwrap();
        dir
    }

    #[test]
    fn hidden_files_and_folders_do_not_count() {
        let dir = dir_with_folder();
        let path = |name: &str| dir.path().join(name);
        for part in ["train", "t10k"] {
            // The compressed file isn't a copy of the folder.
            fs::write(path(&format!("{part}-images-idx3-ubyte.gz")), gzip(&IMAGES)).unwrap();
            fs::write(path(&format!("{part}-labels.idx1-ubyte")), LABELS).unwrap();
            for hidden in ["images-idx3-ubyte", "labels.idx1-ubyte"] {
                fs::write(path(&format!("._{part}-{hidden}")), b"\0\x05\x16\x07").unwrap();
            }
        }
        fs::write(path(".DS_Store"), b"").unwrap();
        let dataset = load(dir.path()).unwrap();
        assert_eq!(dataset.train.rows(0..1).unwrap(), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(dataset.test.labels().unwrap(), [4, 9]);
    }

    #[test]
    fn a_folder_that_is_not_one_data_set_is_a_clear_error() {
        let train: [(&str, &[u8]); 2] = [("train-images", &IMAGES), ("train-labels", &LABELS)];
        let error = load(write(&train).path()).unwrap_err().to_string();
        let expected =
            "no t10k-images file, but train-images, train-labels; needed are four IDX files";
        assert!(error.contains(expected), "{error}");

        // As torchvision keeps MNIST: the message leads to the folder.
        let outer = tempfile::tempdir().unwrap();
        let empty = load(outer.path()).unwrap_err().to_string();
        assert!(empty.contains("no train-images file, but nothing at all; needed"), "{empty}");
        fs::create_dir(outer.path().join("raw")).unwrap();
        for file in 0..9 {
            fs::write(outer.path().join(format!("{file}.txt")), "").unwrap();
        }
        let error = load(outer.path()).unwrap_err().to_string();
        assert!(error.contains("but raw/, 0.txt, 1.txt, 2.txt, 3.txt, 5 more; needed"), "{error}");

        let twice = [train[0], train[1], ("b-train-images", &IMAGES)];
        let error = load(write(&twice).path()).unwrap_err().to_string();
        assert!(
            error.contains("several train-images files (b-train-images, train-images)"),
            "{error}"
        );

        let packed = dir_with_folder();
        let error = load(packed.path()).unwrap_err().to_string();
        let expected =
            "only folders match train-images (train-images-idx3-ubyte); needed are four IDX files";
        assert!(error.contains(expected) && error.ends_with("and not in them"), "{error}");

        for (content, found) in [
            (&b"PK\x03\x04"[..], "it is a zip archive; needed is a folder with four IDX files"),
            (&gzip(&IMAGES), "it is an IDX file of unsigned bytes with 3 dimensions, as images"),
        ] {
            let dir = write(&[("mnist", content)]);
            let error = load(&dir.path().join("mnist")).unwrap_err().to_string();
            assert!(error.contains(found), "{error}");
        }

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
