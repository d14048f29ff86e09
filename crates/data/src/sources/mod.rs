//! The sources, one per file.

mod bundled;
mod idx_folder;
mod mnist;

pub use bundled::Bundled;
pub use idx_folder::IdxFolder;
pub use mnist::Mnist;
