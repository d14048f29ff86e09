//! A training, step by step: the same steps as those of `hopfield train`.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use hopfield_arrays::{ImageShape, Scaling};
use hopfield_database::{PatternDatabase, Provenance, TrainedFrom};
use hopfield_model::{
    Batch, HopfieldStack, Learned, ModelError, Objective, Reconstruction, Reseeding, Seeds, Sgd,
    TrainingSchedule, mse_per_pixel, reconstruction_error,
};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

use crate::error::js;
use crate::{Digits, Network, Settings};

/// A training of a stack to answer digits with themselves.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Training {
    settings: Settings,
    seeds: Seeds,
    schedule: TrainingSchedule,
    objective: Reconstruction,
    stack: HopfieldStack,
    sgd: Sgd,
    /// `[n, d]`
    images: Tensor<2>,
    /// Other digits: `[n, d]`.
    test: Tensor<2>,
    shape: ImageShape,
    provenance: TrainedFrom,
    /// Steps done.
    done: u64,
    /// The order of the images in the epoch of the next step.
    order: Vec<i64>,
}

impl Training {
    /// A stack that has not been trained yet.
    ///
    /// # Errors
    ///
    /// The test digits have another shape, or a layer can't be made.
    pub fn begin(settings: Settings, digits: &Digits, test: &Digits) -> Result<Self, String> {
        if digits.shape != test.shape {
            return Err(format!(
                "The digits are {}, but the test digits {}.",
                digits.shape, test.shape
            ));
        }
        let [images, test] = [digits, test].map(|digits| digits.images.clone());
        let [count, dim] = images.dims();
        let training = settings.training;
        let schedule = settings.schedule(count.div_ceil(training.batch_size) as u64);
        let seeds = Seeds::new(settings.seed);
        let order = order(seeds, 0, count);
        let first = rows(&images, &order[..count.min(training.batch_size)]);
        let stack = settings.stack(dim).init(seeds.init, &images, &first);
        // Pages count layers from 1.
        let stack = stack.map_err(|error| match error {
            ModelError::Layer { layer, source } => format!("Layer {}: {source}", layer + 1),
            other => other.to_string(),
        });
        let stack = stack?.train();
        let provenance = TrainedFrom {
            config_sha256: format!("{:x}", Sha256::digest(settings.to_config())),
            data_sha256: digits.sha256.clone(),
            init_sha256: None,
            seed: settings.seed,
            versions: BTreeMap::from([("hopfield-web".into(), env!("CARGO_PKG_VERSION").into())]),
        };
        Ok(Self {
            objective: Reconstruction { balance: training.balance, devices: Vec::new() },
            sgd: Sgd::new(training.momentum, training.gradient_limit, &stack),
            shape: digits.shape,
            done: 0,
            settings,
            seeds,
            schedule,
            stack,
            images,
            test,
            provenance,
            order,
        })
    }

    /// Does so many steps, fewer at the end of the training; returns the mean squared error per pixel over their images, NaN if
    /// there were none.
    ///
    /// # Errors
    ///
    /// A number is not finite any more.
    pub fn advance(&mut self, steps: u32) -> Result<f64, String> {
        let [count, dim] = self.images.dims();
        let training = self.settings.training;
        let (mut sum, mut seen) = (Tensor::<1>::zeros([1], &Device::flex()), 0);
        for _ in 0..u64::from(steps).min(self.schedule.steps() - self.done) {
            let (epoch, batch) =
                (self.done / self.steps_per_epoch(), self.done % self.steps_per_epoch());
            let start = batch as usize * training.batch_size;
            let chosen = &self.order[start..count.min(start + training.batch_size)];
            seen += chosen.len();
            let states = rows(&self.images, chosen);
            let batch = Batch { targets: states.clone(), states, labels: Vec::new() };
            let rates = self.schedule.begin_step(&mut self.stack, self.done);
            let Learned { error, .. } =
                self.objective.step(&mut self.stack, &mut self.sgd, batch, rates, epoch);
            sum = sum + error;
            self.done += 1;
            if self.done.is_multiple_of(self.steps_per_epoch()) {
                self.begin_epoch(epoch + 1)?;
            }
        }
        let error = mse_per_pixel(sum.into_scalar::<f64>(), seen, dim);
        if error.is_infinite() || (error.is_nan() && seen > 0) {
            return Err("The training diverged: a number is not finite any more. Start again with a lower learning rate.".into());
        }
        Ok(error)
    }

    /// Orders the images for an epoch, after replacing patterns that no image uses.
    fn begin_epoch(&mut self, epoch: u64) -> Result<(), String> {
        let [count, _] = self.images.dims();
        let (training, seed) = (self.settings.training, self.seeds.reseed);
        self.order = order(self.seeds, epoch, count);
        if !Reseeding::is_due(epoch, training.reseed_every, training.epochs) {
            return Ok(());
        }
        let stack = self.stack.valid();
        let mut reseeding = Reseeding::new(&stack);
        let batches = Reseeding::batches(training.batch_size);
        for chosen in self.order.chunks(training.batch_size).take(batches) {
            reseeding.see(&stack, rows(&self.images, chosen));
        }
        let made = reseeding.replace(&mut self.stack, &mut self.sgd, &self.images, seed, epoch);
        made.map(|_| ()).map_err(|error| error.to_string())
    }

