//! `[training]`: how the network learns.

use hopfield_layer::Precision;
use hopfield_model::Schedule;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::schema::positive;

/// `[training]`: how the network learns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Passes over the training images.
    #[schemars(range(min = 1, max = 1_000_000), extend("default" = 60))]
    pub epochs: u64,
    /// Images per step.
    #[schemars(range(min = 1, max = 1_000_000), extend("default" = 128))]
    pub batch_size: usize,
    /// Each time a training image is used, it is shifted by a random number of pixels, up to this many in each direction, so that the network
    /// sees more variants than there are images. Edge pixels are repeated.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0, max = 1000), extend("default" = 0))]
    pub shift: usize,
    /// η of patterns and values, for the squared error summed over pixels and averaged over the batch.
    #[schemars(schema_with = "positive", extend("default" = 0.1))]
    pub learning_rate: f64,
    /// η of log β, for the same error.
    #[serde(default)]
    #[schemars(range(min = 0, max = 3.4e38), extend("default" = 1e-4))]
    pub beta_learning_rate: f64,
    /// μ, the momentum of SGD; 0 is plain SGD.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1, "default" = 0.9))]
    pub momentum: f64,
    /// The gradient of each pattern is shortened to this length if it is longer. This allows learning rates from 1 to 64.
    #[schemars(schema_with = "positive", extend("default" = null))]
    pub gradient_limit: Option<f64>,
    /// λ: for every layer with softmax or softmax1, λ·KL(equal weights ‖ mean weights of the batch) is added to the error, so that no
    /// pattern stays unused. 0.5 is a good start. Reported errors do not include it.
    #[serde(default)]
    #[schemars(range(min = 0, max = 3.4e38), extend("default" = 0.0))]
    pub balance: f64,
    /// How exactly the layers' products of matrices are found in a step: `"tf32"` and `"bf16"` round their factors to 11 and 8 binary
    /// digits, for the tensor cores of GPUs. Sums, patterns and all measures stay exact.
    #[serde(default, skip_serializing_if = "is_exact")]
    #[schemars(with = "String", extend("enum" = Precision::ALL, "default" = Precision::F32))]
    pub precision: Precision,
    /// How the learning rates change over the training. `"constant"`: They stay as they are. `"cosine"`: They fall to 0 along half a cosine.
    #[schemars(with = "String", extend("enum" = Schedule::ALL, "default" = Schedule::Cosine))]
    pub schedule: Schedule,
    /// Every so many epochs, patterns that no image uses are replaced by training images. 0: never.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000), extend("default" = 0))]
    pub reseed_every: u64,
}

/// Trainings without shifts keep the configs that they had before there were any.
fn is_zero(shift: &usize) -> bool {
    *shift == 0
}

/// Exact trainings have the configs that they had before there were others.
fn is_exact(precision: &Precision) -> bool {
    *precision == Precision::F32
}

/// The keys of `[training]` that a classifier does not have.
pub(super) const NOT_OF_A_CLASSIFIER: [&str; 5] =
    ["beta_learning_rate", "gradient_limit", "balance", "precision", "reseed_every"];

/// Adds to the schema of a config what differs for a classifier.
pub(super) fn classifier(schema: &mut Schema) {
    let mut training = json!({
        "learning_rate": {
            "default": 0.04,
            "description": "ε, the largest change of an entry of each memory in a step; memories are in [−1, 1].",
        },
        "momentum": { "default": 0.6, "description": "μ, the momentum of the steps." },
    });
    for key in NOT_OF_A_CLASSIFIER {
        training[key] = json!(false);
    }
    let kind = json!({ "properties": { "kind": { "const": "classify" } }, "required": ["kind"] });
    schema.insert("if".into(), json!({ "properties": { "task": kind }, "required": ["task"] }));
    let with = "with task.kind = \"classify\"";
    let layers = format!("no layers {with}; a classifier has task.memories");
    let properties = json!({
        "devices": { "maxItems": 1, "x-allowed": format!("one {with}") },
        "layers": { "maxItems": 0, "x-allowed": layers },
        "residual": { "const": false, "x-allowed": format!("false {with}") },
        "training": { "properties": training },
    });
    schema.insert("then".into(), json!({ "properties": properties }));
    schema.remove("required");
    schema.insert("else".into(), json!({ "required": ["layers"] }));
}
