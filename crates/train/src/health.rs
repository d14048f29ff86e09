//! Warnings during a training: an error that has blown up, collapsed layers, dead patterns, a β that runs away.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use hopfield_layer::Beta;
use hopfield_model::{Evaluation, LayerEvaluation};

use crate::config::{Config, Layer, Training};

/// A layer whose answers vary less than this, relative to its values, has collapsed. In 237 of 239 successful runs
/// (1 to 4 layers, plain and residual), every layer stayed above it after every epoch, except for idle layers of residual
/// stacks; two plain stacks started below it and recovered within 3 epochs. Collapsed layers had 8·10⁻⁵ to 10⁻¹⁹.
const COLLAPSED: f64 = 1e-4;
/// Patterns need a few epochs to find their images.
const FIRST_EPOCH_WITH_DEAD_PATTERNS: u64 = 5;
/// There is a warning if less than this fraction of the patterns is used.
const USED: f64 = 0.75;
/// An error has blown up if it is this many times that of the untrained stack and that of the mean image. The first epoch
/// is exempt, as large steps may overshoot in it.
const BLOWN_UP: f64 = 1.1;
/// β runs away if it has changed by more than this factor since the first epoch. The factor was at most 17 in 104
/// successful runs, and 330 in one that failed.
const RUN_AWAY: f64 = 100.0;

/// Remembers the warnings: each is given once, and again only if the trouble has been over in between.
#[derive(Debug)]
pub(crate) struct Health<'a> {
    /// Measured when needed, which is never in a training that goes well.
    untrained_error: LazyCell<f64, Box<dyn FnOnce() -> f64 + 'a>>,
    /// The objective's.
    baseline: Option<f64>,
    /// The troubles warned of, and the layer of each.
    warned: BTreeSet<(usize, &'static str)>,
    first_beta: Vec<Vec<f64>>,
}

impl<'a> Health<'a> {
    /// `untrained_error` measures the stack before its first step; `baseline` is the error of always answering the mean
    /// image, if answers are images.
    pub(crate) fn new(untrained_error: impl FnOnce() -> f64 + 'a, baseline: Option<f64>) -> Self {
        Self {
            untrained_error: LazyCell::new(Box::new(untrained_error)),
            baseline,
            warned: BTreeSet::new(),
            first_beta: Vec::new(),
        }
    }

    /// The new warnings after an epoch (counted from 1), each with advice.
    pub(crate) fn check(&mut self, epoch: u64, found: &Evaluation, config: &Config) -> Vec<String> {
        if self.first_beta.is_empty() {
            self.first_beta = found.layers.iter().map(|layer| layer.beta.clone()).collect();
        }
        let blown_up = self.blown_up(epoch, found.error, &config.training);
        let mut troubles = vec![(0, "the error has blown up", blown_up)];
        for (index, (layer, settings)) in found.layers.iter().zip(&config.layers).enumerate() {
            let adds = config.residual && index + 1 < config.layers.len();
            // A rising β makes weights differ that are alike now.
            let waits = matches!(&settings.beta, Beta::Scheduled(beta) if beta.from < beta.to)
                && layer.perplexity >= 2.0
                && 2 * epoch < config.training.epochs;
            let collapsed = collapsed(index, layer, adds).filter(|_| !(adds && waits));
            let dead = dead_patterns(index, epoch, layer, settings, &config.training)
                .filter(|_| collapsed.is_none());
            let trained = !matches!(settings.beta, Beta::Scheduled(_));
            let beta = self.beta_runs_away(index, layer).filter(|_| trained);
            troubles.extend([
                (index, "collapsed", collapsed),
                (index, "dead patterns", dead),
                (index, "β runs away", beta),
            ]);
        }
        let is_new = |(index, trouble, warning): (usize, &'static str, Option<String>)| {
            if warning.is_none() {
                self.warned.remove(&(index, trouble));
            }
            warning.filter(|_| self.warned.insert((index, trouble)))
        };
        troubles.into_iter().filter_map(is_new).collect()
    }

    fn blown_up(&self, epoch: u64, error: f64, training: &Training) -> Option<String> {
        let baseline = self.baseline?;
        if epoch == 1 || error <= BLOWN_UP * baseline {
            return None;
        }
        let untrained = *self.untrained_error;
        (error > BLOWN_UP * untrained).then(|| {
            let or = if training.gradient_limit.is_none() { ", or with training.gradient_limit = 0.03" } else { "" };
            format!(
                "the error has blown up to {error:.5}: it was {untrained:.5} before the training, and always answering the \
                 mean image costs {baseline:.5}; start a new run with a smaller training.learning_rate{or}"
            )
        })
    }

