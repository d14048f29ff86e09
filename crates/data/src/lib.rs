//! Images in: IDX files, bundled MNIST digits, the MNIST download; and the damage done to them.
//!
//! Every source gives a [`Dataset`]: training and test images as bytes, with their labels. A
//! [`Task`] turns clean images in [0, 1] into the states that a network answers.
//!
//! ```
//! let digits = hopfield_data::bundled()?;
//! assert_eq!((digits.train.count(), digits.test.count()), (10_000, 2_000));
//! assert_eq!((digits.height(), digits.width()), (28, 28));
//! # Ok::<(), hopfield_data::DataError>(())
//! ```

mod bundled;
mod dataset;
mod download;
mod error;
mod folder;
mod idx;
mod images;
mod quietly;
mod task;

pub use bundled::bundled;
pub use dataset::{Dataset, Split};
pub use download::mnist;
pub use error::DataError;
pub use folder::folder;
pub use images::{images, images_in};
pub use quietly::quietly;
pub use task::{Mask, Noise, Task};
