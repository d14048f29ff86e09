//! The settings of a training: the keys of a config file that mean something here.

use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Range, Separation, Similarity};
use hopfield_model::{HopfieldStackConfig, LearningRates, Schedule, TrainingSchedule};
use serde::{Deserialize, Serialize};

/// In all layers together, and in a batch: with these, a step takes less than a gigabyte.
const MOST_PATTERNS: u64 = 4096;
const MOST_LAYERS: u64 = 16;

/// The settings of a training on the digits of the page, in the form of a config file (`docs/config.md`): the same keys, which mean
/// the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Of the first patterns and the order of the images.
    pub(crate) seed: u64,
    /// Whether every layer but the last adds its answer to its state.
    #[serde(default)]
    residual: bool,
    layers: Vec<Layer>,
    pub(crate) training: Training,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    #[serde(default = "one", skip_serializing)]
    repeat: usize,
    patterns: usize,
    #[serde(default)]
    similarity: Similarity,
    #[serde(default, serialize_with = "Separation::serialize_by_kind")]
    separation: Separation,
    beta: Beta,
    init: Init,
    range: Option<Range>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Training {
    pub(crate) epochs: u64,
    pub(crate) batch_size: usize,
    learning_rate: f64,
    beta_learning_rate: f64,
    pub(crate) momentum: f64,
    pub(crate) gradient_limit: Option<f64>,
    #[serde(default)]
    pub(crate) balance: f64,
    schedule: Schedule,
    #[serde(default)]
    pub(crate) reseed_every: u64,
}

fn one() -> usize {
    1
}

