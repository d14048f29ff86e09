//! The layer as a Burn module, whose records hold its settings beside its tensors.
//!
//! Burn's records hold tensors only. So the settings are written as one: the codes of their JSON text, padded with
//! spaces to a fixed length. It exists while a record is written or read; the layer itself has its settings as fields.

use std::fmt::{Display, Formatter};

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
    Param, ParamId,
};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use hopfield_kernels::Precision;
use serde::{Deserialize, Serialize};

use crate::{HopfieldLayer, Range, Separation, Similarity};

/// What a layer is beside its tensors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LayerSettings {
    /// Whether an optimiser trains β.
    pub beta_trainable: bool,
    /// How states and patterns are compared.
    pub similarity: Similarity,
    /// How scores become weights.
    pub separation: Separation,
    /// Update steps in one answer.
    pub steps: usize,
    /// Where patterns and values stay.
    pub range: Option<Range>,
}

impl LayerSettings {
    /// Longer than any settings.
    const LENGTH: usize = 256;

    /// What a visitor finds under the name `settings` of a [`HopfieldLayer`], `[256]`: the settings, if it is that.
    pub fn decode(codes: &Tensor<1, Int>) -> Option<Self> {
        let codes = codes.to_data();
        let text: Option<String> =
            codes.iter::<i64>().map(|code| char::from_u32(u32::try_from(code).ok()?)).collect();
        serde_json::from_str(&text?).ok()
    }

    fn encode(self) -> TensorData {
        let text = serde_json::to_string(&self).expect("it is plain data");
        let mut codes: Vec<i32> = text.bytes().map(i32::from).collect();
        codes.resize(Self::LENGTH, i32::from(b' '));
        TensorData::new(codes, [Self::LENGTH])
    }
}

impl HopfieldLayer {
    /// Similarity, separation, steps, range and whether β is trained.
    pub fn settings(&self) -> LayerSettings {
        LayerSettings {
            similarity: self.similarity,
            separation: self.separation,
            steps: self.steps,
            range: self.range,
            beta_trainable: self.beta_is_trainable(),
        }
    }

    /// The settings as a parameter, which gets a tensor only when it is read. It has an id of its own that depends on
    /// the layer's.
    fn settings_param(&self) -> Param<Tensor<1, Int>> {
        let settings = self.settings();
        let encode =
            move |device: &Device, _| Tensor::from_data(settings.encode(), (device, DType::I32));
        let id = ParamId::from(!self.patterns.id.val());
        let device = self.patterns.lazy_device();
        Param::uninitialized(id, encode, device, false, [LayerSettings::LENGTH].into())
    }

    /// The same change of every parameter.
    fn each(
        self,
        patterns: impl Fn(Param<Tensor<2>>) -> Param<Tensor<2>>,
        log_beta: impl Fn(Param<Tensor<1>>) -> Param<Tensor<1>>,
    ) -> Self {
        Self {
            patterns: patterns(self.patterns),
            values: self.values.map(&patterns),
            log_beta: log_beta(self.log_beta),
            ..self
        }
    }
}

/// As Burn's derive names it.
const CONTAINER: &str = "Struct:HopfieldLayer";

impl Module for HopfieldLayer {
    fn collect_devices(&self, devices: Devices) -> Devices {
        let devices = self.values.collect_devices(self.patterns.collect_devices(devices));
        self.log_beta.collect_devices(devices)
    }

    fn fork(self, device: &Device) -> Self {
        self.each(|rows| rows.fork(device), |log_beta| log_beta.fork(device))
    }

    fn to_device(self, device: &Device) -> Self {
        self.each(|rows| rows.to_device(device), |log_beta| log_beta.to_device(device))
    }

    fn valid(&self) -> Self {
        Self { precision: Precision::F32, ..self.clone() }
            .each(|rows| rows.valid(), |log_beta| log_beta.valid())
    }

    fn train(self) -> Self {
        self.each(Module::train, Module::train)
    }

    fn materialize(self) -> Self {
        self.each(Module::materialize, Module::materialize)
    }

    fn visit<Visitor: ModuleVisitor>(&self, visitor: &mut Visitor) {
        visit("patterns", &self.patterns, visitor);
        visit("values", &self.values, visitor);
        visit("log_beta", &self.log_beta, visitor);
        visit("settings", &self.settings_param(), visitor);
    }

    /// # Panics
    ///
    /// If a record is loaded whose `settings` are not those of a Hopfield layer: Burn lets a module report no error here.
    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        let settings = self.settings_param();
        let mut layer = Self {
            patterns: map("patterns", self.patterns, mapper),
            values: map("values", self.values, mapper),
            log_beta: map("log_beta", self.log_beta, mapper),
            ..self
        };
        let settings = map("settings", settings, mapper);
        // Nobody has read or replaced it, as in an optimiser's step.
        if !settings.is_initialized() {
            return layer;
        }
        let loaded = LayerSettings::decode(&settings.val());
        let loaded = loaded.expect("the record's `settings` are those of a Hopfield layer");
        layer.similarity = loaded.similarity;
        layer.separation = loaded.separation;
        layer.steps = loaded.steps;
        layer.range = loaded.range;
        layer.log_beta = layer.log_beta.set_require_grad(loaded.beta_trainable);
        layer
    }
}

