//! Classification by association: memories of images with their labels.

mod association;
mod border;
mod gradients;
mod labels;
mod network;
#[cfg(test)]
mod tests;

pub use association::Association;
pub use border::Crossed;
pub use gradients::{ClassifierGradients, ClassifierLoss};
pub use network::Classifier;
