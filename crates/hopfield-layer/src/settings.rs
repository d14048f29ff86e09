//! How patterns and values start, and where they stay.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// How patterns or values start.
///
/// In files: `{ kind = "normal", mean = 0.0, std = 1.0 }`, `{ kind = "uniform", low = 0.0, high = 1.0 }`,
/// `{ kind = "data" }` or `{ kind = "k_means++" }`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Form", tag = "kind", rename_all = "snake_case")]
pub enum Init {
    /// Every entry is uniform in [low, high).
    Uniform {
        /// Lower end, included.
        low: f64,
        /// Upper end, excluded.
        high: f64,
    },
    /// Every entry is normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// Distinct examples, drawn at random from data.
    Data,
    /// Distinct examples that lie far apart: the seeding of k-means++ (Arthur & Vassilvitskii 2007).
    #[serde(rename = "k_means++")]
    KMeansPlusPlus,
}

/// What [`Init`] is read from: serde ignores unknown keys beside a variant without fields, but not beside one with none.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Form {
    Uniform {
        low: f64,
        high: f64,
    },
    Normal {
        mean: f64,
        std: f64,
    },
    Data {},
    #[serde(rename = "k_means++")]
    KMeansPlusPlus {},
}

impl From<Form> for Init {
    fn from(form: Form) -> Self {
        match form {
            Form::Uniform { low, high } => Self::Uniform { low, high },
            Form::Normal { mean, std } => Self::Normal { mean, std },
            Form::Data {} => Self::Data,
            Form::KMeansPlusPlus {} => Self::KMeansPlusPlus,
        }
    }
}

impl Init {
    /// One of each kind; the numbers are those of the standard distributions.
    pub const ALL: [Self; 4] = [
        Self::Normal { mean: 0.0, std: 1.0 },
        Self::Uniform { low: 0.0, high: 1.0 },
        Self::Data,
        Self::KMeansPlusPlus,
    ];

    /// The name of its kind: `normal`, `uniform`, `data` or `k_means++`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Normal { .. } => "normal",
            Self::Uniform { .. } => "uniform",
            Self::Data => "data",
            Self::KMeansPlusPlus => "k_means++",
        }
    }

    /// Whether it draws from data.
    pub const fn needs_data(self) -> bool {
        matches!(self, Self::Data | Self::KMeansPlusPlus)
    }
}

/// The closed range [low, high] in which every entry of patterns and values is kept. In files: `[low, high]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct Range {
    /// Smallest value allowed.
    pub low: f64,
    /// Largest value allowed.
    pub high: f64,
}

impl Range {
    /// Moves every entry to the nearest number in the range.
    pub fn project(self, rows: Tensor<2>) -> Tensor<2> {
        rows.clamp(self.low, self.high)
    }
}

impl From<[f64; 2]> for Range {
    fn from([low, high]: [f64; 2]) -> Self {
        Self { low, high }
    }
}

impl From<Range> for [f64; 2] {
    fn from(Range { low, high }: Range) -> Self {
        [low, high]
    }
}

/// Values `V [N, m]` of their own: the layer compares with H, but answers with V.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    /// m, the dimension of an answer.
    pub dim: usize,
    /// How the values start. If they are drawn from data, as the patterns are, both are the same examples.
    pub init: Init,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn settings_are_written_as_in_a_config() {
        assert_eq!(json!(Init::ALL[0]), json!({ "kind": "normal", "mean": 0.0, "std": 1.0 }));
        assert_eq!(json!(Init::ALL[1]), json!({ "kind": "uniform", "low": 0.0, "high": 1.0 }));
        for init in Init::ALL {
            assert_eq!(json!(init)["kind"], init.kind());
            assert_eq!(from_value::<Init>(json!(init)).unwrap(), init);
        }
        let range = Range { low: -0.5, high: 2.0 };
        assert_eq!(json!(range), json!([-0.5, 2.0]));
        assert_eq!(from_value::<Range>(json!([-0.5, 2])).unwrap(), range);
        let values = Values { dim: 3, init: Init::Data };
        assert_eq!(json!(values), json!({ "dim": 3, "init": { "kind": "data" } }));
        assert_eq!(from_value::<Values>(json!(values)).unwrap(), values);
        for wrong in [json!({ "kind": "data", "std": 1.0 }), json!({ "kind": "zeros" })] {
            assert!(from_value::<Init>(wrong).is_err());
        }
    }
}