impl Settings {
    /// The settings in this JSON.
    ///
    /// # Errors
    ///
    /// A key is missing or unknown, or a number is out of range.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let settings: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        settings.check()?;
        Ok(settings.repeated())
    }

    /// The settings of a config file that trains on the digits in the program.
    ///
    /// # Errors
    ///
    /// It has keys that mean nothing here.
    pub fn from_config(text: &str) -> Result<Self, String> {
        let mut table: toml::Table = text.parse().map_err(|error| format!("{error}"))?;
        for (key, needed) in [("data", "source = \"bundled\""), ("task", "kind = \"reconstruct\"")]
        {
            if table.remove(key).is_some_and(|found| found.to_string() != format!("{{ {needed} }}"))
            {
                return Err(format!("[{key}] must be: {needed}"));
            }
        }
        let settings: Self = table.try_into().map_err(|error| format!("{error}"))?;
        settings.check()?;
        Ok(settings.repeated())
    }

    /// A config file with which `hopfield train` does the same.
    pub fn to_config(&self) -> String {
        let settings = toml::to_string(self).expect("every setting can be written as TOML");
        let (first, rest) = settings.split_at(settings.find("[[layers]]").unwrap_or_default());
        format!("{first}\n[data]\nsource = \"bundled\"\n\n[task]\nkind = \"reconstruct\"\n\n{rest}")
    }

    /// Every layer by itself.
    fn repeated(mut self) -> Self {
        let layers = self.layers.into_iter();
        self.layers = layers
            .flat_map(|layer| {
                std::iter::repeat_n(Layer { repeat: 1, ..layer.clone() }, layer.repeat)
            })
            .collect();
        self
    }

    /// Checks what the layers don't check themselves, within the bounds of a config file or closer ones.
    fn check(&self) -> Result<(), String> {
        let within =
            |key: &str, found: u64, [low, high]: [u64; 2]| match (low..=high).contains(&found) {
                true => Ok(()),
                false => Err(format!("{key} is {found}; allowed: {low} to {high}")),
            };
        let number = |key: &str, found: f64, holds: bool, allowed: &str| match holds {
            true => Ok(()),
            false => Err(format!("{key} is {found:?}; allowed: {allowed}")),
        };
        within("seed", self.seed, [0, i64::MAX as u64])?;
        for layer in &self.layers {
            within("repeat", layer.repeat as u64, [1, MOST_LAYERS])?;
            within("patterns", layer.patterns as u64, [1, MOST_PATTERNS])?;
        }
        let layers: u64 = self.layers.iter().map(|layer| layer.repeat as u64).sum();
        within("The number of layers", layers, [1, MOST_LAYERS])?;
        let patterns: u64 =
            self.layers.iter().map(|layer| (layer.repeat * layer.patterns) as u64).sum();
        within("The number of patterns in all layers", patterns, [1, MOST_PATTERNS])?;
        let of = self.training;
        within("epochs", of.epochs, [1, 1_000_000])?;
        within("batch_size", of.batch_size as u64, [1, MOST_PATTERNS])?;
        within("reseed_every", of.reseed_every, [0, 1_000_000])?;
        const POSITIVE: &str = "a number above 0, up to 3.4e38";
        const NOT_NEGATIVE: &str = "a number from 0 to 3.4e38";
        let positive = |number: f64| number > 0.0 && number <= 3.4e38;
        let not_negative = |number: f64| number == 0.0 || positive(number);
        number("learning_rate", of.learning_rate, positive(of.learning_rate), POSITIVE)?;
        let rate = of.beta_learning_rate;
        number("beta_learning_rate", rate, not_negative(rate), NOT_NEGATIVE)?;
        let holds = (0.0..1.0).contains(&of.momentum);
        number("momentum", of.momentum, holds, "a number from 0 to below 1")?;
        if let Some(limit) = of.gradient_limit {
            number("gradient_limit", limit, positive(limit), POSITIVE)?;
        }
        number("balance", of.balance, not_negative(of.balance), NOT_NEGATIVE)
    }

    /// The stack, for images of so many pixels.
    pub(crate) fn stack(&self, pixels: usize) -> HopfieldStackConfig {
        let layer = |layer: &Layer| {
            HopfieldLayerConfig::new(layer.patterns, pixels)
                .with_similarity(layer.similarity)
                .with_separation(layer.separation)
                .with_beta(Some(layer.beta.clone()))
                .with_init(layer.init)
                .with_range(layer.range)
        };
        HopfieldStackConfig {
            layers: self.layers.iter().map(layer).collect(),
            residual: self.residual,
        }
    }

    /// The learning rates and scheduled β of every step, if an epoch has so many steps.
    pub(crate) fn schedule(&self, steps_per_epoch: u64) -> TrainingSchedule {
        let Training { epochs, learning_rate, beta_learning_rate, schedule, .. } = self.training;
        let rates = LearningRates { patterns: learning_rate, log_beta: beta_learning_rate };
        let betas = self.layers.iter().map(|layer| layer.beta.schedule());
        TrainingSchedule::new(epochs * steps_per_epoch, rates, schedule, betas)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;
    use crate::choices::PRESETS;

    #[test]
    fn a_config_is_read_and_written_as_the_program_reads_it() {
        for (name, text) in PRESETS {
            let parse = |text: &str| {
                hopfield_train::config::Config::parse(Path::new(name), text, &[], &[]).unwrap()
            };
            let settings = Settings::from_config(text).unwrap();
            let config = parse(&settings.to_config());
            let expected = parse(text);
            assert_eq!(
                (&config.layers, &config.training),
                (&expected.layers, &expected.training),
                "{name}"
            );
            assert_eq!(config.stack(784), settings.stack(784));
            assert_eq!((config.seed, config.residual), (expected.seed, expected.residual));
            assert_eq!((&config.data, &config.task), (&expected.data, &expected.task));
            let json = serde_json::to_string(&settings).unwrap();
            assert_eq!(Settings::from_json(&json).unwrap(), settings);
        }
    }

    #[test]
    fn settings_that_cannot_be_are_refused_with_what_is_allowed() {
        let (_, digits) = PRESETS[0];
        let json = serde_json::to_value(Settings::from_config(digits).unwrap()).unwrap();
        let refused = |change: &dyn Fn(&mut Value)| {
            let mut json = json.clone();
            change(&mut json);
            Settings::from_json(&json.to_string()).unwrap_err()
        };
        let error = refused(&|json| json["layers"] = Value::Array(Vec::new()));
        assert_eq!(error, "The number of layers is 0; allowed: 1 to 16");
        let error = refused(&|json| json["layers"][0]["patterns"] = 100_000.into());
        assert_eq!(error, "patterns is 100000; allowed: 1 to 4096");
        let error = refused(&|json| json["layers"][0]["patterns"] = 0.into());
        assert_eq!(error, "patterns is 0; allowed: 1 to 4096");
        let error = refused(&|json| json["layers"][1]["patterns"] = 4000.into());
        assert_eq!(error, "The number of patterns in all layers is 4136; allowed: 1 to 4096");
        for repeat in [0, u32::MAX] {
            let error = refused(&|json| json["layers"][0]["repeat"] = repeat.into());
            assert_eq!(error, format!("repeat is {repeat}; allowed: 1 to 16"));
        }
        let error = refused(&|json| json["seed"] = u64::MAX.into());
        assert!(error.starts_with("seed is 18446744073709551615; allowed: 0 to "), "{error}");
        let error = refused(&|json| json["training"]["gradient_limit"] = (-1).into());
        assert_eq!(error, "gradient_limit is -1.0; allowed: a number above 0, up to 3.4e38");
        let error = refused(&|json| json["training"]["momentum"] = 1.into());
        assert_eq!(error, "momentum is 1.0; allowed: a number from 0 to below 1");
        let error = refused(&|json| json["training"]["learning_rate"] = 0.into());
        assert_eq!(error, "learning_rate is 0.0; allowed: a number above 0, up to 3.4e38");
        let error = refused(&|json| json["shape"] = 1.into());
        assert!(error.starts_with("unknown field `shape`"), "{error}");
        let error = refused(&|json| json["layers"][0]["separation"] = "hardmax".into());
        assert!(error.starts_with("`hardmax`; allowed: softmax, "), "{error}");
        assert!(Settings::from_json("{").is_err());
        assert!(Settings::from_config("[data]\n").is_err());
        let denoise = digits.replace("reconstruct", "denoise");
        assert_eq!(
            Settings::from_config(&denoise).unwrap_err(),
            "[task] must be: kind = \"reconstruct\""
        );
    }
}
