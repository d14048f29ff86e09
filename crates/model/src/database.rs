//! The pattern database: the matrices H of a stack, and all that is needed to answer with them.

use burn::tensor::{Device, Tensor};
use hopfield_layer::{Range, Usage};

use crate::about::{FORMAT, contradiction, in_layer};
use crate::{About, AboutLayer, Archive, ArchiveError, HopfieldStack, Provenance};

/// A stack with what is known about it. Its canonical form is a safetensors file:
///
/// | tensor | shape | |
/// |---|---|---|
/// | `layers.K.patterns` | `[N, d]` | H of layer K, counted from 0 at the input |
/// | `layers.K.values` | `[N, m]` | V of layer K, if it has values of its own |
/// | `layers.K.log_beta` | `[h]` | log β of every head |
/// | `layers.K.mean_weights` | `[h·N]` | the mean weight of every pattern over the held-out images, if it was measured |
/// | `layers.K.best_matches` | `[h·N]` | of how many of them every pattern is the best match |
///
/// The metadata has one entry, `hopfield`, a JSON text: [`About`].
#[derive(Debug, Clone)]
pub struct PatternDatabase {
    /// The stack.
    pub stack: HopfieldStack,
    /// Rows and columns of an image; their product is d.
    pub image_shape: [usize; 2],
    /// Where it comes from.
    pub provenance: Provenance,
    /// How every layer used its patterns on held-out images, if that was measured.
    pub usage: Option<Vec<PatternUsage>>,
}

/// How a layer uses each of its patterns, head by head: h·N numbers each.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternUsage {
    /// Mean weight, over the states.
    pub mean_weights: Vec<f32>,
    /// Of how many states it is the best match.
    pub best_matches: Vec<f32>,
}

impl PatternUsage {
    /// How many of the N patterns of a layer are used, counted in every head: as
    /// [`used_patterns`](crate::LayerEvaluation::used_patterns).
    pub fn used_patterns(&self, patterns: usize) -> usize {
        let used = |&(&weight, &matches): &(&f32, &f32)| {
            !hopfield_layer::is_dead(weight.into(), matches > 0.0, patterns)
        };
        self.mean_weights.iter().zip(&self.best_matches).filter(used).count()
    }

    /// Over all heads: of each of N patterns the mean of its weights, and the sum of its best matches.
    pub fn over_heads(&self, patterns: usize) -> Self {
        let sums = |numbers: &[f32]| -> Vec<f32> {
            let of = |pattern| numbers.iter().skip(pattern).step_by(patterns).sum();
            (0..patterns).map(of).collect()
        };
        let heads = (self.mean_weights.len() / patterns) as f32;
        let mean_weights = sums(&self.mean_weights).into_iter().map(|weight| weight / heads);
        Self { mean_weights: mean_weights.collect(), best_matches: sums(&self.best_matches) }
    }
}

impl From<&Usage> for PatternUsage {
    fn from(usage: &Usage) -> Self {
        Self {
            mean_weights: usage.mean_weights().iter().map(|&weight| weight as f32).collect(),
            best_matches: usage.best_matches().iter().map(|&count| count as f32).collect(),
        }
    }
}

const PATTERNS: &str = "patterns";
const VALUES: &str = "values";
const LOG_BETA: &str = "log_beta";
const MEAN_WEIGHTS: &str = "mean_weights";
const BEST_MATCHES: &str = "best_matches";

/// The parts of a layer that are tensors, by their names.
pub const PARTS: [&str; 5] = [PATTERNS, VALUES, LOG_BETA, MEAN_WEIGHTS, BEST_MATCHES];

/// The name of the tensor with this [part](PARTS) of a layer.
pub fn tensor_name(layer: usize, part: &str) -> String {
    format!("layers.{layer}.{part}")
}

