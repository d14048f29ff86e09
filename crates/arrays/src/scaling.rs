//! How the numbers of a file become those that a network is trained on.

use serde::{Deserialize, Serialize};

/// The numbers y of a row that a network sees, made of the numbers x of a file, and the grey values g of pictures:
///
/// ```text
/// y = (x − offset) / factor        g = (x − black) / (white − black), from 0 (black) to 1 (white)
/// ```
///
/// Offset and factor are the same for all columns, or each has its own. By default all three are the same numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// What is subtracted: one number, or one for each column.
    pub offset: Vec<f32>,
    /// What is divided by then, not 0.
    pub factor: Vec<f32>,
    /// The number of a file that is black in a picture.
    pub black: f32,
    /// The number that is white.
    pub white: f32,
}

impl Default for Scaling {
    fn default() -> Self {
        Self { offset: vec![0.0], factor: vec![1.0], black: 0.0, white: 1.0 }
    }
}

impl Scaling {
    /// Whether a network sees the numbers of the file, and pictures show them from 0 to 1.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it fits rows of `dim` numbers.
    pub fn fits(&self, dim: usize) -> bool {
        let fits = |numbers: &[f32]| numbers.len() == 1 || numbers.len() == dim;
        let finite = |number: &f32| number.is_finite();
        fits(&self.offset)
            && fits(&self.factor)
            && self.offset.iter().chain([&self.black, &self.white]).all(finite)
            && self.factor.iter().all(|factor| factor.is_normal())
            && self.black < self.white
    }

    /// Whether all columns are scaled alike.
    pub fn is_uniform(&self) -> bool {
        self.offset.len() == 1 && self.factor.len() == 1
    }

    /// From the numbers of a file to those of the network, in whole rows.
    pub fn apply(&self, rows: &mut [f32]) {
        self.each(rows, |x, offset, factor| (x - offset) / factor);
    }

    /// From the numbers of the network to those of a file, in whole rows.
    pub fn undo(&self, rows: &mut [f32]) {
        self.each(rows, |y, offset, factor| y * factor + offset);
    }

    /// From the numbers of the network to grey values, in whole rows.
    pub fn to_grey(&self, rows: &mut [f32]) {
        self.undo(rows);
        if (self.black, self.white) != (0.0, 1.0) {
            let [black, white] = [self.black, self.white].map(f64::from); // their difference may overflow f32
            rows.iter_mut().for_each(|x| *x = ((f64::from(*x) - black) / (white - black)) as f32);
        }
    }

    /// From grey values to the numbers of the network, in whole rows.
    pub fn from_grey(&self, rows: &mut [f32]) {
        if (self.black, self.white) != (0.0, 1.0) {
            let [black, white] = [self.black, self.white].map(f64::from);
            rows.iter_mut().for_each(|g| *g = (black + f64::from(*g) * (white - black)) as f32);
        }
        self.apply(rows);
    }

    fn each(&self, rows: &mut [f32], change: impl Fn(f32, f32, f32) -> f32) {
        if (&self.offset[..], &self.factor[..]) == (&[0.0], &[1.0]) {
            return;
        }
        let columns = self.offset.len().max(self.factor.len());
        for row in rows.chunks_mut(columns) {
            let numbers = row.iter_mut().zip(self.offset.iter().cycle());
            for ((x, &offset), &factor) in numbers.zip(self.factor.iter().cycle()) {
                *x = change(*x, offset, factor);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_can_be_undone() {
        let of_all = Scaling { offset: vec![2.0], factor: vec![4.0], black: -2.0, white: 6.0 };
        let mut rows = vec![-2.0, 0.0, 6.0, 4.0];
        of_all.apply(&mut rows);
        assert_eq!(rows, [-1.0, -0.5, 1.0, 0.5]);
        of_all.to_grey(&mut rows);
        assert_eq!(rows, [0.0, 0.25, 1.0, 0.75]);
        of_all.from_grey(&mut rows);
        of_all.undo(&mut rows);
        assert_eq!(rows, [-2.0, 0.0, 6.0, 4.0]);

        let by_column = Scaling { offset: vec![0.0, 1.0], factor: vec![2.0], ..Scaling::default() };
        by_column.apply(&mut rows);
        assert_eq!(rows, [-1.0, -0.5, 3.0, 1.5]);
        assert!(by_column.fits(2) && !by_column.fits(4) && !by_column.is_uniform());
        let flat = Scaling { white: 0.0, ..Scaling::default() };
        assert!(!flat.fits(2) && Scaling::default().fits(7) && Scaling::default().is_default());
    }
}
