//! The training run, from the config to the run folder.

mod classify;
mod init_from;
mod reseed;
mod results;
mod shared;
mod snapshots;
mod step;

use std::fs;
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use hopfield_data::{DataError, Dataset, Split, bundled, folder, mnist};
use hopfield_layer::{HopfieldLayer, LayerError};
use hopfield_model::{
    Evaluation, HopfieldStack, ModelError, Sgd, TrainedFrom, evaluate, mse_per_pixel, squared_error,
};

use crate::TrainError;
use crate::batches::{Batch, Batches, Seeds, held_out};
use crate::checkpoint::{Progress, State};
use crate::cli::Args;
use crate::config::{Config, Source, Training};
use crate::device;
use crate::health::Health;
use crate::interrupt::Interrupt;
use crate::metrics::{Errors, Measure, Metrics};
use crate::printer::Printer;
use crate::provenance::provenance;
use crate::run_folder::RunFolder;
use crate::saved_run::SavedRun;
use classify::label_error;
use snapshots::Snapshots;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs are done and the results are written.
    Finished,
    /// It was stopped, and saved so that `--resume` goes on.
    Interrupted,
}

/// Trains as `args` say, until the end or until `interrupt` asks to stop.
///
/// # Errors
///
/// See [`TrainError`]; what has been written until then stays.
pub fn run(
    args: &Args,
    printer: &mut Printer,
    interrupt: &Interrupt,
) -> Result<Outcome, TrainError> {
    let source = fs::read_to_string(&args.config).map_err(TrainError::io(&args.config))?;
    let options = args.options();
    let options: Vec<_> = options.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let config = Config::parse(&args.config, &source, &args.set, &options);
    let config = config.map_err(TrainError::Config)?;
    let devices = config.devices.iter().map(|name| device::open(name));
    let devices = devices.collect::<Result<Vec<_>, _>>()?;
    let device = match devices.first() {
        Some(first) => first.clone(),
        None => device::open(&config.device)?,
    };
    let data = dataset(&config.data.source())?;
    let begin = config.init_from.as_deref().map(SavedRun::find).transpose()?;
    let (validation, images) = (config.data.validation, data.train.count());
    if validation >= images {
        return Err(TrainError::Validation { validation, images });
    }
    let parts = (validation > 0).then(|| data.train.keep_back(validation));
    let (train, kept_back) = match &parts {
        Some((train, kept_back)) => (train, Some(kept_back)),
        None => (&data.train, None),
    };
    let init_sha256 = begin.as_ref().map(SavedRun::sha256).transpose()?;
    let provenance = provenance(&config, &data, init_sha256);
    let run = Run::new(&config, &data, train, kept_back, provenance, &device, devices);
    run.check_labels()?;
    // All that can go wrong with the config and the data has gone wrong before a folder is made.
    let mut state = run.start(begin.as_ref(), printer)?;
    let untrained = state.stack.clone();
    let (path, versions) = (args.run_folder(), &run.provenance.versions);
    let folder = if args.resume {
        RunFolder::reopen(&path, &config, versions)?
    } else {
        RunFolder::create(&path, &config, versions)?
    };
    let checkpoint = folder.last_checkpoint();
    if checkpoint.exists() {
        let (saved, provenance) = State::load(&checkpoint, &config.training, &device)?;
        run.check(&provenance, &folder, printer)?;
        run.check_stack(&saved.stack, &state.stack, &folder)?;
        state = saved;
    }
    folder.keep_metrics(state.progress.epochs)?;
    printer.note(&run.describe(&folder));
    interrupt.training_begins();
    run.train(state, &untrained, &folder, printer, interrupt)
}

/// The images that a config asks for.
///
/// # Errors
///
/// They can't be read or downloaded.
pub fn dataset(source: &Source) -> Result<Dataset, DataError> {
    match source {
        Source::Bundled => bundled(),
        Source::Mnist => mnist(),
        Source::Dir(dir) => folder(dir),
    }
}

