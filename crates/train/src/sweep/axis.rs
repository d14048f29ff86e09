//! Axes: what runs differ in.

use serde_json::Value;

use super::range::Range;
use crate::config::Place;

/// A key, one of its values, and where that is written.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) at: Place,
}

impl Setting {
    /// As for `--set`, on one line; an empty text removes the key.
    pub(super) fn assignment(&self) -> (String, Place) {
        let value = match &self.value {
            value if value == "" => String::new(),
            Value::Object(_) => toml::Value::try_from(&self.value)
                .map_or_else(|_| String::new(), |value| value.to_string()),
            // Without tables, JSON is TOML.
            value => value.to_string(),
        };
        (format!("{}={value}", self.key), self.at.clone())
    }
}

/// An axis: its positions, each with a value of every key of the axis.
pub(super) type Axis = Vec<Vec<Setting>>;

/// A range that values of a key are drawn from.
#[derive(Debug)]
pub(super) struct Random {
    pub(super) key: String,
    pub(super) range: Range,
    pub(super) at: Place,
}

/// Every position of every axis with every other, those of the first axis slowest.
pub(super) fn grid(axes: &[Axis]) -> Vec<Vec<&Setting>> {
    axes.iter().fold(vec![Vec::new()], |so_far, axis| {
        let with = |before: &Vec<_>| {
            let before = before.clone();
            axis.iter().map(move |position| before.iter().copied().chain(position).collect())
        };
        so_far.iter().flat_map(with).collect()
    })
}

/// So many draws of all random keys. The first ones are the same, however many there are.
pub(super) fn draws(random: &[Random], count: usize) -> impl Iterator<Item = Vec<Setting>> {
    (0..count as u64).map(|draw| {
        let drawn = |(place, Random { key, range, at }): (usize, &Random)| Setting {
            key: key.clone(),
            value: range.drawn(place as u64, draw),
            at: at.clone(),
        };
        random.iter().enumerate().map(drawn).collect()
    })
}