fn visit<M: Module, V: ModuleVisitor>(name: &str, part: &M, visitor: &mut V) {
    visitor.enter_module(name, CONTAINER);
    part.visit(visitor);
    visitor.exit_module(name, CONTAINER);
}

fn map<M: Module, Mapper: ModuleMapper>(name: &str, part: M, mapper: &mut Mapper) -> M {
    mapper.enter_module(name, CONTAINER);
    let part = part.map(mapper);
    mapper.exit_module(name, CONTAINER);
    part
}

impl ModuleDisplayDefault for HopfieldLayer {
    fn content(&self, content: Content) -> Option<Content> {
        self.custom_content(content)
    }

    fn num_params(&self) -> usize {
        Module::num_params(self)
    }
}

impl Display for HopfieldLayer {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&ModuleDisplay::format(self, Default::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Beta, HopfieldLayerConfig, Init, Values};
    use burn::nn::{Linear, LinearConfig};
    use burn::store::ModuleRecord;
    use burn::tensor::Distribution;

    /// A layer inside a model of the user's.
    #[derive(Module, Debug)]
    struct Model {
        linear: Linear,
        hopfield: HopfieldLayer,
    }

    impl Model {
        fn new(config: HopfieldLayerConfig, device: &Device) -> Self {
            Self { linear: LinearConfig::new(3, 4).init(device), hopfield: config.init(device) }
        }

        fn forward(&self, rows: Tensor<2>) -> Tensor<2> {
            self.hopfield.forward(self.linear.forward(rows))
        }
    }

    fn shapes() -> HopfieldLayerConfig {
        let values = Values { dim: 6, init: Init::Normal { mean: 0.0, std: 0.5 } };
        HopfieldLayerConfig::new(5, 4).with_heads(2).with_values(Some(values))
    }

    fn unlike() -> HopfieldLayerConfig {
        shapes()
            .with_similarity(Similarity::Cosine)
            .with_separation(Separation::TopK(2))
            .with_steps(3)
            .with_beta(Some(Beta::PerHead { start: vec![2.0, 0.3], trainable: false }))
            .with_range(Some(Range { low: -0.75, high: 1.0 / 3.0 }))
    }

    #[test]
    fn settings_survive_a_record() {
        let device = Device::flex().autodiff();
        let rows = Tensor::<2>::random([7, 3], Distribution::Default, &device);
        for (of_saved, of_loaded) in [(unlike(), shapes()), (shapes(), unlike())] {
            let saved = Model::new(of_saved, &device);
            let expected = saved.forward(rows.clone()).into_data();
            let other = Model::new(of_loaded, &device);
            assert_ne!(other.forward(rows.clone()).into_data(), expected);

            let bytes = saved.clone().into_record().into_bytes().unwrap();
            let loaded = other.load_record(ModuleRecord::from_bytes(bytes).unwrap());
            loaded.forward(rows.clone()).into_data().assert_eq(&expected, true);
            assert_eq!(loaded.hopfield.settings(), saved.hopfield.settings());
            // Only what was trained gets a gradient.
            let gradients = loaded.forward(rows.clone()).sum().backward();
            let log_beta = loaded.hopfield.log_beta.val().grad(&gradients);
            assert_eq!(log_beta.is_some(), saved.hopfield.beta_is_trainable());
            assert!(loaded.hopfield.patterns.val().grad(&gradients).is_some());
        }
    }

    #[test]
    fn settings_survive_a_file() {
        let device = Device::flex();
        let saved = unlike().init(&device);
        let path = std::env::temp_dir().join(format!("hopfield-{}.bpk", std::process::id()));
        saved.clone().save_file(&path).unwrap();
        let loaded = shapes().init(&device).try_load_file(&path);
        std::fs::remove_file(path).unwrap();
        assert_eq!(loaded.unwrap().settings(), saved.settings());
    }

    #[test]
    fn the_longest_settings_fit() {
        let settings = LayerSettings {
            similarity: Similarity::CentredDot,
            separation: Separation::TopK(usize::MAX),
            steps: usize::MAX,
            range: Some(Range { low: f64::MIN, high: -f64::MIN_POSITIVE }),
            beta_trainable: false,
        };
        let codes = Tensor::from_data(settings.encode(), (&Device::flex(), DType::I32));
        assert_eq!(codes.dims(), [LayerSettings::LENGTH]);
        assert_eq!(LayerSettings::decode(&codes), Some(settings));
        assert_eq!(LayerSettings::decode(&codes.zeros_like()), None);
    }

    #[test]
    fn a_layer_moves_and_counts_like_any_module() {
        let device = Device::flex();
        let layer = shapes().init(&device);
        assert_eq!(Module::num_params(&layer), 5 * 4 + 5 * 6 + 2);
        assert_eq!(layer.devices(), std::slice::from_ref(&device));
        let trained = layer.clone().train();
        assert!(trained.patterns.val().is_require_grad());
        assert!(!trained.valid().patterns.val().is_autodiff());
        let moved = layer.clone().to_device(&device).fork(&device).materialize();
        moved.patterns.val().into_data().assert_eq(&layer.patterns.val().into_data(), true);
        assert_eq!(moved.settings(), layer.settings());
    }
}
