//! What is wrong with a training that goes on: an error that has blown up, collapsed layers, dead patterns, a β that
//! runs away.

use std::collections::BTreeSet;

use hopfield_layer::Separation;
use hopfield_model::{Evaluation, LayerEvaluation};

use crate::config::Layer;

/// A layer whose answers vary less than this, relative to its values, has collapsed. In 32 runs that trained
/// (3 × 64) every layer had 4·10⁻⁴ to .3 after every epoch; collapsed ones had 3·10⁻⁵ to 10⁻¹⁹.
const COLLAPSED: f64 = 1e-4;
/// Patterns need some epochs to find their images.
const FIRST_EPOCH_WITH_DEAD_PATTERNS: u64 = 5;
/// Warned of if fewer than this part of the patterns is used.
const USED: f64 = 0.75;
/// An error above this many times the mean image's has blown up; a collapsed stack stays below it. Not said of the
/// first epoch, in which large steps may overshoot.
const BLOWN_UP: f64 = 1.1;
/// β that has changed by more than this factor is running away. Single layers that train well lower it up to
/// 50 times.
const RUN_AWAY: f64 = 100.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    BlownUp,
    Collapsed,
    DeadPatterns,
    BetaRunsAway,
}

/// Remembers what has been warned of: once is enough, until it is over and comes back.
#[derive(Debug)]
pub(crate) struct Health {
    mean_image_mse: f64,
    warned: BTreeSet<(usize, Trouble)>,
    first_beta: Vec<Vec<f64>>,
}

impl Health {
    /// Knowing the error of always answering the mean image.
    pub(crate) fn new(mean_image_mse: f64) -> Self {
        Self { mean_image_mse, warned: BTreeSet::new(), first_beta: Vec::new() }
    }

    /// The new warnings after an epoch (from 1), each with what to do.
    pub(crate) fn check(
        &mut self,
        epoch: u64,
        found: &Evaluation,
        settings: &[Layer],
    ) -> Vec<String> {
        if self.first_beta.is_empty() {
            self.first_beta = found.layers.iter().map(|layer| layer.beta.clone()).collect();
        }
        let mut troubles = vec![(0, Trouble::BlownUp, self.blown_up(epoch, found.mse))];
        for (index, (layer, settings)) in found.layers.iter().zip(settings).enumerate() {
            let collapsed = collapsed(index, layer);
            let dead = dead_patterns(index, epoch, layer, settings).filter(|_| collapsed.is_none());
            troubles.push((index, Trouble::Collapsed, collapsed));
            troubles.push((index, Trouble::DeadPatterns, dead));
            troubles.push((index, Trouble::BetaRunsAway, self.beta_runs_away(index, layer)));
        }
        let is_new = |(index, trouble, warning): (usize, Trouble, Option<String>)| {
            let known = (index, trouble);
            if warning.is_none() {
                self.warned.remove(&known);
            }
            warning.filter(|_| self.warned.insert(known))
        };
        troubles.into_iter().filter_map(is_new).collect()
    }

    fn blown_up(&self, epoch: u64, mse: f64) -> Option<String> {
        (epoch > 1 && mse > BLOWN_UP * self.mean_image_mse).then(|| {
            format!(
                "the error has blown up: always answering the mean image would cost {:.5}; start a new run with a smaller \
                 training.learning_rate, or with training.gradient_limit = 0.03",
                self.mean_image_mse
            )
        })
    }

    fn beta_runs_away(&self, index: usize, layer: &LayerEvaluation) -> Option<String> {
        layer.beta.iter().zip(&self.first_beta[index]).find_map(|(&now, &first)| {
            let factor = (now / first).max(first / now);
            (factor > RUN_AWAY).then(|| {
                format!(
                    "layers.{index}: β runs away, from {first:.3} to {now:.3}; start a new run with a smaller \
                     training.beta_learning_rate, or fix it: beta = {first:.1}"
                )
            })
        })
    }
}

fn collapsed(index: usize, layer: &LayerEvaluation) -> Option<String> {
    (layer.output_variance < COLLAPSED).then(|| {
        let (why, what) = if layer.perplexity < 2.0 {
            ("one pattern answers", "a smaller beta or learning_rate")
        } else {
            ("all patterns weigh alike", "a larger beta, or beta = { spread = 1 }")
        };
        format!(
            "layers.{index} has collapsed: every image gets the same answer, {why}; start a new run with {what}"
        )
    })
}

fn dead_patterns(
    index: usize,
    epoch: u64,
    layer: &LayerEvaluation,
    settings: &Layer,
) -> Option<String> {
    let patterns = settings.patterns * settings.heads;
    let few = (layer.used_patterns as f64) < USED * patterns as f64;
    // With weights of exactly 0, balance has no gradient to pull with.
    let what = match settings.separation {
        Separation::Softmax | Separation::Softmax1 => "training.balance = 0.5 keeps all in use",
        _ => "training.reseed_every = 5 gives such patterns a new start",
    };
    (few && epoch >= FIRST_EPOCH_WITH_DEAD_PATTERNS).then(|| {
        let dead = patterns - layer.used_patterns;
        format!("layers.{index}: {dead} of {patterns} patterns are used by no image; {what}")
    })
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
        let mut health = Health::new(0.07);
        for epoch in 1..9 {
            let found = Evaluation { mse: 0.02, layers: vec![healthy(), healthy()] };
            assert!(health.check(epoch, &found, &settings()).is_empty());
        }
    }

    #[test]
    fn each_trouble_is_said_once_until_it_is_over() {
        let mut health = Health::new(0.07);
        let mut check = |epoch, change: &dyn Fn(&mut LayerEvaluation)| {
            let mut second = healthy();
            change(&mut second);
            let found = Evaluation { mse: 0.02, layers: vec![healthy(), second] };
            health.check(epoch, &found, &settings())
        };
        assert!(check(1, &|_| {}).is_empty());
        // Too early to call patterns dead.
        assert!(check(2, &|layer| layer.used_patterns = 3).is_empty());
        let dead = check(5, &|layer| layer.used_patterns = 3);
        assert_eq!(
            dead,
            [
                "layers.1: 7 of 10 patterns are used by no image; training.balance = 0.5 keeps all in use"
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

    #[test]
    fn an_error_above_the_mean_images_is_warned_of() {
        let mut health = Health::new(0.07);
        let mut check = |epoch, mse| {
            let layers = vec![healthy(), healthy()];
            health.check(epoch, &Evaluation { mse, layers }, &settings())
        };
        assert!(check(1, 96.0).is_empty(), "the first epoch may overshoot");
        assert!(check(2, 0.0702).is_empty(), "a collapsed stack answers the mean image");
        assert_eq!(
            check(3, 0.39),
            [
                "the error has blown up: always answering the mean image would cost 0.07000; start a new run with a smaller training.learning_rate, or with training.gradient_limit = 0.03"
            ]
        );
        assert!(check(4, 0.4).is_empty());
    }
}
