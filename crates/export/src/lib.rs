//! Results out: pictures of pattern databases and reconstructions.
//!
//! ```
//! use hopfield_export::{Sheet, Tone};
//!
//! // Two images of 2 × 2 pixels, one beside the other.
//! let images = [0.0, 0.5, 0.5, 1.0, 1.0, 0.5, 0.5, 0.0];
//! let sheet = Sheet::tiles(&images, [2, 2], 2, Tone::Fixed { low: 0.0, high: 1.0 });
//! assert!(sheet.to_png().starts_with(b"\x89PNG"));
//! ```

mod sheet;

pub use sheet::{Sheet, Tone};
