//! What stays the same during a run.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use hopfield_arrays::{ImageShape, Scaling};
use hopfield_data::{InMemory, Split};
use hopfield_database::{PatternDatabase, Provenance, TrainedFrom};
use hopfield_layer::Precision;
use hopfield_model::{Batch, Evaluation, HopfieldStack, Objective, Seeds};
use hopfield_report::counted;

use crate::TrainError;
use crate::batches::{Batches, held_out};
use crate::config::Config;
use crate::device;
use crate::places::place_hint;
use crate::printer::Printer;
use crate::provenance::provenance;
use crate::saved_run::SavedRun;
use crate::task;
use crate::training::data;

/// What stays the same during a run.
pub(super) struct Run<'a> {
    pub(super) config: &'a Config,
    pub(super) printer: &'a Printer,
    pub(super) objective: Box<dyn Objective>,
    pub(super) batches: Batches,
    pub(super) test: Batch,
    /// The images that epochs are measured on, if not the test images.
    pub(super) validation: Option<Batch>,
    /// The shape of an image, if rows are images.
    pub(super) image_shape: Option<ImageShape>,
    /// What was done to the numbers.
    pub(super) scaling: Scaling,
    /// The names of the labels, if they have some.
    classes: Vec<String>,
    /// The test rows, of which `test` may be a sample.
    tested: usize,
    pub(super) seeds: Seeds,
    /// Where the stack is: the first of the devices that share a batch.
    pub(super) device: Device,
    /// The stack of `init_from`.
    pub(super) begin: Option<HopfieldStack>,
    pub(super) provenance: TrainedFrom,
}

/// Refuses a precision that one of the devices does not have.
fn check_precision(config: &Config, shared: &[Device], device: &Device) -> Result<(), TrainError> {
    let precision = config.training.precision;
    let mut named = config.devices.iter().zip(shared).chain([(&config.device, device)]);
    let Some((name, device)) = named.find(|(_, device)| !precision.works_on(device)) else {
        return Ok(());
    };
    let works = Precision::ALL.into_iter().filter(|other| other.works_on(device));
    let works: Vec<_> = works.map(|other| format!("\"{other}\"")).collect();
    let works = works.join(" or ");
    Err(TrainError::Unfit(format!(
        "training.precision = \"{precision}\"; allowed on device {name}: {works}"
    )))
}

impl<'a> Run<'a> {
    /// Opens the devices, and reads the images, unless they are in memory, and the stack of `init_from`.
    ///
    /// # Errors
    ///
    /// One of these is not there, or the config does not fit the images.
    pub(super) fn new(
        config: &'a Config,
        rows: Option<&InMemory>,
        printer: &'a Printer,
    ) -> Result<Self, TrainError> {
        let devices = config.devices.iter().map(|name| device::open(name));
        let devices = devices.collect::<Result<Vec<_>, _>>()?;
        let device = match devices.first() {
            Some(first) => first.clone(),
            None => device::open(&config.device)?,
        };
        check_precision(config, &devices, &device)?;
        let mut data = data::read(config, rows)?;
        let begin = config.init_from.as_deref().map(|path| {
            let run = SavedRun::find(path).map_err(|error| {
                let hint = place_hint(path, "init_from", "the config", "--init-from PATH");
                TrainError::Named { source: Box::new(error), hint }
            });
            run?.load_hashed(&device)
        });
        let (begin, init_sha256) = begin.transpose()?.unzip();
        let (validation, images) = (config.data.validation, data.train.count());
        if validation >= images {
            return Err(TrainError::Unfit(format!(
                "data.validation = {validation}; allowed: a whole number below the number of training images, {images}"
            )));
        }
        let provenance = provenance(config, &data, init_sha256)?;
        let objective = task::objective(config, devices);
        let labels = [data.train.labels(), data.test.labels()].into_iter().flatten().flatten();
        let largest_label = labels.max().map_or(0, |&label| label as usize);
        let checked = objective.check_data(data.train.dim(), largest_label);
        checked.map_err(|error| TrainError::Unfit(format!("task.{error}")))?;
        let (seeds, damage) = (Seeds::new(config.seed), config.task.damage());
        let (shape, scaling) = (data.shape(), data.scaling().clone());
        if let Some(note) = data::note(&data, config.data.scale) {
            printer.note(&note);
        }
        // Beside data that does not fit into memory, a sample of the others must do.
        let is_large = data.train.is_large();
        let tested = data.test.count();
        let measured = |split: Split| {
            let seed = seeds.sample();
            let sample = if is_large { split.sample(seed) } else { split.sampled(seed) };
            held_out(&sample, shape, damage, seeds, &device)
        };
        let drawn = config.data.is_own();
        let kept_back = (validation > 0).then(|| match drawn {
            // Their order may be that of their classes.
            true => data.train.draw_out(validation, config.seed ^ 1),
            false => data.train.keep_back(validation),
        });
        let batch_size = config.training.batch_size;
        let batches = Batches::new(data.train, shape, damage, batch_size, seeds, &device)?;
        Ok(Self {
            config,
            printer,
            objective,
            test: measured(data.test)?,
            validation: kept_back.map(measured).transpose()?,
            image_shape: data.image_shape,
            scaling,
            tested,
            classes: data.classes,
            batches: batches.shifted(config.training.shift),
            seeds,
            device,
            begin: begin.map(|database| database.stack),
            provenance,
        })
    }

    /// What a checkpoint, a snapshot and the final pattern database have in common.
    pub(super) fn database(&self, stack: &HopfieldStack) -> PatternDatabase {
        PatternDatabase {
            stack: stack.clone(),
            image_shape: self.image_shape,
            scaling: self.scaling.clone(),
            classes: self.classes.clone(),
            provenance: Provenance::Trained(self.provenance.clone()),
            usage: None,
        }
    }

    /// d, the numbers of a row.
    pub(super) fn pixels(&self) -> usize {
        let [_, dim] = self.batches.images().dims();
        dim
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
        self.objective.mean_error(sum.into_scalar::<f64>(), images, self.pixels())
    }

    /// What is trained, on what and where, for people.
    pub(super) fn describe(&self) -> String {
        let Config { residual, device, devices, .. } = self.config;
        let layers = self.config.stack(self.pixels()).layers;
        let patterns: Vec<_> = layers.iter().map(|layer| layer.patterns.to_string()).collect();
        let rows = |batch: &Batch| batch.targets.dims()[0];
        let train = self.batches.count();
        let test = match rows(&self.test) {
            all if all == self.tested => all.to_string(),
            sample => format!("{sample} of {}", self.tested),
        };
        let of = match self.image_shape {
            Some(shape) => format!("images of {shape}"),
            None => format!("vectors of {}", self.pixels()),
        };
        let validation = self.validation.as_ref().map(rows);
        let validation = validation.map_or(String::new(), |count| format!(", {count} validation"));
        format!(
            "{} of {} patterns; {train} training{validation} and {test} test {of}; {}",
            counted(layers.len(), if *residual { "residual layer" } else { "layer" }),
            patterns.join(", "),
            match devices.len() {
                0 | 1 => format!("device {device}"),
                _ => format!("devices {}", devices.join(", ")),
            },
        )
    }
}
