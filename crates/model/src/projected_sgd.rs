//! Projected SGD as a Burn optimiser, for any module that contains Hopfield layers.

use burn::config::Config;
use burn::module::{Module, ModuleVisitor, Param, ParamGroup, ParamId};
use burn::optim::{LearningRate, ModuleOptimizer, Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{Device, Int, Tensor};
use hopfield_layer::{LayerSettings, Range};

use crate::row_descent::{RowDescent, log_beta_step};

/// Settings of projected SGD with momentum.
///
/// ```
/// use burn::module::Module;
/// use burn::nn::{Linear, LinearConfig};
/// use burn::optim::GradientsParams;
/// use burn::tensor::{Device, Distribution, Tensor};
/// use hopfield_layer::{HopfieldLayer, HopfieldLayerConfig};
/// use hopfield_model::ProjectedSgdConfig;
///
/// #[derive(Module, Debug)]
/// struct Model {
///     linear: Linear,
///     hopfield: HopfieldLayer,
/// }
///
/// let device = Device::flex().autodiff();
/// let hopfield = HopfieldLayerConfig::new(8, 4).with_range(Some([0.0, 1.0].into()));
/// let mut model = Model {
///     linear: LinearConfig::new(3, 4).init(&device),
///     hopfield: hopfield.init(&device),
/// };
/// let mut optimiser = ProjectedSgdConfig::new().with_gradient_limit(Some(1.0)).init(&model);
///
/// let states = Tensor::<2>::random([16, 3], Distribution::Default, &device);
/// let answers = model.hopfield.forward(model.linear.forward(states));
/// let gradients = GradientsParams::from_grads(answers.square().sum().backward(), &model);
/// model = optimiser.step(0.1, model, gradients);
/// assert!(model.hopfield.patterns.val().min().into_scalar::<f32>() >= 0.0);
/// ```
#[derive(Config, Debug, PartialEq)]
pub struct ProjectedSgdConfig {
    /// μ, from 0 to below 1; 0 is plain SGD.
    #[config(default = 0.9)]
    pub momentum: f64,
    /// The gradient of a pattern or value that is longer is shortened to this. Without, it stays as it is.
    pub gradient_limit: Option<f64>,
    /// η_β / η: the learning rate of log β by that of everything else.
    #[config(default = 1e-3)]
    pub beta_rate: f64,
}

impl ProjectedSgdConfig {
    /// The optimiser of a module. It keeps the ranges that the module's Hopfield layers have now.
    ///
    /// # Panics
    ///
    /// If a setting is out of range: the momentum is not in [0, 1), the limit not above 0, or the rate below 0.
    pub fn init<M: Module>(&self, module: &M) -> ModuleOptimizer {
        let Self { momentum, gradient_limit, beta_rate } = *self;
        assert!((0.0..1.0).contains(&momentum), "a momentum is in [0, 1), not {momentum}");
        assert!(gradient_limit.is_none_or(|limit| limit > 0.0), "a gradient limit is above 0");
        assert!(beta_rate >= 0.0, "the rate of β is 0 or more, not {beta_rate}");
        let plain = ProjectedSgd::Rows { momentum, limit: None, range: None };
        let mut layers = Layers::default();
        module.visit(&mut layers);
        let of_beta = ParamGroup::from_ids(layers.log_betas);
        let optimiser = ModuleOptimizer::from(plain).with_group(
            of_beta,
            ProjectedSgd::LogBeta { momentum, rate: beta_rate },
            None,
        );
        layers.rows.into_iter().fold(optimiser, |optimiser, (ids, range)| {
            let rows = ProjectedSgd::Rows { momentum, limit: gradient_limit, range };
            optimiser.with_group(ParamGroup::from_ids(ids), rows, None)
        })
    }
}

/// Projected SGD with classical momentum μ, as [`ProjectedSgdConfig`] makes it: of each parameter by what it is.
///
/// ```text
/// U ← μ U + clip(G)                       H ← Π(H − η U)                patterns and values
/// v ← clip(μ v + ∂L/∂log β, ±0.1 / η_β)   log β ← log β − η_β v
/// U ← μ U + G                             W ← W − η U                   everything else
/// ```
///
/// Π moves each entry into the layer's range, if it has one; clip shortens each row of the gradient to a limit, if there is
/// one: `g_n ← g_n · min(1, limit / ‖g_n‖)`. A β that is not trained has no gradient and stays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ProjectedSgd {
    /// Rows: patterns, values, or (without limit and range) any parameter.
    Rows {
        /// μ
        momentum: f64,
        /// The gradient of a row is no longer than this.
        limit: Option<f64>,
        /// Where every entry stays.
        range: Option<Range>,
    },
    /// log β.
    LogBeta {
        /// μ
        momentum: f64,
        /// η_β / η
        rate: f64,
    },
}

