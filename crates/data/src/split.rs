//! Rows of numbers, with labels if they have some.

use std::ops::Range;
use std::sync::Arc;

use burn_dataset::DatasetError;
use hopfield_arrays::ImageShape;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::index;

use crate::store::{MOST_IN_MEMORY, Store};
use crate::{Applied, DataError, idx};

/// Numbers read at a time.
const BLOCK: usize = 1 << 20;
/// Numbers of a sample.
const SAMPLE: usize = 8 << 20;

/// Rows of numbers of one length, as a network sees them (see [`Scale`](crate::Scale)), with a label each, or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    store: Arc<Store>,
    /// Which rows of the store these are.
    chosen: Vec<u32>,
    dim: usize,
    labels: Option<Vec<u32>>,
    applied: Arc<Applied>,
}

impl Split {
    /// All rows of a store, raw.
    pub(crate) fn new(store: Store, dim: usize, labels: Option<Vec<u32>>) -> Self {
        let count = store.len() / dim;
        assert!(labels.as_ref().is_none_or(|labels| labels.len() == count));
        let chosen = (0..count as u32).collect();
        Self { store: Arc::new(store), chosen, dim, labels, applied: Arc::new(Applied::raw()) }
    }

    /// Reads images and labels from two IDX files, each with its name.
    pub(crate) fn read(
        images: (&str, &[u8]),
        labels: (&str, &[u8]),
    ) -> Result<(Self, ImageShape), DataError> {
        let ([count, height, width], pixels) = idx::read(images.0, images.1, "images", |_| Ok(()))?;
        let ([label_count], read) = idx::read(labels.0, labels.1, "labels", |_| Ok(()))?;
        if count != label_count {
            return Err(DataError::Malformed {
                file: format!("{} and {}", images.0, labels.0),
                problem: format!("{count} images, but {label_count} labels"),
            });
        }
        let shape =
            ImageShape::new(&[height, width]).expect("neither is 0, and the pixels are there");
        let labels = read.into_iter().map(u32::from).collect();
        Ok((Self::new(Store::Bytes(pixels), shape.dim(), Some(labels)), shape))
    }

    /// The rows at these places.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn at(&self, places: &[usize]) -> Self {
        let chosen = places.iter().map(|&place| self.chosen[place]).collect();
        let labels = self.labels.as_ref();
        let labels = labels.map(|labels| places.iter().map(|&place| labels[place]).collect());
        Self { chosen, labels, ..self.clone() }
    }

    /// Takes the last `count` rows out, and returns them.
    ///
    /// # Panics
    ///
    /// If `count` is 0 or not less than the number of rows.
    pub fn keep_back(&mut self, count: usize) -> Self {
        assert!((1..self.count()).contains(&count), "{count} of {} rows", self.count());
        let first = self.count() - count;
        Self {
            chosen: self.chosen.split_off(first),
            labels: self.labels.as_mut().map(|labels| labels.split_off(first)),
            ..self.clone()
        }
    }

    /// Takes `count` rows out, drawn by the seed, and returns them. Both keep their order.
    ///
    /// # Panics
    ///
    /// If `count` is 0 or not less than the number of rows.
    pub fn draw_out(&mut self, count: usize, seed: u64) -> Self {
        let all = self.count();
        assert!((1..all).contains(&count), "{count} of {all} rows");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(u64::MAX);
        let mut is_out = vec![false; all];
        index::sample(&mut random, all, count).into_iter().for_each(|row| is_out[row] = true);
        let (out, rest): (Vec<_>, Vec<_>) = (0..all).partition(|&row| is_out[row]);
        let out = self.at(&out);
        *self = self.at(&rest);
        out
    }

    /// The rows to train on, and this share of all to test on, drawn by the seed; both keep their order. Errors call them `name`.
    pub(crate) fn shared(&self, name: &str, share: f64, seed: u64) -> Result<[Self; 2], DataError> {
        let count = self.count();
        if count < 2 {
            return Err(DataError::Malformed {
                file: name.to_owned(),
                problem: "it has a single row; needed are two or more, to train and to test".into(),
            });
        }
        let tested = ((share * count as f64).round() as usize).clamp(1, count - 1);
        let mut train = self.clone();
        let test = train.draw_out(tested, seed);
        Ok([train, test])
    }

    /// The number of rows, at least 1.
    pub fn count(&self) -> usize {
        self.chosen.len()
    }

    /// d, the numbers of a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Which row of its file a row is, counted from 0.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn row_of(&self, place: usize) -> usize {
        self.chosen[place] as usize
    }

    /// The labels, one per row, if there are any.
    pub fn labels(&self) -> Option<&[u32]> {
        self.labels.as_deref()
    }

    /// Rows, one after the other.
    ///
    /// # Errors
    ///
    /// They can't be read.
    ///
    /// # Panics
    ///
    /// If there are no such rows.
    pub fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>, DataError> {
        self.gather(rows)
    }

    /// The rows at these places, one after the other.
    ///
    /// # Errors
    ///
    /// They can't be read.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn rows_at(&self, places: &[usize]) -> Result<Vec<f32>, DataError> {
        self.gather(places.iter().copied())
    }

    /// All rows, one after the other: `count × dim` numbers.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub fn all_rows(&self) -> Result<Vec<f32>, DataError> {
        self.gather(0..self.count())
    }

    fn gather(&self, places: impl ExactSizeIterator<Item = usize>) -> Result<Vec<f32>, DataError> {
        let mut rows = Vec::with_capacity(places.len() * self.dim);
        // Rows that stand one after the other are read together.
        let mut next: Option<Range<usize>> = None;
        for place in places {
            let row = self.chosen[place] as usize;
            match &mut next {
                Some(run) if run.end == row => run.end += 1,
                _ => {
                    if let Some(run) = next.replace(row..row + 1) {
                        self.store.append(run.start, run.len(), self.dim, &mut rows)?;
                    }
                }
            }
        }
        if let Some(run) = next {
            self.store.append(run.start, run.len(), self.dim, &mut rows)?;
        }
        self.store.check_unchanged()?;
        self.applied.apply(&mut rows);
        Ok(rows)
    }

    /// All rows, some at a time: about a million numbers.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub fn each_block(&self, mut see: impl FnMut(&[f32])) -> Result<(), DataError> {
        let most = (BLOCK / self.dim).max(1);
        for first in (0..self.count()).step_by(most) {
            see(&self.rows(first..self.count().min(first + most))?);
        }
        Ok(())
    }

    /// Whether it has so many numbers that only a sample of it is kept on a device.
    pub fn is_large(&self) -> bool {
        self.count().saturating_mul(self.dim) > MOST_IN_MEMORY
    }

    /// All rows, or, if there are [too many](Self::is_large), some of them, drawn by the seed: 8 million numbers.
    #[must_use]
    pub fn sampled(&self, seed: u64) -> Self {
        if self.is_large() { self.sample(seed) } else { self.clone() }
    }

    /// All rows, or, if there are more, 8 million numbers of them, drawn by the seed.
    #[must_use]
    pub fn sample(&self, seed: u64) -> Self {
        let count = (SAMPLE / self.dim).clamp(1, self.count());
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut places = index::sample(&mut random, self.count(), count).into_vec();
        places.sort_unstable();
        self.at(&places)
    }

    /// Whether all raw numbers are whole, from 0 to 255.
    pub(crate) fn is_bytes(&self) -> bool {
        self.store.is_bytes()
    }

    /// What was done to the numbers.
    pub(crate) fn applied(&self) -> &Applied {
        &self.applied
    }

    /// The same rows, to whose numbers this is done.
    pub(crate) fn with(self, applied: &Arc<Applied>) -> Self {
        Self { applied: applied.clone(), ..self }
    }

    /// Gives every label its place in `places`.
    pub(crate) fn relabel(&mut self, places: &[u32]) {
        let labels = self.labels.iter_mut().flatten();
        labels.for_each(|label| *label = places[*label as usize]);
    }
}

