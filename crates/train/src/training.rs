//! A training run, from the config to the run folder.

mod epoch;
mod epoch_end;
mod layers;
mod reseed;
mod results;
mod resume;
mod run;
mod snapshots;
mod start;

use std::fs;
use std::time::Instant;

use crate::TrainError;
use crate::checkpoint::State;
use crate::cli::Args;
use crate::config::Config;
use crate::device;
use crate::health::Health;
use crate::interrupt::Interrupt;
use crate::printer::Printer;
use crate::provenance::provenance;
use crate::run_folder::RunFolder;
use crate::saved_run::SavedRun;
use run::Run;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs are done and the results are written.
    Finished,
    /// It was interrupted, and its state was saved for `--resume`.
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
    let text = fs::read_to_string(&args.config).map_err(TrainError::io(&args.config))?;
    let options = args.options();
    let options: Vec<_> = options.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let config = Config::parse(&args.config, &text, &args.set, &options);
    let config = config.map_err(TrainError::Config)?;
    let devices = config.devices.iter().map(|name| device::open(name));
    let devices = devices.collect::<Result<Vec<_>, _>>()?;
    let device = match devices.first() {
        Some(first) => first.clone(),
        None => device::open(&config.device)?,
    };
    let data = config.data.source().load()?;
    let begin = config.init_from.as_deref().map(SavedRun::find).transpose()?;
    let begin = begin.as_ref();
    let (validation, images) = (config.data.validation, data.train.count());
    if validation >= images {
        return Err(TrainError::Validation { validation, images });
    }
    let init_sha256 = begin.map(SavedRun::sha256).transpose()?;
    let provenance = provenance(&config, &data, init_sha256);
    let run = Run::new(&config, data, provenance, device, devices)?;

    let (path, versions) = (args.run_folder(), &run.provenance.versions);
    let (state, folder) = if args.resume {
        let folder = RunFolder::reopen(&path, &config, versions)?;
        let saved = run.resume(&folder, printer)?;
        (saved.map_or_else(|| run.start(begin, printer), Ok)?, folder)
    } else {
        // Whatever is wrong with the config or the data is found before a folder is made.
        let state = run.start(begin, printer)?;
        (state, RunFolder::create(&path, &config, versions)?)
    };
    folder.keep_metrics(state.progress.epochs)?;
    printer.note(&format!("{}; run folder {}", run.describe(), folder.path().display()));
    interrupt.training_begins();
    train(&run, state, begin, &folder, printer, interrupt)
}

/// Trains from `state` to the end, and writes the results.
fn train(
    run: &Run<'_>,
    mut state: State,
    begin: Option<&SavedRun>,
    folder: &RunFolder,
    printer: &mut Printer,
    interrupt: &Interrupt,
) -> Result<Outcome, TrainError> {
    let began = Instant::now();
    let baseline = run.objective.baseline(run.batches.images(), run.measured());
    let mut health = Health::new(|| run.untrained_error(begin), baseline);
    let (epochs, per_epoch) = (run.config.training.epochs, run.batches.per_epoch());
    let steps_done = state.progress.steps(per_epoch);
    let snapshots = run.snapshots(&state.stack, folder, printer);
    if steps_done == 0 {
        snapshots.keep(run, &state)?;
    }
    printer.begin(epochs * per_epoch, steps_done);
    let mut last = None;
    while state.progress.epochs < epochs {
        let Some(images_per_sec) = run.epoch(&mut state, &snapshots, printer, interrupt)? else {
            state.save(&[folder.last_checkpoint()], run.image_shape, &run.provenance)?;
            printer.end();
            printer.note(&format!(
                "interrupted in epoch {} and saved in {}; continue with --resume",
                state.progress.epochs + 1,
                folder.path().display()
            ));
            return Ok(Outcome::Interrupted);
        };
        last = Some(run.end_epoch(&mut state, images_per_sec, folder, printer, &mut health)?);
    }
    // Without validation images, the last epoch was measured on the test images.
    let on_test = last.filter(|_| run.validation.is_none());
    run.finish(&state, on_test, folder, printer, began.elapsed())?;
    Ok(Outcome::Finished)
}