    fn beta_runs_away(&self, index: usize, layer: &LayerEvaluation) -> Option<String> {
        layer.beta.iter().zip(&self.first_beta[index]).find_map(|(&now, &first)| {
            let factor = (now / first).max(first / now);
            let [now, first] = [now, first].map(two_digits);
            (factor > RUN_AWAY).then(|| {
                format!(
                    "layers.{index}: β runs away, from {first} after the first epoch to {now}; start a new run with a smaller \
                     training.beta_learning_rate, or fix it: beta = {first}"
                )
            })
        })
    }
}

/// Two significant digits.
fn two_digits(number: f64) -> String {
    let after_the_point = (1.0 - number.log10().floor()).clamp(0.0, 30.0) as usize;
    format!("{number:.after_the_point$}")
}

/// `adds`: its answers are added to its states, which the other layers still see.
fn collapsed(index: usize, layer: &LayerEvaluation, adds: bool) -> Option<String> {
    let (why, what) = if layer.perplexity < 2.0 {
        ("one pattern answers", "a smaller beta or learning_rate")
    } else {
        ("all patterns weigh alike", "a larger beta, or beta = { spread = 1 }")
    };
    let warning = match adds {
        true => format!(
            "layers.{index} is idle: it adds the same to every image, {why}; the other layers learn without it. If it \
             stays so, start a new run with {what}, or fewer layers"
        ),
        false => format!(
            "layers.{index} has collapsed: it answers every image alike, {why}; start a new run with {what}"
        ),
    };
    (layer.output_variance < COLLAPSED).then_some(warning)
}

