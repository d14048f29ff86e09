//! What stays the same during a run.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use hopfield_data::Dataset;
use hopfield_database::TrainedFrom;
use hopfield_model::{Batch, Evaluation, HopfieldStack, Objective};

use crate::TrainError;
use crate::batches::{Batches, Seeds, held_out};
use crate::config::Config;
use crate::task;

/// What stays the same during a run.
pub(super) struct Run<'a> {
    pub(super) config: &'a Config,
    pub(super) objective: Box<dyn Objective>,
    pub(super) batches: Batches,
    pub(super) test: Batch,
    /// The images that epochs are measured on, if not the test images.
    pub(super) validation: Option<Batch>,
    /// Rows and columns of an image.
    pub(super) image_shape: [usize; 2],
    pub(super) seeds: Seeds,
    /// Where the stack is.
    pub(super) device: Device,
    pub(super) provenance: TrainedFrom,
}

impl<'a> Run<'a> {
    /// On `device`, or with batches that are shared by `devices`, of which it is the first.
    ///
    /// # Errors
    ///
    /// The config does not fit the images.
    pub(super) fn new(
        config: &'a Config,
        mut data: Dataset,
        provenance: TrainedFrom,
        device: Device,
        devices: Vec<Device>,
    ) -> Result<Self, TrainError> {
        let objective = task::objective(config, devices);
        let image_shape = data.shape();
        let labels = data.train.labels().iter().chain(data.test.labels());
        let largest_label = labels.max().map_or(0, |&label| label.into());
        objective.check_data(data.train.dim(), largest_label).map_err(TrainError::Task)?;
        let seeds = Seeds::new(config.seed);
        let (damage, validation) = (config.task.damage(), config.data.validation);
        let measured = |split| held_out(&split, image_shape, damage, seeds, &device);
        let kept_back = (validation > 0).then(|| data.train.keep_back(validation));
        let (test, validation) = (measured(data.test), kept_back.map(measured));
        let batch_size = config.training.batch_size;
        let batches = Batches::new(data.train, image_shape, damage, batch_size, seeds, &device);
        Ok(Self {
            config,
            objective,
            batches,
            test,
            validation,
            image_shape,
            seeds,
            device,
            provenance,
        })
    }

    /// The images that epochs are measured on.
    pub(super) fn measured(&self) -> &Batch {
        self.validation.as_ref().unwrap_or(&self.test)
    }

    /// How well a stack does on held-out images.
    pub(super) fn evaluate(&self, stack: &HopfieldStack, batch: &Batch) -> Evaluation {
        self.objective.evaluate(&stack.valid(), batch)
    }

    /// The mean of an error that was summed over `images` images.
    pub(super) fn mean_error(&self, sum: Tensor<1>, images: usize) -> f64 {
        let pixels = self.image_shape.iter().product();
        self.objective.mean_error(sum.into_scalar::<f64>(), images, pixels)
    }

    /// What is trained, on what and where, for people.
    pub(super) fn describe(&self) -> String {
        let Config { layers, residual, device, devices, .. } = self.config;
        let patterns: Vec<_> = layers.iter().map(|layer| layer.patterns.to_string()).collect();
        let [height, width] = self.image_shape;
        let [train, _] = self.batches.images().dims();
        let test = self.test.labels.len();
        let validation = self.validation.as_ref().map(|batch| batch.labels.len());
        let validation = validation.map_or(String::new(), |count| format!(", {count} validation"));
        format!(
            "{}{} layer{} of {} patterns; {train} training{validation} and {test} test images of {height} × {width}; {}",
            layers.len(),
            if *residual { " residual" } else { "" },
            if layers.len() == 1 { "" } else { "s" },
            patterns.join(", "),
            match devices.len() {
                0 | 1 => format!("device {device}"),
                _ => format!("devices {}", devices.join(", ")),
            },
        )
    }
}
