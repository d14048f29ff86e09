//! Projected stochastic gradient descent with momentum.

use burn::module::Param;
use burn::tensor::{Gradients, Tensor, TensorData};
use hopfield_layer::HopfieldLayer;

use crate::row_descent::{RowDescent, log_beta_step};
use crate::{HopfieldStack, LayerGradients};

/// The step sizes of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearningRates {
    /// η, of the patterns and values.
    pub patterns: f64,
    /// η_β, of log β.
    pub log_beta: f64,
}

/// Projected SGD for a stack, with classical momentum μ, in place and with the state of its checkpoints. Its steps are
/// those of [`ProjectedSgd`](crate::ProjectedSgd), which trains any other Burn module.
///
/// ```text
/// G ← clip(∂L/∂H)
/// U ← μ U + G                H     ← Π(H − η U)           values V of their own likewise
/// v ← clip(μ v + ∂L/∂log β, ±0.1 / η_β)        log β ← log β − η_β v
/// ```
///
/// Π moves every entry into the layer's range, if it has one. The gradient of every pattern (a row of H) that is
/// longer than a limit is shortened to it, if there is one: `g_n ← g_n · min(1, limit / ‖g_n‖)`, so that no
/// single batch moves a pattern far. μ = 0 and no limit is plain SGD; without momentum U stays 0 and is not used.
#[derive(Debug, Clone)]
pub struct Sgd {
    momentum: f64,
    limit: Option<f64>,
    velocities: Vec<Velocity>,
}

#[derive(Debug, Clone)]
struct Velocity {
    patterns: Tensor<2>,
    values: Option<Tensor<2>>,
    log_beta: Tensor<1>,
}

impl Velocity {
    fn rest(layer: &HopfieldLayer) -> Self {
        let rest = |param: &Param<Tensor<2>>| param.val().without_autodiff().zeros_like();
        Self {
            patterns: rest(&layer.patterns),
            values: layer.values.as_ref().map(rest),
            log_beta: layer.log_beta.val().without_autodiff().zeros_like(),
        }
    }
}

impl Sgd {
    /// At rest, for this stack, with the momentum μ and the limit of a pattern's gradient.
    pub fn new(momentum: f64, limit: Option<f64>, stack: &HopfieldStack) -> Self {
        Self { momentum, limit, velocities: stack.layers.iter().map(Velocity::rest).collect() }
    }

    /// One step down the gradients of a loss that was computed with this stack. What has no gradient
    /// (a fixed β) stays.
    ///
    /// # Panics
    ///
    /// If the stack has other layers than the one given to [`new`](Self::new).
    pub fn step(&mut self, stack: &mut HopfieldStack, gradients: &Gradients, rates: LearningRates) {
        let of_layer = |layer| LayerGradients::of(layer, gradients);
        let gradients = stack.layers.iter().map(of_layer).collect();
        self.step_by(stack, gradients, rates);
    }

    /// [`step`](Self::step) down these gradients of the layers, which are on the device of the stack.
    ///
    /// # Panics
    ///
    /// If the stack, or the gradients, have other layers than the stack given to [`new`](Self::new).
    pub fn step_by(
        &mut self,
        stack: &mut HopfieldStack,
        gradients: Vec<LayerGradients>,
        rates: LearningRates,
    ) {
        assert_eq!(stack.layers.len(), self.velocities.len());
        assert_eq!(gradients.len(), self.velocities.len());
        let layers = stack.layers.iter_mut().zip(&mut self.velocities);
        for ((layer, velocity), gradient) in layers.zip(gradients) {
            let LayerGradients { patterns, values, log_beta } = gradient;
            let by = RowDescent {
                rate: rates.patterns,
                momentum: self.momentum,
                limit: self.limit,
                range: layer.range,
            };
            layer.change(
                |h| by.step(h, &mut velocity.patterns, patterns),
                |v| match &mut velocity.values {
                    Some(velocity) => by.step(v, velocity, values),
                    None => v,
                },
                |of_layer| {
                    let Some(gradient) = log_beta else { return of_layer };
                    let velocity = &mut velocity.log_beta;
                    log_beta_step(of_layer, velocity, gradient, self.momentum, rates.log_beta)
                },
            );
        }
    }