/// What stays the same during a run.
struct Run<'a> {
    config: &'a Config,
    image_shape: [usize; 2],
    batches: Batches<'a>,
    test: Batch,
    /// What epochs are measured on, if not the test images.
    validation: Option<Batch>,
    seeds: Seeds,
    device: Device,
    /// Those that share every batch, if there are several.
    devices: Vec<Device>,
    provenance: TrainedFrom,
}

impl<'a> Run<'a> {
    fn new(
        config: &'a Config,
        data: &Dataset,
        train: &'a Split,
        kept_back: Option<&Split>,
        provenance: TrainedFrom,
        device: &Device,
        devices: Vec<Device>,
    ) -> Self {
        let seeds = Seeds::new(config.seed);
        let image_shape = [data.height(), data.width()];
        let batch_size = config.training.batch_size;
        let batches = Batches::new(train, image_shape, config.task, batch_size, seeds, device);
        let measured = |split: &Split| held_out(split, image_shape, config.task, seeds, device);
        Self {
            config,
            image_shape,
            batches,
            test: measured(&data.test),
            validation: kept_back.map(measured),
            seeds,
            device: device.clone(),
            devices,
            provenance,
        }
    }

    /// The state before the first step, calibrated on the first batch, or as in another run.
    fn start(&self, begin: Option<&SavedRun>, printer: &Printer) -> Result<State, TrainError> {
        let [height, width] = self.image_shape;
        let first = self.batches.batch(0, &self.batches.order(0), 0);
        let stack = self.config.stack(height * width);
        let mut stack = stack.init(self.seeds.init, self.batches.images(), &first.states)?.train();
        if let Some(begin) = begin {
            self.begin_with(&mut stack, begin, printer)?;
        }
        if stack.output_dim() != height * width && self.config.classify.is_none() {
            return Err(TrainError::OutputDim {
                found: stack.output_dim(),
                pixels: height * width,
            });
        }
        if self.config.training.reseed_every > 0 {
            // Said now, not after the first epochs.
            for (layer, found) in stack.layers.iter().map(HopfieldLayer::dim).enumerate() {
                let what = "the training images, from which training.reseed_every takes patterns,";
                let (found, expected) = (height * width, found);
                if found != expected {
                    let source = LayerError::WrongDimension { what, found, expected };
                    return Err(ModelError::Layer { layer, source }.into());
                }
            }
        }
        let Training { momentum, gradient_limit, .. } = self.config.training;
        Ok(State {
            sgd: Sgd::new(momentum, gradient_limit, &stack),
            stack,
            progress: Progress::default(),
            epoch_error: Tensor::zeros([1], &self.device),
        })
    }

    /// Whether a checkpoint with this provenance is one of this run.
    fn check(
        &self,
        saved: &TrainedFrom,
        folder: &RunFolder,
        printer: &Printer,
    ) -> Result<(), TrainError> {
        let refuse = |problem: &str| {
            let path = folder.last_checkpoint();
            Err(TrainError::RunFolder { path, problem: problem.into() })
        };
        if saved.config_sha256 != self.provenance.config_sha256 {
            return refuse("the checkpoint belongs to a run with another config");
        }
        if saved.data_sha256 != self.provenance.data_sha256 {
            return refuse(
                "the run began with other images than there are now; resume with the same, or start a new run with --run DIR",
            );
        }
        if saved.init_sha256 != self.provenance.init_sha256 {
            return refuse(
                "the run began with other patterns than init_from has now; resume with the same, or start a new run with --run DIR",
            );
        }
        if saved.versions != self.provenance.versions {
            printer.note(&format!(
                "note: the run began with {:?} and goes on with {:?}; it may not end in the same bytes",
                saved.versions, self.provenance.versions
            ));
        }
        Ok(())
    }

    /// Whether the stack of a checkpoint is the one that the config makes.
    fn check_stack(
        &self,
        saved: &HopfieldStack,
        wanted: &HopfieldStack,
        folder: &RunFolder,
    ) -> Result<(), TrainError> {
        let kinds = |stack: &HopfieldStack| -> Vec<String> {
            let kind = |layer| format!("{}, {}", init_from::shape(layer), init_from::way(layer));
            stack.layers.iter().map(kind).collect()
        };
        match kinds(saved) == kinds(wanted) {
            true => Ok(()),
            false => Err(TrainError::RunFolder {
                path: folder.last_checkpoint(),
                problem: format!(
                    "it holds layers of {:?}; by the config they are {:?}; start a new run with --run DIR",
                    kinds(saved),
                    kinds(wanted)
                ),
            }),
        }
    }

