//! `patterns.png`, drawn again while a run trains.

use std::time::{Duration, Instant};

use burn::module::Module;
use hopfield_database::DatabaseFile;
use hopfield_report::Format;

use super::trainer::Trainer;
use crate::TrainError;
use crate::run_folder::PATTERNS;

/// The shortest time between two drawings.
const REDRAWN_AFTER: Duration = Duration::from_secs(2);
/// Stacks with more numbers are drawn at the end only.
const MOST_REDRAWN: usize = 4_000_000;

impl Trainer<'_> {
    /// Draws the patterns as they are now, every few seconds, so that they can be watched while they grow.
    pub(super) fn redraw(&mut self) -> Result<(), TrainError> {
        let is_fresh = self.drawn.is_some_and(|drawn| drawn.elapsed() < REDRAWN_AFTER);
        let are_images = self.run.image_shape.is_some();
        if !are_images || is_fresh || self.state.stack.num_params() > MOST_REDRAWN {
            return Ok(());
        }
        let bytes = self.run.database(&self.state.stack.valid()).to_archive().to_bytes();
        let mut database = DatabaseFile::from_bytes(&self.folder.path.join(PATTERNS), bytes)?;
        self.export_as(Format::Png, &[], &mut database)?;
        self.drawn = Some(Instant::now());
        Ok(())
    }
}