    /// One step whose size does not depend on the size of the gradients of the first layer's patterns and values (Krotov &
    /// Hopfield 2016, eqs. 12 and 13): of every pattern, with its value, the entry that moves most moves by `rate`, unless
    /// its velocity is less than the part `floor` of the largest there is.
    ///
    /// ```text
    /// U ← μ U + G        h_n ← Π(h_n − rate · U_n / max(|U_n|, floor · |U|))        values likewise; |·|: the largest entry
    /// ```
    ///
    /// Without a floor, 0 as in the paper, a pattern that no state needs moves on as far as those that are learning, along
    /// what rounding leaves of its gradient, until no state reaches it any more.
    ///
    /// # Panics
    ///
    /// If the stack has other layers than the one given to [`new`](Self::new), or its first layer no values.
    pub fn step_relative(
        &mut self,
        stack: &mut HopfieldStack,
        [of_patterns, of_values]: [Tensor<2>; 2],
        rate: f64,
        floor: f64,
    ) {
        let velocity = &mut self.velocities[0];
        let of_labels = velocity.values.as_mut().expect("the first layer has values");
        velocity.patterns = velocity.patterns.clone() * self.momentum + of_patterns;
        *of_labels = of_labels.clone() * self.momentum + of_values;
        let largest = |rows: &Tensor<2>| rows.clone().abs().max_dim(1); // [N, 1]
        let largest = largest(&velocity.patterns).max_pair(largest(of_labels));
        let floor = largest.clone().max().unsqueeze::<2>() * floor;
        let scale = largest.clone().max_pair(floor.expand(largest.shape()));
        let scale = scale.clamp_min(1e-30).recip() * rate;
        stack.layers[0].update(
            |h| h - velocity.patterns.clone() * scale.clone(),
            |v| v - of_labels.clone() * scale.clone(),
            |log_beta| log_beta,
        );
    }

    /// Brings these patterns of a layer to rest: they are no longer what their velocity is about.
    ///
    /// # Panics
    ///
    /// If the stack has no such layer, or the layer no such pattern.
    pub fn stop(&mut self, stack: &HopfieldStack, layer: usize, patterns: &[usize]) {
        let entries = stack.layers[layer].entries_of(patterns);
        let velocity = &mut self.velocities[layer].patterns;
        *velocity = velocity.clone().mask_fill(entries, 0.0);
    }

    /// The velocities, by name: `velocities.K.patterns`, `.values` (of layers with values of their own) and `.log_beta`.
    pub fn state(&self) -> Vec<(String, TensorData)> {
        let mut state = Vec::new();
        for (index, velocity) in self.velocities.iter().enumerate() {
            state.push((format!("velocities.{index}.patterns"), velocity.patterns.to_data()));
            if let Some(values) = &velocity.values {
                state.push((format!("velocities.{index}.values"), values.to_data()));
            }
            state.push((format!("velocities.{index}.log_beta"), velocity.log_beta.to_data()));
        }
        state
    }

    /// SGD of `stack` with the velocities of a [`state`](Self::state): `find` gives the tensor of this name, which must have
    /// this shape.
    ///
    /// # Errors
    ///
    /// Those of `find`.
    pub fn with_state<E>(
        momentum: f64,
        limit: Option<f64>,
        stack: &HopfieldStack,
        mut find: impl FnMut(&str, &[usize]) -> Result<TensorData, E>,
    ) -> Result<Self, E> {
        let mut sgd = Self::new(momentum, limit, stack);
        for (index, velocity) in sgd.velocities.iter_mut().enumerate() {
            load(&mut velocity.patterns, format!("velocities.{index}.patterns"), &mut find)?;
            if let Some(values) = &mut velocity.values {
                load(values, format!("velocities.{index}.values"), &mut find)?;
            }
            load(&mut velocity.log_beta, format!("velocities.{index}.log_beta"), &mut find)?;
        }
        Ok(sgd)
    }
}