    /// What epochs are measured on.
    fn measured(&self) -> &Batch {
        self.validation.as_ref().unwrap_or(&self.test)
    }

    /// What the errors of this run are.
    fn measure(&self) -> Measure {
        if self.config.classify.is_some() { Measure::LabelError } else { Measure::Mse }
    }

    /// The error on these images, and more of a stack that answers with images.
    fn evaluate(&self, stack: &HopfieldStack, batch: &Batch) -> (f64, Option<Evaluation>) {
        let stack = stack.valid();
        if self.config.classify.is_some() {
            return (label_error(&stack, batch), None);
        }
        let found = evaluate(&stack, &batch.states, &batch.targets);
        (found.mse, Some(found))
    }

    /// The mean of an error that was summed over so many images.
    fn mean_error(&self, sum: Tensor<1>, images: usize) -> f64 {
        let sum = sum.into_scalar::<f64>();
        match self.measure() {
            Measure::Mse => mse_per_pixel(sum, images, self.image_shape.iter().product()),
            Measure::LabelError => sum / images as f64,
        }
    }

    fn describe(&self, folder: &RunFolder) -> String {
        let layers = &self.config.layers;
        let patterns: Vec<_> = layers.iter().map(|layer| layer.patterns.to_string()).collect();
        let [height, width] = self.image_shape;
        let [train, _] = self.batches.images().dims();
        let [test, _] = self.test.targets.dims();
        let validation = self.validation.as_ref().map(|batch| batch.targets.dims()[0]);
        let validation = validation.map_or(String::new(), |count| format!(", {count} validation"));
        format!(
            "{}{} layer{} of {} patterns; {train} training{validation} and {test} test images of {height} × {width}; \
             {}; run folder {}",
            layers.len(),
            if self.config.residual { " residual" } else { "" },
            if layers.len() == 1 { "" } else { "s" },
            patterns.join(", "),
            match self.config.devices.len() {
                0 | 1 => format!("device {}", self.config.device),
                _ => format!("devices {}", self.config.devices.join(", ")),
            },
            folder.path().display()
        )
    }

    fn train(
        &self,
        mut state: State,
        untrained: &HopfieldStack,
        folder: &RunFolder,
        printer: &mut Printer,
        interrupt: &Interrupt,
    ) -> Result<Outcome, TrainError> {
        let began = Instant::now();
        // Of stacks that answer with images.
        let mut health = self.config.classify.is_none().then(|| {
            let mean_image_mse = mean_image_mse(self.batches.images(), &self.measured().targets);
            Health::new(|| self.evaluate(untrained, self.measured()).0, mean_image_mse)
        });
        let (epochs, per_epoch) = (self.config.training.epochs, self.batches.per_epoch());
        let steps_done = state.progress.steps(per_epoch);
        let snapshots = self.snapshots(&state.stack, folder, printer);
        if steps_done == 0 {
            snapshots.keep(self, &state)?;
        }
        printer.begin(epochs * per_epoch, steps_done);
        while state.progress.epochs < epochs {
            let speed = self.epoch(&mut state, &snapshots, printer, interrupt)?;
            let Some(images_per_sec) = speed else {
                state.save(&[folder.last_checkpoint()], self.image_shape, &self.provenance)?;
                printer.end();
                printer.note(&format!(
                    "interrupted in epoch {} and saved in {}; go on with --resume",
                    state.progress.epochs + 1,
                    folder.path().display()
                ));
                return Ok(Outcome::Interrupted);
            };
            self.end_epoch(&mut state, images_per_sec, folder, printer, health.as_mut())?;
        }
        self.finish(&state, folder, printer, began.elapsed())?;
        Ok(Outcome::Finished)
    }