    fn steps_per_epoch(&self) -> u64 {
        self.schedule.steps() / self.settings.training.epochs
    }
}

/// The order of the images in an epoch.
fn order(seeds: Seeds, epoch: u64, images: usize) -> Vec<i64> {
    seeds.order_of(epoch, images).into_iter().map(i64::from).collect()
}

/// The chosen rows: `[B, d]`.
fn rows(images: &Tensor<2>, chosen: &[i64]) -> Tensor<2> {
    let indices = TensorData::new(chosen.to_vec(), [chosen.len()]);
    images.clone().select(0, Tensor::<1, Int>::from_data(indices, &images.device()))
}

#[wasm_bindgen]
impl Training {
    /// A stack that has not been trained yet; `settings` is JSON, see [`Settings`].
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str, digits: &Digits, test: &Digits) -> Result<Training, JsError> {
        let begun =
            Settings::from_json(settings).and_then(|settings| Self::begin(settings, digits, test));
        begun.map_err(js)
    }

    /// Does so many steps; see [`advance`](Self::advance).
    pub fn train(&mut self, steps: u32) -> Result<f64, JsError> {
        self.advance(steps).map_err(js)
    }

    /// The mean squared error per pixel on the first `count` test digits.
    pub fn test_error(&self, count: usize) -> f64 {
        let [all, _] = self.test.dims();
        let images = self.test.clone().slice_dim(0, 0..count.clamp(1, all));
        reconstruction_error(&self.stack.valid(), &images)
    }

    /// Steps done.
    pub fn steps(&self) -> f64 {
        self.done as f64
    }

    /// Steps in all.
    pub fn total(&self) -> f64 {
        self.schedule.steps() as f64
    }

    /// Steps in an epoch.
    pub fn per_epoch(&self) -> f64 {
        self.steps_per_epoch() as f64
    }

    /// β of every layer.
    pub fn betas(&self) -> Vec<f64> {
        self.stack.layers.iter().map(|layer| layer.beta()[0]).collect()
    }

    /// The network as it is now.
    pub fn network(&self) -> Network {
        Network::new(PatternDatabase {
            stack: self.stack.valid(),
            image_shape: Some(self.shape),
            scaling: Scaling::default(),
            classes: Vec::new(),
            provenance: Provenance::Trained(self.provenance.clone()),
            usage: None,
        })
    }

    /// A config file with which `hopfield train` does the same.
    pub fn config(&self) -> String {
        self.settings.to_config()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use hopfield_database::DatabaseFile;
    use hopfield_train::config::Config;
    use hopfield_train::printer::Printer;
    use hopfield_train::{Existing, Interrupt, Job};

    use super::*;
    use crate::choices::PRESETS;
    use crate::digits::tests::bundled;

    /// A training on the digits of the site.
    pub(crate) fn training(settings: &Settings) -> Training {
        let [digits, test] = bundled();
        Training::begin(settings.clone(), &digits, &test).unwrap()
    }

    pub(crate) fn one_layer() -> Settings {
        Settings::from_config(PRESETS[1].1).unwrap()
    }

    /// Two epochs, so that patterns are reseeded between them.
    #[test]
    fn a_training_ends_with_the_bytes_of_the_program() {
        let mut settings = Settings::from_config(PRESETS[0].1).unwrap();
        settings.training.epochs = 2;
        let mut training = training(&settings);
        assert_eq!((training.steps(), training.total(), training.per_epoch()), (0.0, 158.0, 79.0));
        let first = training.advance(20).unwrap();
        while training.steps() < training.total() {
            assert!(training.advance(50).unwrap() < first);
        }
        assert!(training.advance(1).unwrap().is_nan(), "it has ended");

        let config = Config::parse(Path::new("c.toml"), &training.config(), &[], &[]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let job = Job::new(config, folder.path().join("run"), Existing::Refuse);
        job.run(&Printer::new(true, false), &Interrupt::default()).unwrap();
        let path = folder.path().join("run/patterns.safetensors");
        let expected = DatabaseFile::open(&path).unwrap().load(&Device::flex()).unwrap().stack;
        let found = training.network();
        for (layer, expected) in expected.layers.iter().enumerate() {
            let expected: Vec<f32> = expected.patterns.val().into_data().iter().collect();
            assert_eq!(found.patterns(layer), expected, "layer {layer}");
        }
    }

    #[test]
    fn a_training_that_diverges_says_so() {
        let mut settings = serde_json::to_value(one_layer()).unwrap();
        settings["layers"][0]["range"] = serde_json::Value::Null;
        settings["training"]["learning_rate"] = 1e30.into();
        settings["training"]["gradient_limit"] = serde_json::Value::Null;
        let mut training = training(&Settings::from_json(&settings.to_string()).unwrap());
        let error = training.advance(20).unwrap_err();
        assert!(error.starts_with("The training diverged: "), "{error}");
    }
}
