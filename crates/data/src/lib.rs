//! Training data: where rows of numbers come from ([`Source`]), how they are scaled ([`Scale`]), and the damage done to them before a
//! network sees them ([`Damage`]).
//!
//! Every source gives a [`Dataset`]: training and test rows, with labels and the shape of images, if they have some.
//!
//! ```
//! use hopfield_data::{Bundled, Source};
//!
//! let digits = Bundled.load()?;
//! assert_eq!((digits.train.count(), digits.test.count()), (10_000, 2_000));
//! # Ok::<(), hopfield_data::DataError>(())
//! ```

#![forbid(unsafe_code)]

mod applied;
mod damage;
mod dataset;
mod error;
mod idx;
mod images;
mod labels;
mod picture;
mod raw_rows;
mod scale;
mod shift;
mod source;
mod sources;
mod split;
mod store;
mod stream;
mod table;

pub use applied::Applied;
pub use damage::{Damage, Mask, Noise};
pub use dataset::Dataset;
pub use error::DataError;
pub use hopfield_arrays::{ImageShape, Scaling};
pub use images::{Ink, images, images_in};
pub use labels::Labels;
pub use raw_rows::RawRows;
pub use scale::{Extent, Scale};
pub use shift::shift;
pub use source::Source;
pub use sources::{Bundled, Files, IdxFolder, InMemory, Mnist, NAMED, Test, source};
pub use split::{Row, Split};
pub use stream::RowStream;
pub use table::{Table, parted};

#[cfg(test)]
mod tests {
    use std::io::Write;

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }
}
