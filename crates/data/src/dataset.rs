//! Rows to train and to test on.

use std::sync::Arc;

use hopfield_arrays::{ImageShape, Scaling};

use crate::scale::Extent;
use crate::{Applied, DataError, Scale, Split};

/// Training and test rows of one length.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The training rows.
    pub train: Split,
    /// Held-out rows.
    pub test: Split,
    /// The shape of the images, if rows are images.
    pub image_shape: Option<ImageShape>,
    /// The names of the labels, if they have some: that of label 0 first.
    pub classes: Vec<String>,
    /// Known if the training rows decided how they are scaled.
    pub(crate) extent: Option<Extent>,
}

impl Dataset {
    /// Training and test rows, each with the shape of its images, if they are some. Numbers are scaled as by [`Scale::Auto`].
    pub(crate) fn new(
        (train, of_train): (Split, Option<ImageShape>),
        (test, of_test): (Split, Option<ImageShape>),
    ) -> Result<Self, DataError> {
        let malformed =
            |problem| DataError::Malformed { file: "training and test data".into(), problem };
        match (of_train, of_test) {
            (Some(a), Some(b)) if a != b => Err(malformed(format!("{a} pixels, but {b}"))),
            _ if train.dim() != test.dim() => Err(malformed(format!(
                "training rows have {} numbers, test rows {}; is the column of labels named in both?",
                train.dim(),
                test.dim()
            ))),
            _ => {
                let image_shape = of_train.or(of_test);
                let classes = Vec::new();
                let raw = Self { train, test, image_shape, classes, extent: None };
                raw.scaled(Scale::default())
            }
        }
    }

    /// The same rows, scaled in another way.
    ///
    /// # Errors
    ///
    /// The training rows can't be read.
    pub fn scaled(self, scale: Scale) -> Result<Self, DataError> {
        let raw = Arc::new(Applied::raw());
        let train = self.train.with(&raw);
        let (applied, extent) = scale.decide(&train)?;
        let applied = Arc::new(applied);
        let (train, test) = (train.with(&applied), self.test.with(&applied));
        Ok(Self { train, test, extent: Some(extent), ..self })
    }

    /// The same rows, with the labels that these names have there, if both have names.
    ///
    /// # Errors
    ///
    /// A name is none of these.
    pub fn labelled_as(mut self, classes: &[String]) -> Result<Self, DataError> {
        if classes.is_empty() || self.classes.is_empty() {
            return Ok(self);
        }
        let place = |name: &String| {
            let place = classes.iter().position(|class| class == name);
            place.map(|place| place as u32).ok_or_else(|| DataError::Malformed {
                file: name.clone(),
                problem: format!(
                    "it is none of the labels that were trained with: {}",
                    classes.join(", ")
                ),
            })
        };
        let places = self.classes.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        self.train.relabel(&places);
        self.test.relabel(&places);
        self.classes = classes.to_vec();
        Ok(self)
    }

    /// The same rows, scaled as others were.
    #[must_use]
    pub fn scaled_as(self, scaling: &Scaling) -> Self {
        // By default, bytes are divided by 255.
        if scaling.is_default() && self.train.applied().bytes {
            return self;
        }
        let applied = Arc::new(Applied { bytes: false, scaling: scaling.clone() });
        let (train, test) = (self.train.with(&applied), self.test.with(&applied));
        Self { train, test, extent: None, ..self }
    }

    /// The range of the scaled training rows and their constant columns, unless they were [scaled as others](Self::scaled_as).
    pub fn extent(&self) -> Option<&Extent> {
        self.extent.as_ref()
    }

    /// What was done to the numbers.
    pub fn scaling(&self) -> &Scaling {
        &self.train.applied().scaling
    }

    /// The shape of an image; of rows that are no images, that of an image of one line.
    pub fn shape(&self) -> ImageShape {
        let line = || ImageShape::new(&[1, self.train.dim()]).expect("a row has numbers");
        self.image_shape.unwrap_or_else(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::{Bundled, Source};

    fn dataset(rows: Vec<f32>, dim: usize) -> Dataset {
        let split = || (Split::new(Store::Floats(rows.clone()), dim, None), None);
        Dataset::new(split(), split()).unwrap()
    }

    #[test]
    fn the_training_rows_decide_the_scale() {
        let digits = Bundled.load().unwrap();
        assert!(digits.scaling().is_default());
        let raw = digits.clone().scaled(Scale::None).unwrap();
        assert_eq!((raw.scaling().black, raw.scaling().white), (0.0, 255.0));
        let unit = digits.clone().scaled(Scale::Unit).unwrap();
        assert_eq!(unit.train.rows(0..9).unwrap(), digits.train.rows(0..9).unwrap());
        assert_eq!(unit.scaling().factor, [255.0]);

        let floats = dataset(vec![-1.0, 5.0, 3.0, 5.0], 2);
        assert_eq!(floats.train.all_rows().unwrap(), [-1.0, 5.0, 3.0, 5.0]);
        assert_eq!((floats.scaling().black, floats.scaling().white), (-1.0, 5.0));
        let standard = floats.clone().scaled(Scale::Standard).unwrap();
        assert_eq!(standard.train.all_rows().unwrap(), [-1.0, 0.0, 1.0, 0.0]);
        assert_eq!(standard.scaling().offset, [1.0, 5.0]);
        assert_eq!(
            floats.scaled(Scale::Unit).unwrap().test.all_rows().unwrap(),
            [0.0, 1.0, 4.0 / 6.0, 1.0]
        );
        // All alike.
        let flat = dataset(vec![7.5; 4], 2).scaled(Scale::Unit).unwrap();
        assert_eq!(flat.train.all_rows().unwrap(), [0.0; 4]);
        assert!(flat.scaling().fits(2));
    }

    /// Bytes are the same numbers, whoever divided them by 255.
    #[test]
    fn bytes_are_scaled_as_other_programs_do() {
        let bytes: Vec<u8> = (0..=255).collect();
        let split = || (Split::new(Store::Bytes(bytes.clone()), 2, None), None);
        let scaled = Dataset::new(split(), split()).unwrap().train.all_rows().unwrap();
        let by_f32: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let by_f64: Vec<f32> = bytes.iter().map(|&byte| (f64::from(byte) / 255.0) as f32).collect();
        assert_eq!((&scaled, &by_f32), (&by_f32, &by_f64));
    }
}
