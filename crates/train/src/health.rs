//! What is wrong with a training that goes on: collapsed layers, dead patterns, a β that runs away.

use std::collections::BTreeSet;

use hopfield_model::LayerEvaluation;

use crate::config::Layer;

/// A layer whose answers vary less than this, relative to its values, has collapsed. In 32 runs that trained
/// (3 × 64) every layer had 4·10⁻⁴ to .3 after every epoch; collapsed ones had 3·10⁻⁵ to 10⁻¹⁹.
const COLLAPSED: f64 = 1e-4;
/// Patterns need some epochs to find their images.
const FIRST_EPOCH_WITH_DEAD_PATTERNS: u64 = 5;
/// Warned of if fewer than this part of the patterns is used.
const USED: f64 = 0.75;
/// β that has changed by more than this factor is running away. Single layers that train well lower it up to
/// 50 times.
const RUN_AWAY: f64 = 100.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    Collapsed,
    DeadPatterns,
    BetaRunsAway,
}

/// Remembers what has been warned of: once is enough, until it is over and comes back.
#[derive(Debug, Default)]
pub(crate) struct Health {
    warned: BTreeSet<(usize, Trouble)>,
    first_beta: Vec<Vec<f64>>,
}

impl Health {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The new warnings after an epoch (from 1), each with what to do.
    pub(crate) fn check(
        &mut self,
        epoch: u64,
        found: &[LayerEvaluation],
        settings: &[Layer],
    ) -> Vec<String> {
        if self.first_beta.is_empty() {
            self.first_beta = found.iter().map(|layer| layer.beta.clone()).collect();
        }
        let mut warnings = Vec::new();
        for (index, (layer, settings)) in found.iter().zip(settings).enumerate() {
            let patterns = settings.patterns * settings.heads;
            let collapsed = (layer.output_variance < COLLAPSED).then(|| {
                let (why, what) = if layer.perplexity < 2.0 {
                    ("one pattern answers", "a smaller beta or learning_rate")
                } else {
                    ("all patterns weigh alike", "a larger beta, or beta = { spread = 1 }")
                };
                format!(
                    "layers.{index} has collapsed: every image gets the same answer, {why}; start a new run with {what}"
                )
            });
            let dead = patterns - layer.used_patterns;
            let few = (layer.used_patterns as f64) < USED * patterns as f64;
            let late = epoch >= FIRST_EPOCH_WITH_DEAD_PATTERNS;
            let dead = (few && late && collapsed.is_none()).then(|| {
                format!(
                    "layers.{index}: {dead} of {patterns} patterns are used by no image; training.reseed_every = 5 gives such \
                     patterns a new start"
                )
            });
            let runs_away = layer.beta.iter().zip(&self.first_beta[index]).find_map(|(&now, &first)| {
                let factor = (now / first).max(first / now);
                (factor > RUN_AWAY).then(|| {
                    format!(
                        "layers.{index}: β runs away, from {first:.3} to {now:.3}; start a new run with a smaller \
                         training.beta_learning_rate, or fix it: beta = {first:.1}"
                    )
                })
            });
            for (trouble, warning) in [
                (Trouble::Collapsed, collapsed),
                (Trouble::DeadPatterns, dead),
                (Trouble::BetaRunsAway, runs_away),
            ] {
                match warning {
                    Some(warning) if self.warned.insert((index, trouble)) => warnings.push(warning),
                    Some(_) => {}
                    None => {
                        self.warned.remove(&(index, trouble));
                    }
                }
            }
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::path::Path;

    fn settings() -> Vec<Layer> {
        let source = "[[layers]]\nrepeat = 2\npatterns = 10\n";
        Config::parse(Path::new("c.toml"), source, &[], None).unwrap().layers
    }

    fn healthy() -> LayerEvaluation {
        LayerEvaluation {
            beta: vec![0.3],
            output_variance: 0.1,
            perplexity: 4.0,
            metastable_size: 3.0,
            used_patterns: 10,
        }
    }

    #[test]
    fn a_healthy_training_is_not_warned_of() {
        let mut health = Health::new();
        for epoch in 1..9 {
            assert!(health.check(epoch, &[healthy(), healthy()], &settings()).is_empty());
        }
    }

    #[test]
    fn each_trouble_is_said_once_until_it_is_over() {
        let mut health = Health::new();
        let mut check = |epoch, change: &dyn Fn(&mut LayerEvaluation)| {
            let mut second = healthy();
            change(&mut second);
            health.check(epoch, &[healthy(), second], &settings())
        };
        assert!(check(1, &|_| {}).is_empty());
        // Too early to call patterns dead.
        assert!(check(2, &|layer| layer.used_patterns = 3).is_empty());
        let dead = check(5, &|layer| layer.used_patterns = 3);
        assert_eq!(
            dead,
            [
                "layers.1: 7 of 10 patterns are used by no image; training.reseed_every = 5 gives such patterns a new start"
            ]
        );
        assert!(check(6, &|layer| layer.used_patterns = 2).is_empty());
        assert!(check(7, &|_| {}).is_empty());
        assert_eq!(check(8, &|layer| layer.used_patterns = 3), dead);

        let winner = check(9, &|layer| {
            (layer.output_variance, layer.perplexity, layer.used_patterns) = (0.0, 1.0, 1);
        });
        assert_eq!(
            winner,
            [
                "layers.1 has collapsed: every image gets the same answer, one pattern answers; start a new run with a smaller beta or learning_rate"
            ]
        );
        check(10, &|_| {});
        let flat = check(11, &|layer| (layer.output_variance, layer.perplexity) = (1e-6, 9.9));
        assert!(flat[0].ends_with("start a new run with a larger beta, or beta = { spread = 1 }"));
        let beta = check(12, &|layer| layer.beta = vec![31.0]);
        assert_eq!(
            beta,
            [
                "layers.1: β runs away, from 0.300 to 31.000; start a new run with a smaller training.beta_learning_rate, or fix it: beta = 0.3"
            ]
        );
    }
}
