//! How settings of other crates are written, for the schema. Those crates read and write them.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use hopfield_layer::{ScheduleShape, Separation};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::schema::positive;

/// Values of their own: the layer compares with its patterns, but answers with its values.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Values {
    /// Their dimension, which is the input dimension of the next layer. 0: the number of pixels.
    #[schemars(range(min = 0, max = 1_000_000), extend("default" = 0))]
    dim: usize,
    /// How the values start.
    #[schemars(extend("default" = {}))]
    init: Init,
}

/// [`hopfield_layer::Init`]
#[derive(JsonSchema)]
#[schemars(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Init {
    /// Random and normal.
    Normal {
        /// Mean.
        #[schemars(range(min = -3.4e38, max = 3.4e38), extend("default" = 0.0))]
        mean: f64,
        /// Standard deviation.
        #[schemars(schema_with = "positive", extend("default" = 0.3))]
        std: f64,
    },
    /// Random and uniform.
    Uniform {
        /// Smallest value.
        #[schemars(range(min = -3.4e38, max = 3.4e38), extend("default" = 0.0))]
        low: f64,
        /// Largest value.
        #[schemars(range(min = -3.4e38, max = 3.4e38), extend("default" = 1.0))]
        high: f64,
    },
    /// Training images, drawn at random.
    Data,
    /// Training images that lie far apart: the seeding of k-means++.
    #[schemars(rename = "k_means++")]
    KMeansPlusPlus,
}

/// [`hopfield_layer::Separation`]
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum SeparationForm {
    Name(#[schemars(extend("enum" = separations()))] String),
    Table(SeparationTable),
}

/// The kind of separation.
#[derive(JsonSchema)]
#[schemars(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum SeparationTable {
    Softmax,
    Sparsemax,
    #[schemars(rename = "entmax_1.5")]
    Entmax15,
    Softmax1,
    LogSumRelu,
    TopK {
        /// The k best patterns share the weight.
        #[schemars(range(min = 1, max = 1_000_000))]
        k: usize,
    },
    Polynomial {
        /// The power of the (positive) scores; the weights do not depend on β.
        #[schemars(range(min = 1, max = 100))]
        degree: u32,
    },
}

/// [`hopfield_layer::Beta`]
#[derive(JsonSchema)]
#[schemars(untagged, deny_unknown_fields)]
pub(super) enum Beta {
    Fixed(#[schemars(schema_with = "positive")] f64),
    Start {
        /// The first β, or a list with one for every head.
        #[schemars(extend("default" = 0.3))]
        start: Start,
        /// Whether β is trained.
        #[schemars(extend("default" = true))]
        trainable: bool,
    },
    Spread {
        /// β is set on the first batch so that the standard deviation of β·C across the patterns is this number.
        #[schemars(schema_with = "positive")]
        spread: f64,
        /// Whether β is trained.
        #[schemars(extend("default" = true))]
        trainable: bool,
    },
    Schedule {
        /// β at the first step of the training.
        #[schemars(schema_with = "positive")]
        from: f64,
        /// β at the last step of the training.
        #[schemars(schema_with = "positive")]
        to: f64,
        /// How β gets from one to the other.
        #[schemars(with = "String", extend("enum" = ScheduleShape::ALL, "default" = ScheduleShape::Exponential))]
        shape: ScheduleShape,
    },
}

#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Start {
    OfAll(#[schemars(schema_with = "positive")] f64),
    PerHead(#[schemars(schema_with = "positives")] Vec<f64>),
}

fn positives(generator: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "array", "items": positive(generator), "minItems": 1 })
}

/// Those that need nothing but their name.
fn separations() -> Vec<Separation> {
    Separation::ALL.into_iter().filter(|separation| separation.parameter().is_none()).collect()
}
