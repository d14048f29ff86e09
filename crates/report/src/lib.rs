//! Pictures, films and the HTML page of what a stack has learned.
//!
//! [`Format`] lists the formats of pattern databases: those of arrays, and the two with pictures that are written here.
//!
//! ```
//! use hopfield_arrays::ImageShape;
//! use hopfield_report::{Sheet, Tone};
//!
//! // Two images of 2 × 2 pixels, side by side.
//! let images = [0.0, 0.5, 0.5, 1.0, 1.0, 0.5, 0.5, 0.0];
//! let sheet = Sheet::tiles(&images, ImageShape::new(&[2, 2])?, 2, Tone::Fixed { low: 0.0, high: 1.0 });
//! assert!(sheet.to_png().starts_with(b"\x89PNG"));
//! # Ok::<(), &str>(())
//! ```
#![forbid(unsafe_code)]

mod arrangement;
mod comparison;
mod evolution;
mod film;
mod format;
mod frames;
mod page;
mod pictures;
mod report;
mod sheet;
mod text;

pub use comparison::comparison;
pub use evolution::{Evolution, evolution};
pub use film::{check_snapshots, film};
pub use format::Format;
pub use pictures::{Arrangement, Shown, picture, png};
pub use report::{Alike, AlikePattern, Digits, LayerMap, PatternMap, Report, spread};
pub use sheet::{Sheet, Tone};
pub use text::counted;