fn dead_patterns(
    index: usize,
    epoch: u64,
    layer: &LayerEvaluation,
    settings: &Layer,
    training: &Training,
) -> Option<String> {
    let patterns = settings.patterns * settings.heads;
    let few = (layer.used_patterns as f64) < USED * patterns as f64;
    // Weights of exactly 0 have no gradient by which balance could pull.
    let what = match (settings.separation.has_full_support(), training.balance > 0.0) {
        (true, false) => "training.balance = 0.5",
        (true, true) => "a larger training.balance, a smaller beta, or fewer patterns",
        (false, _) if training.reseed_every == 0 => "training.reseed_every = 5",
        (false, _) => "a smaller training.reseed_every, or fewer patterns",
    };
    (few && epoch >= FIRST_EPOCH_WITH_DEAD_PATTERNS).then(|| {
        let dead = patterns - layer.used_patterns;
        format!(
            "layers.{index}: {dead} of {patterns} patterns are used by no image; start a new run with {what}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::path::Path;

    fn config(more: &str) -> Config {
        let source = format!("[[layers]]\nrepeat = 2\npatterns = 10\n{more}");
        Config::parse(Path::new("c.toml"), &source, &[], &[]).unwrap()
    }

    fn found(error: f64, layers: Vec<LayerEvaluation>) -> Evaluation {
        Evaluation { error, layers, usages: vec![], answers: None, simplex_bound: None }
    }

    fn healthy() -> LayerEvaluation {
        LayerEvaluation {
            likeness: None,
            beta: vec![0.3],
            output_variance: 0.1,
            perplexity: 4.0,
            metastable_size: 3.0,
            used_patterns: 10,
        }
    }

    #[test]
    fn a_healthy_training_is_not_warned_of() {
        let mut health = Health::new(|| 0.12, Some(0.07));
        for epoch in 1..9 {
            let found = found(0.02, vec![healthy(), healthy()]);
            assert!(health.check(epoch, &found, &config("")).is_empty());
        }
    }

    #[test]
    fn each_trouble_is_said_once_until_it_is_over() {
        let mut health = Health::new(|| 0.12, Some(0.07));
        let mut check = |epoch, change: &dyn Fn(&mut LayerEvaluation)| {
            let mut second = healthy();
            change(&mut second);
            let found = found(0.02, vec![healthy(), second]);
            health.check(epoch, &found, &config(""))
        };
        assert!(check(1, &|_| {}).is_empty());
        // Too early to call patterns dead.
        assert!(check(2, &|layer| layer.used_patterns = 3).is_empty());
        let dead = check(5, &|layer| layer.used_patterns = 3);
        assert_eq!(
            dead,
            [
                "layers.1: 7 of 10 patterns are used by no image; start a new run with training.balance = 0.5"
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
                "layers.1 has collapsed: it answers every image alike, one pattern answers; start a new run with a smaller beta or learning_rate"
            ]
        );
        check(10, &|_| {});
        let flat = check(11, &|layer| (layer.output_variance, layer.perplexity) = (1e-6, 9.9));
        assert!(flat[0].ends_with("start a new run with a larger beta, or beta = { spread = 1 }"));
        let beta = check(12, &|layer| layer.beta = vec![31.0]);
        assert_eq!(
            beta,
            [
                "layers.1: β runs away, from 0.30 after the first epoch to 31; start a new run with a smaller training.beta_learning_rate, or fix it: beta = 0.30"
            ]
        );
    }

    #[test]
    fn an_error_above_where_it_began_is_warned_of() {
        let mut health = Health::new(|| 0.12, Some(0.07));
        let mut check = |epoch, error, config: &Config| {
            health.check(epoch, &found(error, vec![healthy(), healthy()]), config)
        };
        let plain = config("");
        assert!(check(1, 96.0, &plain).is_empty(), "the first epoch may overshoot");
        assert!(check(2, 0.119, &plain).is_empty(), "slow is not blown up");
        let warning = "the error has blown up to 0.39000: it was 0.12000 before the training, and always answering the mean image costs 0.07000; start a new run with a smaller training.learning_rate";
        let hint = ", or with training.gradient_limit = 0.03";
        assert_eq!(check(3, 0.39, &plain), [format!("{warning}{hint}")]);
        assert!(check(4, 0.4, &plain).is_empty(), "said once");
        assert!(check(5, 0.1, &plain).is_empty());
        let limited = config("[training]\ngradient_limit = 0.03\n");
        assert_eq!(check(6, 0.39, &limited), [warning]);
    }

    #[test]
    fn an_idle_layer_of_a_residual_stack_is_no_collapse() {
        let flat = || LayerEvaluation { output_variance: 1e-5, perplexity: 9.9, ..healthy() };
        let source = "residual = true\n[[layers]]\nrepeat = 2\npatterns = 10\n";
        let config = Config::parse(Path::new("c.toml"), source, &[], &[]).unwrap();
        let found = found(0.02, vec![flat(), flat()]);
        let warnings = Health::new(|| 0.12, Some(0.07)).check(3, &found, &config);
        assert!(warnings[0].starts_with("layers.0 is idle: it adds the same to every image, all"));
        assert!(warnings[1].starts_with("layers.1 has collapsed: it answers every image alike"));
    }

    #[test]
    fn a_layer_whose_beta_rises_has_half_the_training_to_begin() {
        let more = "beta = { from = 0.1, to = 1.0 }\n[training]\nepochs = 10\n";
        let flat = || LayerEvaluation { output_variance: 1e-5, perplexity: 9.9, ..healthy() };
        let mut config = config(more);
        config.residual = true;
        let mut health = Health::new(|| 0.12, Some(0.07));
        let mut warnings =
            |epoch| health.check(epoch, &found(0.02, vec![flat(), healthy()]), &config).len();
        assert_eq!([1, 4, 5, 6].map(&mut warnings), [0, 0, 1, 0]);
    }

    #[test]
    fn what_helps_dead_patterns_depends_on_the_config() {
        let advice = |more: &str| {
            let layers = vec![healthy(), LayerEvaluation { used_patterns: 3, ..healthy() }];
            let warnings =
                Health::new(|| 0.12, Some(0.07)).check(5, &found(0.02, layers), &config(more));
            warnings[0].split_once("; start a new run with ").unwrap().1.to_owned()
        };
        assert_eq!(advice(""), "training.balance = 0.5");
        let set = advice("[training]\nbalance = 0.5\n");
        assert_eq!(set, "a larger training.balance, a smaller beta, or fewer patterns");
        let sparse = advice("separation = \"sparsemax\"\n");
        assert_eq!(sparse, "training.reseed_every = 5");
        let both = advice("separation = \"sparsemax\"\n[training]\nreseed_every = 5\n");
        assert_eq!(both, "a smaller training.reseed_every, or fewer patterns");
    }

    #[test]
    fn numbers_have_two_digits() {
        let shown = [0.021, 0.3, 1.0, 31.4, 0.00012].map(two_digits);
        assert_eq!(shown, ["0.021", "0.30", "1.0", "31", "0.00012"]);
    }
}