impl PatternDatabase {
    /// The archive of this database; equal databases give equal bytes.
    pub fn to_archive(&self) -> Archive {
        let layers = self.stack.layers.iter().map(|layer| AboutLayer {
            beta: layer.beta(),
            beta_trainable: layer.beta_is_trainable(),
            similarity: layer.similarity,
            separation: layer.separation,
            steps: layer.steps,
            range: layer.range.map(|Range { low, high }| [low, high]),
        });
        let about = About {
            format: FORMAT,
            image_shape: self.image_shape,
            residual: self.stack.is_residual(),
            layers: layers.collect(),
            provenance: self.provenance.clone(),
        };
        let mut archive = Archive::new(about.to_json());
        for (index, layer) in self.stack.layers.iter().enumerate() {
            archive.put(tensor_name(index, PATTERNS), &layer.patterns.val());
            if let Some(values) = &layer.values {
                archive.put(tensor_name(index, VALUES), &values.val());
            }
            archive.put(tensor_name(index, LOG_BETA), &layer.log_beta.val());
        }
        for (index, usage) in self.usage.iter().flatten().enumerate() {
            archive.put_numbers(tensor_name(index, MEAN_WEIGHTS), &usage.mean_weights);
            archive.put_numbers(tensor_name(index, BEST_MATCHES), &usage.best_matches);
        }
        archive
    }

    /// The database in `archive`, on `device`; its stack answers bit for bit as the saved one.
    ///
    /// # Errors
    ///
    /// The archive is not a pattern database, or contradicts itself.
    pub fn from_archive(archive: &Archive, device: &Device) -> Result<Self, ArchiveError> {
        let about = About::from_json(&archive.metadata)?;
        let numbers = |name: &str| archive.numbers(name);
        let configs = about.layer_configs(|name| archive.shape(name), numbers)?;
        let mut layers = Vec::with_capacity(configs.len());
        for (index, config) in configs.iter().enumerate() {
            let patterns = archive.get(&tensor_name(index, PATTERNS), device)?;
            let values = tensor_name(index, VALUES);
            let values: Option<Tensor<2>> =
                archive.contains(&values).then(|| archive.get(&values, device)).transpose()?;
            let log_beta: Tensor<1> = archive.get(&tensor_name(index, LOG_BETA), device)?;
            let layer = config.store(patterns, values);
            let mut layer = layer.map_err(|source| in_layer(index, source))?;
            // exp and ln would round.
            layer.update(|h| h, |v| v, |_| log_beta);
            layers.push(layer);
        }
        let usage = (0..layers.len()).map(|layer| {
            let numbers = |part| archive.numbers(&tensor_name(layer, part)).ok();
            let (mean_weights, best_matches) = (numbers(MEAN_WEIGHTS)?, numbers(BEST_MATCHES)?);
            Some(PatternUsage { mean_weights, best_matches })
        });
        let usage = usage.collect();
        let stack = HopfieldStack::checked(layers, about.residual).map_err(contradiction)?;
        let About { image_shape, provenance, .. } = about;
        Ok(Self { stack, image_shape, provenance, usage })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrainedFrom;
    use burn::tensor::Distribution;
    use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Separation, Similarity, Values};
    use serde_json::json;
    use std::collections::BTreeMap;

    fn database() -> PatternDatabase {
        let device = Device::flex();
        let first = HopfieldLayerConfig::new(5, 6).with_beta(Some(Beta::Trainable(0.3)));
        let second = HopfieldLayerConfig::new(4, 6).with_beta(Some(Beta::Fixed(1.7)));
        let uniform = Init::Uniform { low: 0.0, high: 1.0 };
        let third = HopfieldLayerConfig::new(3, 8)
            .with_heads(2)
            .with_values(Some(Values { dim: 6, init: uniform }))
            .with_similarity(Similarity::Cosine)
            .with_separation(Separation::TopK(2))
            .with_steps(3);
        let layers = vec![
            first.try_init(1, &device).unwrap(),
            second
                .with_range(Some([0.0, 1.0].into()))
                .with_values(Some(Values { dim: 8, init: uniform }))
                .try_init(2, &device)
                .unwrap(),
            third.try_init(3, &device).unwrap(),
        ];
        let usage = [5, 4, 6].into_iter().map(|patterns| PatternUsage {
            mean_weights: (0..patterns).map(|pattern| 0.1 * pattern as f32).collect(),
            best_matches: vec![7.0; patterns],
        });
        PatternDatabase {
            stack: HopfieldStack::new(layers).unwrap(),
            image_shape: [2, 3],
            provenance: Provenance::Trained(TrainedFrom {
                config_sha256: "ab".into(),
                data_sha256: "cd".into(),
                init_sha256: None,
                seed: u64::MAX,
                versions: BTreeMap::from([("burn".into(), "0.22.1".into())]),
            }),
            usage: Some(usage.collect()),
        }
    }

