//! Ranges of numbers, evenly divided or drawn from.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

/// A range of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Whether numbers are spaced evenly by their logarithms.
    pub(super) logarithmic: bool,
    /// Whether its numbers are whole.
    pub(super) whole: bool,
}

impl Range {
    /// So many numbers, evenly spaced, from one end to the other; of whole ones no number twice.
    pub(super) fn divided(self, count: usize) -> Vec<Value> {
        let place = |index| index as f64 / (count - 1) as f64;
        let mut values: Vec<Value> = (0..count).map(|index| self.at(place(index))).collect();
        values.dedup();
        values
    }

    /// The number of this draw; each key has a stream of its own.
    pub(super) fn drawn(self, stream: u64, draw: u64) -> Value {
        let mut rng = ChaCha8Rng::seed_from_u64(draw);
        rng.set_stream(stream);
        self.at(rng.random())
    }

    /// The number at a place in [0, 1], with four significant digits.
    fn at(self, place: f64) -> Value {
        let between = |from: f64, to: f64| from + place * (to - from);
        let number = match self.logarithmic {
            true => between(self.from.ln(), self.to.ln()).exp(),
            false => between(self.from, self.to),
        };
        match self.whole {
            true => Value::from(number.round() as i64),
            false => {
                let rounded = format!("{number:.3e}");
                Value::from(rounded.parse::<f64>().unwrap_or(number).clamp(self.from, self.to))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: f64, to: f64, logarithmic: bool, whole: bool) -> Range {
        Range { from, to, logarithmic, whole }
    }

    #[test]
    fn numbers_are_evenly_spaced_with_four_digits() {
        let of = |range: Range, count| Value::from(range.divided(count)).to_string();
        assert_eq!(of(range(0.1, 10.0, true, false), 5), "[0.1,0.3162,1.0,3.162,10.0]");
        assert_eq!(of(range(0.0, 1.0, false, false), 4), "[0.0,0.3333,0.6667,1.0]");
        assert_eq!(of(range(16.0, 256.0, true, true), 5), "[16,32,64,128,256]");
        assert_eq!(of(range(1.0, 3.0, true, true), 5), "[1,2,3]");
    }

    #[test]
    fn draws_are_spread_over_the_range_and_stay_the_same() {
        let range = range(0.01, 100.0, true, false);
        let drawn = |stream| (0..1000).map(move |draw| range.drawn(stream, draw).as_f64().unwrap());
        assert!(drawn(0).all(|number| (0.01..=100.0).contains(&number)));
        // By its logarithm, half of the range lies below 1.
        let below = drawn(0).filter(|&number| number < 1.0).count();
        assert!((400..600).contains(&below), "{below}");
        assert!(drawn(0).eq(drawn(0)) && drawn(0).ne(drawn(1)));
    }
}