/// U, or v.
#[derive(Debug, Clone)]
pub struct Velocity<const D: usize>(Tensor<D>);

impl<const D: usize> RecordState for Velocity<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        out.push_tensor(prefix, "velocity", self.0.to_data());
    }

    fn state_unflatten(prefix: &str, src: &mut StateSource, device: &Device) -> Option<Self> {
        Some(Self(Tensor::from_data(src.take_tensor(prefix, "velocity")?, device)))
    }
}

impl Optimizer for ProjectedSgd {
    type State<const D: usize> = Velocity<D>;

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<Velocity<D>>,
    ) -> (Tensor<D>, Option<Velocity<D>>) {
        let mut velocity = state.map_or_else(|| grad.zeros_like(), |Velocity(velocity)| velocity);
        match *self {
            Self::LogBeta { momentum, rate } => {
                let tensor = log_beta_step(tensor, &mut velocity, grad, momentum, rate * lr);
                (tensor, Some(Velocity(velocity)))
            }
            Self::Rows { momentum, limit, range } => {
                let shape = tensor.shape();
                let rows = match D {
                    0 | 1 => 1,
                    _ => tensor.dims()[0],
                };
                let width = shape.num_elements() / rows.max(1);
                let flat = |tensor: Tensor<D>| tensor.reshape([rows, width]);
                let by = RowDescent { rate: lr, momentum, limit, range };
                let mut of_rows = flat(velocity);
                let tensor = by.step(flat(tensor), &mut of_rows, Some(flat(grad)));
                let velocity = of_rows.reshape(shape.clone());
                (tensor.reshape(shape), Some(Velocity(velocity)))
            }
        }
    }

    fn to_device<const D: usize>(Velocity(state): Velocity<D>, device: &Device) -> Velocity<D> {
        Velocity(state.to_device(device))
    }
}

/// The Hopfield layers of a module.
#[derive(Default)]
struct Layers {
    /// Names and container types from the module down.
    path: Vec<(String, String)>,
    /// Patterns and values of each layer, and where they stay.
    rows: Vec<(Vec<ParamId>, Option<Range>)>,
    log_betas: Vec<ParamId>,
}

impl Layers {
    /// The name of a part of a Hopfield layer, if that is where the visitor is.
    fn part(&self) -> Option<&str> {
        let (name, container) = self.path.last()?;
        (container == "Struct:HopfieldLayer").then_some(name)
    }
}

