//! `hopfield.train`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hopfield_data::InMemory;
use hopfield_train::config::{Config, Problem};
use hopfield_train::printer::Printer;
use hopfield_train::shipped::SHIPPED;
use hopfield_train::{Existing, Interrupt, Job, Outcome, TrainError, config_text};
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tempfile::TempDir;

use crate::arrays::{Numbers, numbers};
use crate::compute::{compute, fault};
use crate::error::{failed, invalid};
use crate::run::Run;

/// Trains a stack. Called by `hopfield.train`, which documents the arguments.
///
/// `config`: the path of a file, the name of a shipped config or a JSON text, as `kind` says ("file", "example", "json"). `settings`: a JSON
/// object, its keys written with dots. `progress`: called with each line.
#[pyfunction]
#[pyo3(signature = (kind, config, settings, rows, labels, folder, resume, progress))]
#[expect(clippy::too_many_arguments, reason = "called by our own Python code only")]
pub(crate) fn train(
    py: Python<'_>,
    kind: &str,
    config: &str,
    settings: &str,
    rows: Option<&Bound<'_, PyAny>>,
    labels: Option<&Bound<'_, PyAny>>,
    folder: Option<PathBuf>,
    resume: bool,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Run> {
    let in_memory = match rows {
        Some(rows) => Some(in_memory(rows, labels)?),
        None if labels.is_some() => {
            return Err(invalid(
                "`labels` without `rows`; give both, or name the labels with data.labels",
            ));
        }
        None => None,
    };
    let (config, name) = read(kind, config, settings, in_memory.as_ref())?;
    let (folder, temporary) = match (folder, name) {
        (Some(folder), _) => (folder, None),
        (None, Some(name)) => (Path::new("runs").join(name), None),
        (None, None) => {
            let made = TempDir::with_prefix("hopfield-")?;
            (made.path().join("run"), Some(made))
        }
    };
    let existing = if resume { Existing::Resume } else { Existing::Refuse };
    let job = Job::new(config, folder, existing);
    let job = match in_memory {
        Some(rows) => job.on(rows).map_err(failed)?,
        None => job,
    };
    let folder = job.folder.clone();
    // What was saved of a training that did not finish is kept.
    let keep = |temporary: Option<TempDir>| temporary.map(TempDir::keep);
    match run(py, job, progress) {
        Ok(Ended::Finished) => {
            Run::open(py, &folder, rows.map(|rows| rows.clone().unbind()), temporary)
        }
        Err(error) => {
            if error.is_instance_of::<PyRuntimeError>(py) {
                keep(temporary);
            }
            Err(error)
        }
        Ok(Ended::Interrupted) => {
            keep(temporary);
            let text =
                format!("saved in {}; continue with run={0:?}, resume=True", folder.display());
            Err(PyKeyboardInterrupt::new_err(text))
        }
    }
}

/// The config, and the name of its run if it has one.
fn read(
    kind: &str,
    config: &str,
    settings: &str,
    rows: Option<&InMemory>,
) -> PyResult<(Config, Option<String>)> {
    let (file, text) = match kind {
        "example" => {
            let Some(shipped) = SHIPPED.iter().find(|shipped| shipped.name == config) else {
                let names = SHIPPED.iter().map(|shipped| shipped.name).collect::<Vec<_>>();
                let names = names.join(", ");
                return Err(invalid(format!("`example` is {config:?}; allowed: {names}")));
            };
            (PathBuf::from(format!("{config}.toml")), shipped.text.to_owned())
        }
        "file" => (config.into(), config_text(Path::new(config)).map_err(failed)?),
        _ => {
            let table: toml::Table = serde_json::from_str(config).map_err(|error| {
                invalid(format!("config: {error}; allowed: what TOML can say, which has no None"))
            })?;
            (PathBuf::new(), toml::to_string(&table).map_err(failed)?)
        }
    };
    let settings: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(settings).map_err(failed)?;
    let assignment = |(key, value): (String, serde_json::Value)| match value {
        serde_json::Value::Null => Ok(format!("{key}=")),
        value => serde_json::from_value::<toml::Value>(value)
            .map(|value| format!("{key}={value}"))
            .map_err(|error| invalid(format!("settings: {key}: {error}"))),
    };
    let mut assignments = settings.into_iter().map(assignment).collect::<PyResult<Vec<_>>>()?;
    // Settings such as data.test belong to rows of the user.
    assignments.extend(rows.map(|rows| format!("data.train={rows}")));
    let is_file = !file.as_os_str().is_empty();
    let config =
        Config::parse(&file, &text, &assignments, &[]).map_err(|problems| match is_file {
            true => failed(TrainError::Config(problems)),
            // A dict has no lines.
            false => invalid(problems.iter().map(Problem::message).collect::<Vec<_>>().join("\n")),
        })?;
    let name = file.file_stem().map(|name| name.to_string_lossy().into_owned());
    Ok((config, name))
}

fn in_memory(rows: &Bound<'_, PyAny>, labels: Option<&Bound<'_, PyAny>>) -> PyResult<InMemory> {
    let Numbers { values, shape } = numbers("rows", rows)?;
    let labels = labels.map(labels_of).transpose()?;
    let (labels, classes) =
        labels.map_or((None, Vec::new()), |(of_rows, classes)| (Some(of_rows), classes));
    let rows = InMemory::new(values, &shape, labels).map_err(failed)?;
    Ok(rows.named(classes))
}

/// Whole numbers, or texts: then the place of each among all texts in their order, and these.
fn labels_of(labels: &Bound<'_, PyAny>) -> PyResult<(Vec<u32>, Vec<String>)> {
    let numpy = labels.py().import("numpy")?;
    let labels = numpy.call_method1("asarray", (labels,))?;
    if let Ok(of_rows) = labels.call_method0("tolist")?.extract() {
        return Ok((of_rows, Vec::new()));
    }
    let expected =
        |_| invalid("labels: expected one non-negative integer or one text for each row");
    labels.call_method0("tolist")?.extract::<Vec<String>>().map_err(expected)?;
    let options = PyDict::new(labels.py());
    options.set_item("return_inverse", true)?;
    let (classes, places): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
        numpy.call_method("unique", (&labels,), Some(&options))?.extract()?;
    Ok((places.call_method0("tolist")?.extract()?, classes.call_method0("tolist")?.extract()?))
}

/// How often Ctrl-C is listened for.
const POLL: Duration = Duration::from_millis(50);

/// How a training ended without an error.
enum Ended {
    Finished,
    Interrupted,
}

/// Trains on a thread pool of its own, so that others that compute meanwhile don't wait for it. This thread reports progress and listens for
/// Ctrl-C: the first one saves and stops, the second doesn't wait for that.
fn run(py: Python<'_>, job: Job, progress: Option<&Bound<'_, PyAny>>) -> PyResult<Ended> {
    let (send, lines) = mpsc::channel();
    let lines = Mutex::new(lines);
    let (answer, result) = mpsc::channel();
    let interrupt = Arc::new(Interrupt::default());
    let asked = Arc::clone(&interrupt);
    let quiet = progress.is_none();
    let pool = rayon::ThreadPoolBuilder::new().build().map_err(failed)?;
    // Not in a forked process.
    compute(py, || {
        pool.spawn(move || {
            let printer = if quiet { Printer::new(true, false) } else { Printer::to(send.clone()) };
            let trained = catch_unwind(AssertUnwindSafe(|| job.run(&printer, &asked)));
            let _ = answer.send(trained);
            // Not before: its end tells the other thread that there is a result.
            drop((printer, send));
        });
    })?;
    // Ctrl-C, or an error of `progress`.
    let mut stopped = None;
    loop {
        let line = py.detach(|| lines.lock().unwrap().recv_timeout(POLL));
        let told = match line {
            Ok(line) => progress.map_or(Ok(()), |progress| progress.call1((line,)).map(|_| ())),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => break,
        };
        match (told.and_then(|()| py.check_signals()), &stopped) {
            (Ok(()), _) => {}
            (Err(error), None) => {
                interrupt.stop();
                stopped = Some(error);
            }
            (Err(again), Some(_)) => return Err(again),
        }
    }
    let trained = result.recv().map_err(|_| invalid("the training ended without a result"))?;
    let outcome = trained.map_err(|panic| fault(&*panic))?.map_err(failed);
    match (outcome, stopped) {
        (Err(error), None) | (Err(_), Some(error)) => Err(error),
        (Ok(Outcome::Finished), None) => Ok(Ended::Finished),
        (_, Some(error)) if !error.is_instance_of::<PyKeyboardInterrupt>(py) => Err(error),
        // A training that ended before it heard of Ctrl-C is finished, and saved as well.
        _ => Ok(Ended::Interrupted),
    }
}
