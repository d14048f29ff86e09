//! `[task]`: what the network sees, and what it has to answer.

use hopfield_data::{Damage, Mask, Noise};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::positive;

/// `[task]`: what the network sees, and what it has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Task {
    /// Given the clean image, answer the clean image.
    Reconstruct,
    /// Given the image with noise, answer the clean image.
    Denoise(Noise),
    /// Given the image with a part hidden, answer the clean image.
    Complete(Mask),
    /// Given the clean image, answer its label. A classifier has `memories` and no `layers`.
    Classify(Classify),
}

/// How a classifier by association is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Classify {
    /// K, the number of memories.
    #[schemars(range(min = 1, max = 1_000_000), extend("default" = 2000))]
    pub memories: usize,
    /// n, the power in the energy −Σ max(0, ξ·s)ⁿ.
    #[schemars(range(min = 2, max = 100), extend("default" = 20))]
    pub degree: u32,
    /// C, the number of labels, which are 0 to C − 1.
    #[schemars(range(min = 2, max = 256), extend("default" = 10))]
    pub labels: usize,
    /// T: overlaps are divided by T before they are raised to the power n, so β = 1/Tⁿ. 540 suits 784 pixels; it grows with their number.
    #[schemars(schema_with = "positive", extend("default" = 540.0))]
    pub temperature: f64,
    /// m, half the power in the loss Σ (c − t)²ᵐ.
    #[schemars(range(min = 1, max = 100), extend("default" = 30))]
    pub loss_power: u32,
    /// The learning rate is multiplied by this factor after every epoch, in addition to the schedule.
    #[schemars(range(min = 0, max = 1), extend("default" = 1.0))]
    pub decay: f64,
    /// A memory whose velocity is below this fraction of the largest one takes a proportionally smaller step. At 0, as in the paper,
    /// none does, and memories that no image needs drift until no image reaches them.
    #[schemars(range(min = 0, max = 1), extend("default" = 0.0))]
    pub floor: f64,
}

impl Task {
    /// What happens to an image before the network sees it.
    pub fn damage(self) -> Damage {
        match self {
            Task::Reconstruct | Task::Classify(_) => Damage::None,
            Task::Denoise(noise) => Damage::Noise(noise),
            Task::Complete(mask) => Damage::Mask(mask),
        }
    }
}