    #[test]
    fn a_stack_comes_back_and_answers_bit_for_bit() {
        let device = Device::flex();
        let saved = database();
        let bytes = saved.to_archive().to_bytes();
        let archive = Archive::from_bytes(&bytes).unwrap();
        let loaded = PatternDatabase::from_archive(&archive, &device).unwrap();

        let states = Tensor::<2>::random([9, 6], Distribution::Default, &device);
        let expected = saved.stack.forward(states.clone()).into_data();
        loaded.stack.forward(states).into_data().assert_eq(&expected, true);
        assert_eq!(loaded.image_shape, saved.image_shape);
        assert_eq!(loaded.provenance, saved.provenance);
        assert_eq!(loaded.usage, saved.usage);
        assert_eq!(loaded.stack.layers[1].range, saved.stack.layers[1].range);
        let trainable = |stack: &HopfieldStack| -> Vec<bool> {
            let layers = stack.layers.iter();
            layers.map(|layer| layer.beta_is_trainable()).collect()
        };
        assert_eq!(trainable(&loaded.stack), [true, false, true]);
        assert_eq!(loaded.to_archive().to_bytes(), bytes);
    }

    #[test]
    fn a_residual_stack_comes_back_residual() {
        let device = Device::flex();
        let layer = |seed| HopfieldLayerConfig::new(5, 6).try_init(seed, &device).unwrap();
        let stack = HopfieldStack::residual(vec![layer(1), layer(2)]).unwrap();
        let saved = PatternDatabase { stack, usage: None, ..database() };
        let loaded = PatternDatabase::from_archive(&saved.to_archive(), &device).unwrap();
        let states = Tensor::<2>::random([9, 6], Distribution::Default, &device);
        let expected = saved.stack.forward(states.clone()).into_data();
        loaded.stack.forward(states).into_data().assert_eq(&expected, true);
    }

    #[test]
    fn archives_that_contradict_themselves_are_refused() {
        let device = Device::flex();
        let refused = |change: &dyn Fn(&mut Archive)| {
            let mut archive = database().to_archive();
            change(&mut archive);
            PatternDatabase::from_archive(&archive, &device).unwrap_err().to_string()
        };
        let message = refused(&|archive| archive.metadata["image_shape"] = json!([28, 28]));
        assert!(
            message.contains("the stack takes dimension 6, but images are 28 × 28"),
            "{message}"
        );
        let message = refused(&|archive| archive.metadata = json!({ "format": 2 }));
        assert!(message.contains("format 2, but this program reads format 3"), "{message}");
        let message = refused(&|archive| archive.metadata["residual"] = json!(true));
        assert!(message.contains("layer 1 takes dimension 6, but answers in 8"), "{message}");
        let message = refused(&|archive| archive.metadata["layers"] = json!([]));
        assert!(message.contains("at least one layer"), "{message}");
        let message = refused(&|archive| archive.metadata = json!({}));
        assert!(message.contains("missing field"), "{message}");
        let five = Tensor::<1>::ones([5], &device);
        let message = refused(&|archive| archive.put("layers.1.log_beta".into(), &five));
        assert!(message.contains("layer 1: `heads` is 5; allowed: a divisor of"), "{message}");
        let message = refused(&|archive| archive.metadata["layers"][0]["steps"] = json!(0));
        assert!(
            message.contains("layer 0: `steps` is 0; allowed: a whole number, 1 or more"),
            "{message}"
        );
        let values = Tensor::<2>::ones([2, 6], &device);
        let message = refused(&|archive| archive.put("layers.2.values".into(), &values));
        assert!(
            message.contains("layer 2: values have shape [2, 6]; by the settings it is [3, 6]"),
            "{message}"
        );
    }
}
