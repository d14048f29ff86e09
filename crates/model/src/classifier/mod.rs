//! Classification by association: memories of images with their labels.

mod association;
mod gradients;
mod labels;
mod network;
#[cfg(test)]
mod tests;

pub use association::Association;
pub use gradients::{ClassifierGradients, ClassifierLoss};
pub use network::Classifier;
