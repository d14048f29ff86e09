//! What is done to the numbers of a file.

use hopfield_arrays::Scaling;

/// What is done to numbers of files.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Whether numbers are bytes, to be divided by 255 first. They count as numbers from 0 to 1 everywhere else.
    pub(crate) bytes: bool,
    pub(crate) scaling: Scaling,
}

impl Applied {
    /// Nothing is done.
    pub(crate) fn raw() -> Self {
        Self { bytes: false, scaling: Scaling::default() }
    }

    /// From the numbers of a file to those that a network sees, in whole rows.
    pub(crate) fn apply(&self, rows: &mut [f32]) {
        if self.bytes {
            rows.iter_mut().for_each(|number| *number /= 255.0);
        }
        self.scaling.apply(rows);
    }

    /// From the numbers that a network sees to those of the file, in whole rows.
    pub fn undo(&self, rows: &mut [f32]) {
        self.scaling.undo(rows);
        if self.bytes {
            rows.iter_mut().for_each(|number| *number *= 255.0);
        }
    }
}
