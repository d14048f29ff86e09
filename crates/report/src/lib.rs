//! Results out: pattern databases in many formats, pictures of them and of reconstructions, animations, and the report.
//!
//! ```
//! use hopfield_report::{Sheet, Tone};
//!
//! // Two images of 2 × 2 pixels, one beside the other.
//! let images = [0.0, 0.5, 0.5, 1.0, 1.0, 0.5, 0.5, 0.0];
//! let sheet = Sheet::tiles(&images, [2, 2], 2, Tone::Fixed { low: 0.0, high: 1.0 });
//! assert!(sheet.to_png().starts_with(b"\x89PNG"));
//! ```

mod animation;
mod export;
mod format;
mod pictures;
mod report;
mod sheet;
mod tables;

pub use animation::write_apng;
pub use export::Export;
pub use format::Format;
pub use pictures::{pattern_tone, png};
pub use report::{Digits, Report};
pub use sheet::{Sheet, Tone};