/// A row with its label, as Burn's data loaders take them from a [`Split`].
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its numbers.
    pub numbers: Vec<f32>,
    /// Its label, if rows have some.
    pub label: Option<u32>,
}

/// A split can be used with Burn's `DataLoaderBuilder`, samplers and transforms.
impl burn_dataset::Dataset<Row> for Split {
    fn get(&self, index: usize) -> Result<Row, DatasetError> {
        let label = self.labels.as_ref().map(|labels| labels[index]);
        let numbers = self.rows_at(&[index]);
        let numbers = numbers.map_err(DatasetError::new)?;
        Ok(Row { numbers, label })
    }

    fn len(&self) -> usize {
        self.count()
    }
}

#[cfg(test)]
mod tests {
    use burn_dataset::Dataset as _;
    use burn_dataset::transform::SamplerDataset;

    use super::*;
    use crate::{Bundled, Source};

    #[test]
    fn what_is_kept_back_are_the_last_rows() {
        let all = Bundled.load().unwrap().test;
        let mut first = all.clone();
        let last = first.keep_back(300);
        assert_eq!((first.count(), last.count()), (all.count() - 300, 300));
        assert_eq!(
            [first.all_rows().unwrap(), last.all_rows().unwrap()].concat(),
            all.all_rows().unwrap()
        );
        let labels = [first.labels().unwrap(), last.labels().unwrap()].concat();
        assert_eq!(labels, all.labels().unwrap());
        assert_eq!(last.dim(), 784);
        let some = all.at(&[7, 3]);
        assert_eq!(some.all_rows().unwrap(), all.rows_at(&[7, 3]).unwrap());
        assert_eq!(some.labels().unwrap(), [all.labels().unwrap()[7], all.labels().unwrap()[3]]);
    }

    #[test]
    fn a_split_is_a_dataset_of_burn() {
        let test = Bundled.load().unwrap().test;
        assert_eq!((test.len(), test.iter().count()), (2_000, 2_000));
        let row = test.get(1).unwrap();
        assert_eq!(row.numbers, test.all_rows().unwrap()[784..2 * 784]);
        assert_eq!(row.label, Some(2));
        let sampled = SamplerDataset::with_replacement(test.clone(), 50);
        let drawn: Vec<Row> = sampled.iter().map(Result::unwrap).collect();
        assert_eq!(drawn.len(), 50);
        assert!(drawn.iter().all(|row| row.numbers.len() == test.dim() && row.label < Some(10)));
    }
}
