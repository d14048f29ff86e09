//! A folder of pictures.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use hopfield_arrays::{FileKind, HEAD, ImageShape, is_foreign};

use crate::DataError;
use crate::images::{Ink, colours};
use crate::picture::{Picture, luma};
use crate::store::Store;

/// The pictures of a folder.
pub(crate) struct Pictures {
    pub(crate) store: Store,
    pub(crate) shape: ImageShape,
    /// Of pictures in sub-folders: the place of the name of their folder in `classes`.
    pub(crate) labels: Option<Vec<u32>>,
    pub(crate) classes: Vec<String>,
}

/// Reads the pictures in a folder, or in its sub-folders, which are then their labels; both in the order of their names. They are grey if all
/// their colours are greys, or `wanted` says so. Transparent pixels are black.
///
/// The labels are places in `classes`, if there are any, or else in the names of all sub-folders.
///
/// # Errors
///
/// A file can't be read, or is no picture; there are none, they differ in size or have another than `wanted`, or a sub-folder is none of
/// `classes`.
pub(super) fn read(
    folder: &Path,
    wanted: Option<ImageShape>,
    classes: &[String],
) -> Result<Pictures, DataError> {
    let (folders, files) = entries(folder)?;
    let malformed = |problem: String| malformed(folder, problem);
    let (files, labels, classes) = match (&files[..], &folders[..]) {
        ([], []) => {
            let problem = "it is an empty folder; needed are PNG or JPEG pictures in it, or in its sub-folders";
            return Err(malformed(problem.into()));
        }
        ([file, ..], [folder, ..]) => {
            let problem = format!(
                "it has files ({}) beside folders ({}); needed are pictures, or folders of pictures, whose names are labels",
                name(file),
                name(folder)
            );
            return Err(malformed(problem));
        }
        ([], folders) => {
            let names: Vec<String> = folders.iter().map(|folder| name(folder)).collect();
            let classes = if classes.is_empty() { names.clone() } else { classes.to_vec() };
            let (mut files, mut labels) = (Vec::new(), Vec::new());
            for (folder, name) in folders.iter().zip(&names) {
                let label = classes.iter().position(|class| class == name).ok_or_else(|| {
                    malformed(format!(
                        "the folder {name} is none of the training pictures' labels: {}",
                        classes.join(", ")
                    ))
                })?;
                let (inside, of_folder) = entries(folder)?;
                if let Some(inside) = inside.first() {
                    let problem =
                        format!("it has a folder, {}; needed are pictures", self::name(inside));
                    return Err(self::malformed(folder, problem));
                }
                labels.extend(vec![label as u32; of_folder.len()]);
                files.extend(of_folder);
            }
            (files, Some(labels), classes)
        }
        (_, []) => (files, None, Vec::new()),
    };
    if files.is_empty() {
        return Err(malformed(
            "there are no files in its sub-folders; needed are PNG or JPEG pictures".into(),
        ));
    }
    let (pixels, shape) = all(&files, wanted)?;
    Ok(Pictures { store: Store::Bytes(pixels), shape, labels, classes })
}

/// Whether a folder seems to be one of pictures: its first file is one, or it has folders only.
pub(super) fn is_one(folder: &Path) -> bool {
    let Ok((folders, files)) = entries(folder) else { return false };
    match files.first() {
        Some(file) => {
            let mut head = Vec::new();
            let read =
                File::open(file).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
            read.is_ok() && Picture::is_one(&head)
        }
        None => !folders.is_empty(),
    }
}

/// The pixels of all pictures, and their shape.
fn all(files: &[PathBuf], wanted: Option<ImageShape>) -> Result<(Vec<u8>, ImageShape), DataError> {
    let mut pixels: Vec<u8> = Vec::new();
    let mut size = wanted.map(|shape| ([shape.height(), shape.width()], String::new()));
    let mut coloured = wanted.is_some_and(|shape| shape.channels() == 3);
    for file in files {
        let content =
            fs::read(file).map_err(|source| DataError::Io { path: file.clone(), source })?;
        if !Picture::is_one(&content) {
            let head = &content[..content.len().min(HEAD)];
            return Err(malformed(file, FileKind::of(head).instead_of("a PNG or JPEG picture")));
        }
        let check = |found: [usize; 2]| match &size {
            Some((needed, by)) if found != *needed => Err(format!(
                "it has {} × {} pixels; needed are {} × {}{by}; resize the pictures to one size",
                found[0], found[1], needed[0], needed[1]
            )),
            _ => Ok(()),
        };
        let picture = Picture::read(&content, check).map_err(|problem| malformed(file, problem))?;
        size.get_or_insert_with(|| {
            ([picture.height, picture.width], format!(", as in {}", file.display()))
        });
        if !coloured && wanted.is_none() && !picture.is_grey() {
            // Those so far were grey.
            pixels = pixels.into_iter().flat_map(|grey| [grey; 3]).collect();
            coloured = true;
        }
        let rgb = colours(&picture, Ink::White);
        match coloured {
            true => pixels.extend(rgb),
            false => {
                pixels.extend(rgb.as_chunks().0.iter().map(|&[r, g, b]| luma([r, g, b, u8::MAX])))
            }
        }
    }
    let [height, width] = size.map_or([0; 2], |(size, _)| size);
    let channels = if coloured { 3 } else { 1 };
    let shape = ImageShape::new(&[height, width, channels]);
    Ok((pixels, shape.map_err(|_| malformed(&files[0], "it has no pixels".into()))?))
}

