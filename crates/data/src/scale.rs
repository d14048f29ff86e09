//! What is done to numbers before a network sees them.

use hopfield_arrays::Scaling;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Applied, DataError, Split};

/// What is done to the numbers of a file before a network sees them. The training rows decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Bytes (whole numbers from 0 to 255, of whatever type, of which one is 128 or more) are divided by 255; others stay as they are.
    #[default]
    Auto,
    /// The smallest number becomes 0, the largest 1.
    Unit,
    /// Every column gets mean 0 and standard deviation 1; a constant one becomes 0.
    Standard,
    /// All numbers stay as they are.
    None,
}

/// Numbers count as bytes only if one is at least this large.
pub(crate) const HALF: f32 = 128.0;

impl Scale {
    /// What is to be done with the numbers of these rows, which are raw.
    pub(crate) fn decide(self, train: &Split) -> Result<(Applied, Extent), DataError> {
        let mut columns = Columns::of(train, self == Self::Standard)?;
        let [low, high] = [least(&columns.low), most(&columns.high)];
        let whole = train.is_bytes() && high >= HALF;
        let (black, white) = match (low, high) {
            (0.0.., ..=1.0) => (0.0, 1.0),
            _ if whole => (0.0, 255.0),
            (low, high) if low < high => (low, high),
            (low, _) => (low, low + low.abs().max(1.0)),
        };
        let shown = Scaling { black, white, ..Scaling::default() };
        let bytes = self == Self::Auto && whole;
        let scaling = match self {
            Self::Auto if bytes => Scaling::default(),
            Self::Auto | Self::None => shown,
            Self::Unit => {
                let width = if low < high { high - low } else { 1.0 };
                Scaling { offset: vec![low], factor: vec![width], ..shown }
            }
            Self::Standard => {
                let (offset, factor) = columns.means_and_deviations();
                Scaling { offset, factor, ..shown }
            }
        };
        if !scaling.fits(train.dim()) {
            return Err(DataError::Malformed {
                file: "training rows".to_owned(),
                problem: format!(
                    "their numbers go from {low} to {high}, which f32 can't scale; scale them before, or give data.scale = \"none\""
                ),
            });
        }
        let (applied, constant) = (Applied { bytes, scaling }, columns.constant());
        applied.apply(&mut columns.low);
        applied.apply(&mut columns.high);
        let range = [least(&columns.low), most(&columns.high)];
        Ok((applied, Extent { range, constant }))
    }
}

/// What the training rows look like once they are scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Extent {
    /// The smallest and the largest number.
    pub range: [f32; 2],
    /// The columns that have the same number in all rows.
    pub constant: Vec<usize>,
}

/// Statistics of the columns of some rows.
struct Columns {
    rows: f64,
    low: Vec<f32>,
    high: Vec<f32>,
    /// Sums of the differences to the first row, and of their squares; empty if they were not asked for.
    sums: Vec<f64>,
    squares: Vec<f64>,
    first: Vec<f32>,
}

impl Columns {
    fn of(split: &Split, with_sums: bool) -> Result<Self, DataError> {
        let dim = split.dim();
        let first = split.rows(0..1)?;
        let [sums, squares] = [(); 2].map(|()| vec![0.0; if with_sums { dim } else { 0 }]);
        let (low, high, rows) = (first.clone(), first.clone(), split.count() as f64);
        let mut columns = Self { rows, low, high, sums, squares, first };
        split.each_block(|rows| {
            for row in rows.chunks_exact(dim) {
                for ((low, high), &x) in columns.low.iter_mut().zip(&mut columns.high).zip(row) {
                    (*low, *high) = (low.min(x), high.max(x));
                }
                let sums = columns.sums.iter_mut().zip(&mut columns.squares);
                for ((sum, square), (&x, &first)) in sums.zip(row.iter().zip(&columns.first)) {
                    let difference = f64::from(x) - f64::from(first);
                    *sum += difference;
                    *square += difference * difference;
                }
            }
        })?;
        Ok(columns)
    }

    fn constant(&self) -> Vec<usize> {
        (0..self.low.len()).filter(|&column| self.low[column] == self.high[column]).collect()
    }

    fn means_and_deviations(&self) -> (Vec<f32>, Vec<f32>) {
        let of = |column: usize| {
            let mean = self.sums[column] / self.rows;
            let variance = (self.squares[column] / self.rows - mean * mean).max(0.0);
            let deviation = variance.sqrt() as f32;
            let deviation = if deviation.is_normal() { deviation } else { 1.0 };
            ((f64::from(self.first[column]) + mean) as f32, deviation)
        };
        (0..self.sums.len()).map(of).unzip()
    }
}

fn least(numbers: &[f32]) -> f32 {
    numbers.iter().copied().fold(f32::INFINITY, f32::min)
}

fn most(numbers: &[f32]) -> f32 {
    numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}
