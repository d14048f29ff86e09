//! What every experiment takes and returns.

use burn::tensor::Device;
use hopfield_data::ImageShape;
use hopfield_memory::{MemoryError, Updates};

use crate::network::Network;
use crate::patterns::Patterns;
use crate::table::Table;

/// An experiment: what to measure.
pub trait Experiment {
    /// Its name, also the title of its figure.
    fn name(&self) -> &'static str;

    /// The number of cases to measure.
    fn count(&self) -> usize;

    /// Measures every case. `progress` is called before each one with what is measured.
    ///
    /// # Errors
    ///
    /// A setting is out of range or does not fit the patterns. This is checked before anything is measured.
    fn run(
        &self,
        device: &Device,
        progress: &mut dyn FnMut(String),
    ) -> Result<Outcome, MemoryError>;
}

/// Refuses networks and numbers of patterns that do not fit the patterns.
pub(crate) fn check(
    networks: &[Network],
    sizes: &[usize],
    updates: Updates,
    patterns: &Patterns,
    device: &Device,
) -> Result<(), MemoryError> {
    for &size in sizes {
        patterns.sets(size, 1)?;
    }
    networks.iter().try_for_each(|network| network.check(patterns.dim, updates, device))
}

/// What an experiment found.
#[derive(Debug)]
pub struct Outcome {
    /// The results.
    pub table: Table,
    /// What follows from them, if that is another table.
    pub summary: Option<Table>,
    /// If the patterns are images: for each network, by name, some of its queries and answers.
    pub pictures: Vec<(String, Vec<Picture>)>,
    /// Further results as text files, by name: curves (SVG) and histograms (CSV).
    pub files: Vec<(&'static str, String)>,
}

/// Some queries to a network and its answers: images with pixels in [0, 1], one after the other.
#[derive(Debug)]
pub struct Picture {
    /// The shape of an image.
    pub shape: ImageShape,
    /// The damaged images.
    pub queries: Vec<f32>,
    /// What the network made of them.
    pub answers: Vec<f32>,
    /// The images that were stored, or whatever else the answers are compared with.
    pub stored: Vec<f32>,
}

impl Picture {
    /// The most queries in a picture.
    pub const MOST: usize = 12;
}