/// The folders and the files in a folder, each in the order of their names.
fn entries(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), DataError> {
    let io = |source| DataError::Io { path: folder.into(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        paths.push(entry.map_err(io)?.path());
    }
    paths.retain(|path| !is_foreign(&name(path)));
    paths.sort();
    Ok(paths.into_iter().partition(|path| path.is_dir()))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn malformed(path: &Path, problem: String) -> DataError {
    DataError::Malformed { file: path.display().to_string(), problem }
}

#[cfg(test)]
mod tests {
    use png::ColorType;

    use super::*;

    fn png(color: ColorType, width: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, 1);
        encoder.set_color(color);
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        bytes
    }

    fn write(folder: &Path, name: &str, content: &[u8]) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn problem(folder: &Path, wanted: Option<ImageShape>, classes: &[String]) -> String {
        read(folder, wanted, classes).err().unwrap().to_string()
    }

    #[test]
    fn sub_folders_are_labels() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "b/2.png", &png(ColorType::Grayscale, 2, &[5, 6]));
        write(dir.path(), "b/1.png", &png(ColorType::Rgb, 2, &[3, 3, 3, 4, 4, 4]));
        write(dir.path(), "a/x.png", &png(ColorType::Grayscale, 2, &[1, 2]));
        write(dir.path(), "a/.hidden", b"");
        let found = read(dir.path(), None, &[]).ok().unwrap();
        assert_eq!(found.store, Store::Bytes((1..=6).collect()));
        assert_eq!((found.labels, found.shape.to_string()), (Some(vec![0, 1, 1]), "1 × 2".into()));
        assert_eq!(found.classes, ["a", "b"]);
        let others = ["c".to_owned(), "b".into(), "a".into()];
        let of_others = read(dir.path(), None, &others).ok().unwrap();
        assert_eq!(of_others.labels, Some(vec![2, 1, 1]));
        let expected = "the folder a is none of the training pictures' labels: b";
        assert!(problem(dir.path(), None, &["b".to_owned()]).ends_with(expected));
    }

    #[test]
    fn one_coloured_picture_makes_all_coloured() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "1.png", &png(ColorType::Grayscale, 1, &[9]));
        write(dir.path(), "2.png", &png(ColorType::Rgba, 1, &[10, 20, 50, 255]));
        let found = read(dir.path(), None, &[]).ok().unwrap();
        assert_eq!(found.store, Store::Bytes(vec![9, 9, 9, 10, 20, 50]));
        assert_eq!((found.labels, found.shape.channels()), (None, 3));
        let grey = ImageShape::new(&[1, 1]).ok();
        let found = read(dir.path(), grey, &[]).ok().unwrap();
        assert_eq!(found.store, Store::Bytes(vec![9, 20]));
    }

    #[test]
    fn jpegs_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut jpeg = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 95);
        let pixels = [200, 40, 40].repeat(64);
        encoder.encode(&pixels, 8, 8, jpeg_encoder::ColorType::Rgb).unwrap();
        write(dir.path(), "red.jpg", &jpeg);
        let found = read(dir.path(), None, &[]).ok().unwrap();
        let Store::Bytes(found) = found.store else { panic!("pictures are bytes") };
        assert!(found.iter().zip(&pixels).all(|(a, b)| a.abs_diff(*b) < 4), "{found:?}");
        write(dir.path(), "red.jpg", &jpeg[..jpeg.len() / 3]);
        assert!(problem(dir.path(), None, &[]).contains("red.jpg: not a readable JPEG: "));
    }

    #[test]
    fn what_is_no_folder_of_pictures_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(problem(dir.path(), None, &[]).contains("it is an empty folder"));
        write(dir.path(), "1.png", &png(ColorType::Grayscale, 2, &[1, 2]));
        write(dir.path(), "2.png", &png(ColorType::Grayscale, 1, &[1]));
        let found = problem(dir.path(), None, &[]);
        assert!(found.contains("2.png: it has 1 × 1 pixels; needed are 1 × 2, as in "), "{found}");
        let wanted = ImageShape::new(&[4, 4]).ok();
        assert!(problem(dir.path(), wanted, &[]).contains("needed are 4 × 4; resize the pictures"));
        write(dir.path(), "0.txt", b"hello");
        let found = problem(dir.path(), None, &[]);
        assert!(
            found.contains("0.txt: it is a text (\"hello\"); needed is a PNG or JPEG picture"),
            "{found}"
        );
        write(dir.path(), "a/x", b"");
        assert!(problem(dir.path(), None, &[]).contains("it has files (0.txt) beside folders (a)"));
    }
}