impl ModuleVisitor for Layers {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.push((name.to_owned(), container_type.to_owned()));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        match self.part() {
            Some("patterns") => self.rows.push((vec![param.id], None)),
            Some("values") => self.rows.last_mut().expect("after the patterns").0.push(param.id),
            Some("log_beta") => self.log_betas.push(param.id),
            _ => {}
        }
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        if self.part() == Some("settings") {
            let settings = LayerSettings::decode(&param.val().reshape([-1]));
            let layer = self.rows.last_mut().expect("after the patterns");
            layer.1 = settings.and_then(|settings| settings.range);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::{Linear, LinearConfig};
    use burn::optim::{AdamConfig, GradientsParams};
    use burn::tensor::TensorData;
    use hopfield_layer::{Beta, HopfieldLayer, HopfieldLayerConfig, Init, Values};

    /// linear → Hopfield → linear
    #[derive(Module, Debug)]
    struct Model {
        first: Linear,
        hopfield: HopfieldLayer,
        last: Linear,
    }

    impl Model {
        fn new(hopfield: &HopfieldLayerConfig, outputs: usize, device: &Device) -> Self {
            device.seed(1);
            Self {
                first: LinearConfig::new(2, hopfield.dim).init(device),
                last: LinearConfig::new(outputs, 1).init(device),
                hopfield: hopfield.init(device),
            }
        }
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    /// Whether a point lies in the unit circle, from 200 points of a grid.
    fn trained(mut model: Model, mut optimiser: ModuleOptimizer, rate: f64) -> (Model, [f32; 2]) {
        let device = Device::flex().autodiff();
        let points: Vec<[f32; 2]> = (0..196)
            .map(|i| [(i % 14) as f32 / 3.25 - 2.0, (i / 14) as f32 / 3.25 - 2.0])
            .collect();
        let inside = points.iter().map(|[x, y]| f32::from(u8::from(x * x + y * y < 1.5)));
        let inside = TensorData::new(inside.collect(), [196, 1]);
        let inside = Tensor::<2>::from_data(inside, &device);
        let points = TensorData::new(points.concat(), [196, 2]);
        let points = Tensor::<2>::from_data(points, &device);
        let mut losses = vec![];
        for _ in 0..300 {
            let hidden = model.hopfield.forward(model.first.forward(points.clone()));
            let loss = (model.last.forward(hidden) - inside.clone()).square().mean();
            losses.push(loss.clone().into_scalar::<f32>());
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            model = optimiser.step(rate, model, gradients);
        }
        (model, [losses[0], losses[299]])
    }

    #[test]
    fn a_model_with_a_hopfield_layer_learns_with_it_and_with_adam() {
        let device = Device::flex().autodiff();
        let config = HopfieldLayerConfig::new(16, 8)
            .with_beta(Some(Beta::Trainable(2.0)))
            .with_init(Init::Normal { mean: 0.0, std: 0.4 })
            .with_range(Some(Range { low: -0.5, high: 0.5 }));
        let model = Model::new(&config, 8, &device);
        let ours = ProjectedSgdConfig::new().with_beta_rate(0.1).init(&model);
        let (model, [before, after]) = trained(model, ours, 0.1);
        assert!(after < 0.5 * before, "projected SGD: {before} → {after}");
        let patterns = values(model.hopfield.patterns.val());
        assert!(patterns.iter().all(|entry| (-0.5..=0.5).contains(entry)), "{patterns:?}");
        assert_ne!(model.hopfield.beta(), [2.0]);

        let model = Model::new(&config, 8, &device);
        let (_, [before, after]) = trained(model, AdamConfig::new().init(), 0.01);
        assert!(after < 0.5 * before, "Adam: {before} → {after}");
    }

    /// Two patterns and a weight of one number, all with the gradient 2 x; log β with the gradient 3.
    fn by_hand(beta: Beta) -> (Model, ProjectedSgdConfig) {
        let device = Device::flex().autodiff();
        let config = HopfieldLayerConfig::new(2, 1)
            .with_beta(Some(beta))
            .with_values(Some(Values { dim: 1, init: Init::Uniform { low: 1.0, high: 9.0 } }))
            .with_range(Some(Range { low: 1.0, high: 9.0 }));
        let mut model = Model::new(&config, 1, &device);
        let plain = Device::flex();
        model.hopfield.update(
            |_| Tensor::from_data([[8.0], [2.0]], &plain),
            |_| Tensor::from_data([[8.0], [2.0]], &plain),
            |log_beta| log_beta,
        );
        model.last.weight = Param::from_tensor(Tensor::from_data([[8.0]], &device));
        let config = ProjectedSgdConfig::new().with_momentum(0.5).with_gradient_limit(Some(4.0));
        (model, config.with_beta_rate(0.5))
    }

    fn gradients(model: &Model) -> GradientsParams {
        let Model { hopfield, last, .. } = model;
        let of_values = hopfield.values.as_ref().unwrap().val().square().sum();
        let of_rows = hopfield.patterns.val().square().sum() + of_values;
        let loss = of_rows + last.weight.val().square().sum() + hopfield.log_beta.val() * 3.0;
        GradientsParams::from_grads(loss.backward(), model)
    }

    fn all(model: &Model) -> Vec<f32> {
        let Model { hopfield, last, .. } = model;
        let of_layer = [hopfield.patterns.val(), hopfield.values.as_ref().unwrap().val()];
        let numbers = of_layer.map(values).concat();
        [numbers, values(last.weight.val()), values(hopfield.log_beta.val())].concat()
    }

    #[test]
    fn two_steps_by_hand() {
        let (mut model, config) = by_hand(Beta::Trainable(1.0));
        let mut optimiser = config.init(&model);
        let gradient = gradients(&model);
        model = optimiser.step(0.5, model, gradient);
        // Rows: g = 16 → 4, 8 − 2; g = 4, 2 − 2 → 1. Weight: 8 − 8. log β: v = 3 → 0.4.
        assert_eq!(all(&model), [6.0, 1.0, 6.0, 1.0, 0.0, -0.1]);
        // The optimiser goes on from its record.
        let record = optimiser.to_record();
        let mut optimiser = config.init(&model).load_record(record);
        let gradient = gradients(&model);
        model = optimiser.step(0.5, model, gradient);
        // u = 2 + 4, 6 − 3; u = 2 + 2, 1 − 2 → 1. Weight: u = 8 + 0, 0 − 4. log β: v = 0.2 + 3 → 0.4.
        assert_eq!(all(&model), [3.0, 1.0, 3.0, 1.0, -4.0, -0.2]);
    }

    #[test]
    fn a_beta_that_is_not_trained_stays() {
        let (mut model, config) = by_hand(Beta::Fixed(1.0));
        let mut optimiser = config.init(&model);
        let gradient = gradients(&model);
        model = optimiser.step(0.5, model, gradient);
        assert_eq!(all(&model), [6.0, 1.0, 6.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "a momentum is in [0, 1), not 1")]
    fn settings_out_of_range_panic() {
        let (model, config) = by_hand(Beta::Fixed(1.0));
        config.with_momentum(1.0).init(&model);
    }
}
