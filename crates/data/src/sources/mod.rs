//! The sources, one file each, and their names.

mod bundled;
mod files;
mod idx_folder;
mod in_memory;
mod mnist;
mod picture_folder;

use std::path::{Path, PathBuf};

use hopfield_arrays::ImageShape;

use crate::table::parted;
use crate::{DataError, Source, Split};

pub use bundled::Bundled;
pub(crate) use files::said;
pub use files::{Files, Test};
pub use idx_folder::IdxFolder;
pub use in_memory::InMemory;
pub use mnist::Mnist;
pub(crate) use picture_folder::Pictures;

/// The pictures of a folder.
pub(crate) fn pictures(folder: &Path, shape: Option<ImageShape>) -> Result<Pictures, DataError> {
    picture_folder::read(folder, shape, &[])
}

/// Rows that are images.
fn of_images((split, shape): (Split, ImageShape)) -> (Split, Option<ImageShape>) {
    (split, Some(shape))
}

/// Makes a source.
type Make = fn() -> Box<dyn Source>;

/// The sources that have a name of their own.
pub const NAMED: [(&str, Make); 2] =
    [("bundled", || Box::new(Bundled)), ("mnist", || Box::new(Mnist::default()))];

/// The source called `name`: one of [`NAMED`], a folder with four IDX files, or another place (see [`Files`]), all rows of which are both trained
/// and tested on.
///
/// ```
/// let digits = hopfield_data::source("bundled").load()?;
/// assert_eq!((digits.train.count(), digits.test.count()), (10_000, 2_000));
/// assert_eq!(digits.shape().to_string(), "28 × 28");
/// assert_eq!(hopfield_data::source("my/images").to_string(), "my/images");
/// # Ok::<(), hopfield_data::DataError>(())
/// ```
pub fn source(name: &str) -> Box<dyn Source> {
    match NAMED.into_iter().find(|(named, _)| *named == name) {
        Some((_, make)) => make(),
        None if is_place(name) => Box::new(Files {
            train: name.to_owned(),
            test: Test::Place(name.to_owned()),
            labels: None,
            test_labels: None,
            image_shape: None,
            seed: 0,
        }),
        None => Box::new(IdxFolder(PathBuf::from(name))),
    }
}

/// Whether it is a file, or a folder of pictures.
fn is_place(name: &str) -> bool {
    let (file, _) = parted(name);
    Path::new(file).is_file() || picture_folder::is_one(Path::new(name))
}