fn load<const D: usize, E>(
    velocity: &mut Tensor<D>,
    name: String,
    find: &mut impl FnMut(&str, &[usize]) -> Result<TensorData, E>,
) -> Result<(), E> {
    *velocity = Tensor::from_data(find(&name, &velocity.dims())?, &velocity.device());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use hopfield_layer::{Beta, HopfieldLayerConfig, Init, Values};

    const RATES: LearningRates = LearningRates { patterns: 0.5, log_beta: 0.25 };

    fn stack(config: HopfieldLayerConfig) -> HopfieldStack {
        let device = Device::flex().autodiff();
        HopfieldStack::new(vec![config.try_init(1, &device).unwrap()]).unwrap()
    }

    /// Gradients 2·H for H, 2·V for V and 3 for log β.
    fn gradients(stack: &HopfieldStack) -> Gradients {
        let layer = &stack.layers[0];
        let loss = layer.patterns.val().square().sum() + layer.log_beta.val() * 3.0;
        let of_values = layer.values.as_ref().map(|values| values.val().square().sum());
        of_values.map_or(loss.clone(), |of_values| loss + of_values).backward()
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn two_steps_by_hand() {
        let config = HopfieldLayerConfig::new(1, 1).with_beta(Some(Beta::Trainable(1.0)));
        let mut stack = stack(config);
        stack.layers[0].update(|h| h.full_like(8.0), |v| v, |log_beta| log_beta);
        let mut sgd = Sgd::new(0.5, None, &stack);
        let after = |stack: &HopfieldStack| {
            let layer = &stack.layers[0];
            (values(layer.patterns.val())[0], values(layer.log_beta.val())[0])
        };
        let gradient = gradients(&stack);
        sgd.step(&mut stack, &gradient, RATES);
        // V = 16, H = 8 − 8; v = 3 is clipped to 0.4.
        assert_eq!(after(&stack), (0.0, -0.1));
        let gradient = gradients(&stack);
        sgd.step(&mut stack, &gradient, RATES);
        // V = 8 + 0, H = 0 − 4; v = 0.2 + 3 is clipped again.
        assert_eq!(after(&stack), (-4.0, -0.2));
    }

    #[test]
    fn a_fixed_beta_stays_and_patterns_stay_in_their_range() {
        let config = HopfieldLayerConfig::new(4, 3)
            .with_beta(Some(Beta::Fixed(2.0)))
            .with_init(Init::Uniform { low: 0.0, high: 1.0 })
            .with_range(Some([0.25, 1.0].into()));
        let mut stack = stack(config);
        let before = stack.layers[0].log_beta.val().into_data();
        let mut sgd = Sgd::new(0.9, None, &stack);
        for _ in 0..5 {
            let gradient = gradients(&stack);
            sgd.step(&mut stack, &gradient, RATES);
        }
        stack.layers[0].log_beta.val().into_data().assert_eq(&before, true);
        assert_eq!(values(stack.layers[0].patterns.val()), [0.25; 12]);
    }

    #[test]
    fn two_relative_steps_by_hand() {
        let init = Init::Uniform { low: 0.0, high: 1.0 };
        let config = HopfieldLayerConfig::new(3, 2)
            .with_values(Some(Values { dim: 1, init }))
            .with_range(Some([-1.0, 1.0].into()));
        let mut stack = stack(config);
        stack.layers[0].update(|h| h.zeros_like(), |v| v.zeros_like(), |log_beta| log_beta);
        let mut sgd = Sgd::new(0.5, None, &stack);
        let device = Device::flex();
        let step = |stack: &mut HopfieldStack, sgd: &mut Sgd, rate, floor| {
            // The largest entry is a pattern's, a value's, and next to nothing.
            let patterns =
                Tensor::<2>::from_data([[8.0, -4.0], [1.0, 0.0], [0.002, 0.001]], &device);
            let labels = Tensor::<2>::from_data([[2.0], [-4.0], [0.0]], &device);
            sgd.step_relative(stack, [patterns, labels], rate, floor);
            let layer = &stack.layers[0];
            let of = |rows: Tensor<2>| values(rows);
            (of(layer.patterns.val()), of(layer.values.as_ref().unwrap().val()))
        };
        let (patterns, labels) = step(&mut stack, &mut sgd, 0.5, 0.0);
        assert_eq!(patterns, [-0.5, 0.25, -0.125, 0.0, -0.5, -0.25]);
        assert_eq!(labels, [-0.125, 0.5, 0.0]);
        // Velocities are 1.5 times as large, in the same directions, and entries stay in [−1, 1].
        let (patterns, labels) = step(&mut stack, &mut sgd, 0.75, 0.25);
        assert_eq!(patterns[..4], [-1.0, 0.625, -0.3125, 0.0]);
        assert_eq!(labels, [-0.3125, 1.0, 0.0]);
        // .003 of a floor of 3, a quarter of 12.
        assert!((patterns[4] + 0.5 + 0.75 * 0.001).abs() < 1e-6, "{patterns:?}");
    }

    #[test]
    fn velocities_can_be_saved_and_restored() {
        let of =
            |n| {
                let config = HopfieldLayerConfig::new(n, 3).with_beta(Some(Beta::Trainable(1.0)));
                stack(config.with_values(Some(Values {
                    dim: 2,
                    init: Init::Uniform { low: 0.0, high: 1.0 },
                })))
            };
        let mut stack = of(2);
        let mut sgd = Sgd::new(0.9, None, &stack);
        let gradient = gradients(&stack);
        sgd.step(&mut stack, &gradient, RATES);

        let state = sgd.state();
        let find = |name: &str, shape: &[usize]| {
            let (_, data) = state.iter().find(|(found, _)| found == name).ok_or("missing")?;
            if data.shape()[..] == *shape { Ok(data.clone()) } else { Err("another shape") }
        };
        let loaded = Sgd::with_state(0.9, None, &stack, find).unwrap();
        let data = |sgd: &Sgd| -> [TensorData; 3] {
            let Velocity { patterns, values, log_beta } = &sgd.velocities[0];
            let values = values.as_ref().unwrap();
            [patterns.to_data(), values.to_data(), log_beta.to_data()]
        };
        assert_eq!(data(&loaded), data(&sgd));
        assert!(data(&loaded)[1].iter::<f32>().all(|velocity| velocity > 0.0));
        assert_eq!(Sgd::with_state(0.9, None, &of(4), find).unwrap_err(), "another shape");
    }

    #[test]
    fn patterns_can_be_brought_to_rest() {
        let mut stack = stack(HopfieldLayerConfig::new(3, 2).with_beta(Some(Beta::Trainable(1.0))));
        let mut sgd = Sgd::new(0.9, None, &stack);
        let gradient = gradients(&stack);
        sgd.step(&mut stack, &gradient, RATES);
        sgd.stop(&stack, 0, &[0, 2]);
        let found = values(sgd.velocities[0].patterns.clone());
        let at_rest: Vec<bool> = found.into_iter().map(|velocity| velocity == 0.0).collect();
        assert_eq!(at_rest, [true, true, false, false, true, true]);
    }

    #[test]
    fn the_gradient_of_a_pattern_is_shortened_to_its_limit() {
        let mut stack = stack(HopfieldLayerConfig::new(1, 1).with_beta(Some(Beta::Fixed(1.0))));
        stack.layers[0].update(|h| h.full_like(8.0), |v| v, |log_beta| log_beta);
        let mut sgd = Sgd::new(0.5, Some(2.0), &stack);
        let gradient = gradients(&stack);
        sgd.step(&mut stack, &gradient, RATES);
        // G = 16 is shortened to 2.
        assert_eq!(values(stack.layers[0].patterns.val()), [7.0]);
    }
}
