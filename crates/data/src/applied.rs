//! What is done to the numbers of a file.

use hopfield_arrays::Scaling;

use crate::store::is_byte;

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

    /// What is done to these rows for a network with this [`Scaling`]. By default, whole numbers from 0 to 255 are divided by 255 if one of
    /// them is `least_byte` or more.
    pub fn to(rows: &[f32], scaling: &Scaling, least_byte: f32) -> Self {
        let bytes = scaling.is_default()
            && rows.iter().all(is_byte)
            && rows.iter().any(|&number| number >= least_byte);
        Self { bytes, scaling: scaling.clone() }
    }

    /// From the numbers of a file to those that a network sees, in whole rows.
    pub fn apply(&self, rows: &mut [f32]) {
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