    /// The rest of an epoch; gives images per second, or nothing if it was stopped.
    fn epoch(
        &self,
        state: &mut State,
        snapshots: &Snapshots<'_>,
        printer: &mut Printer,
        interrupt: &Interrupt,
    ) -> Result<Option<f64>, TrainError> {
        let epoch = state.progress.epochs;
        let order = self.batches.order(epoch);
        let began = Instant::now();
        let mut images = 0;
        while state.progress.batches < self.batches.per_epoch() {
            if interrupt.is_asked() {
                return Ok(None);
            }
            let batch = self.batches.batch(epoch, &order, state.progress.batches);
            let [size, _] = batch.targets.dims();
            let error = self.step(state, batch);
            snapshots.keep(self, state)?;
            images += size;
            printer.step(|| {
                let error = self.measure().text(self.mean_error(error, size));
                let speed = images_per_sec(images, began.elapsed());
                format!("epoch {} · {error} · {speed:.0} images/s", epoch + 1)
            });
        }
        let _ = self.device.sync();
        Ok(Some(images_per_sec(images, began.elapsed())))
    }

    fn end_epoch(
        &self,
        state: &mut State,
        images_per_sec: f64,
        folder: &RunFolder,
        printer: &Printer,
        health: Option<&mut Health<'_>>,
    ) -> Result<(), TrainError> {
        let [train, _] = self.batches.images().dims();
        let train_error = self.mean_error(state.epoch_error.clone(), train);
        let (error, found) = self.evaluate(&state.stack, self.measured());
        let epoch = state.progress.epochs + 1;
        if let Some(classify) = &self.config.classify
            && state.progress.learning == 0
            // At the end of a good training, too, the few that are wrong may be beyond all gradients.
            && train_error > 0.5
        {
            printer.end();
            return Err(TrainError::Saturated { epoch, temperature: classify.temperature });
        }
        if !(train_error.is_finite() && error.is_finite()) {
            printer.end();
            let checkpoint = Some(folder.last_checkpoint()).filter(|path| path.exists());
            return Err(TrainError::diverged(epoch, checkpoint.as_ref()));
        }
        let measured = if self.validation.is_some() { "validation" } else { "test" };
        let of = [("train", train_error), (measured, error)];
        let metrics = Metrics {
            epoch,
            errors: Errors { measure: self.measure(), of },
            images_per_sec,
            layers: found.as_ref().map_or(&[], |found| &found.layers),
        };
        // First the line, then the checkpoint: a run killed in between repeats the epoch and its line.
        let line = serde_json::to_string(&metrics).expect("metrics are plain data");
        folder.add_metrics(&line)?;
        let best = state.progress.best_error.is_none_or(|best| error < best);
        state.progress = Progress {
            epochs: epoch,
            batches: 0,
            best_error: if best { Some(error) } else { state.progress.best_error },
            learning: 0,
        };
        state.epoch_error = state.epoch_error.zeros_like();
        let Training { epochs, reseed_every, .. } = self.config.training;
        let reseeds = reseed_every > 0 && epoch.is_multiple_of(reseed_every) && epoch < epochs;
        // The best state is the one that was measured, before any reseeding.
        let mut paths: Vec<_> = best.then(|| folder.best_checkpoint()).into_iter().collect();
        if !reseeds {
            paths.push(folder.last_checkpoint());
        }
        state.save(&paths, self.image_shape, &self.provenance)?;
        printer.note(&metrics.for_people(epochs));
        printer.data(&metrics);
        if let Some((found, health)) = found.zip(health) {
            for warning in health.check(epoch, &found, self.config) {
                printer.note(&format!("warning: {warning}"));
            }
        }
        if reseeds {
            self.reseed(state, printer)?;
            state.save(&[folder.last_checkpoint()], self.image_shape, &self.provenance)?;
        }
        Ok(())
    }
}

/// The error of always answering the mean of the training images.
fn mean_image_mse(images: &Tensor<2>, targets: &Tensor<2>) -> f64 {
    let [n, d] = targets.dims();
    let mean = images.clone().mean_dim(0).expand([n, d]);
    mse_per_pixel(squared_error(mean, targets.clone()).into_scalar::<f64>(), n, d)
}

fn images_per_sec(images: usize, elapsed: Duration) -> f64 {
    images as f64 / elapsed.as_secs_f64().max(1e-9)
}
