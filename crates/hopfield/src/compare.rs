//! `hopfield compare`: many runs side by side.

mod comparison;
mod found;
mod notes;
mod page;
mod run;
mod table;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use hopfield_arrays::write_whole;
use hopfield_database::ExportError;
use hopfield_train::Interrupt;
use hopfield_train::printer::Printer;

use crate::error::{Error, at};
use comparison::Comparison;
use run::Run;

/// Compare runs: the settings in which they differ, and how well each did.
///
/// RUN is the folder of a run, a folder with runs in it (such as that of a sweep), or a pattern such as 'runs/*'. Runs that differ
/// in the seed only are one row: means ± standard deviations, the best mean of each measure with a star.
///
/// The page (--out compare.html) shows the table, which sorts and filters, the training curves in one chart, each measure against
/// each setting, and the patterns of the best runs as they grew.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The runs.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,

    /// Rank by this measure [default: the error on validation rows, or else on test rows].
    #[arg(long, value_name = "MEASURE")]
    sort: Option<String>,

    /// A row for each run, instead of one for runs that differ in the seed only.
    #[arg(long)]
    each: bool,

    /// The file to write: .html for the page, or the table as .csv, .json, .md or .parquet; can be repeated.
    #[arg(long, value_name = "FILE")]
    out: Vec<PathBuf>,

    /// Replace the files named with --out if they exist.
    #[arg(long)]
    force: bool,

    /// Rewrite the files every so many seconds until Ctrl-C; an open page updates itself.
    #[arg(long, value_name = "SECONDS", requires = "out", require_equals = true, num_args = 0..=1,
          default_missing_value = "10", value_parser = seconds)]
    watch: Option<f64>,
}

const FORMATS: [&str; 5] = ["html", "csv", "json", "md", "parquet"];

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let outs: Vec<(&PathBuf, String)> =
        args.out.iter().map(|out| Ok((out, ending(out)?))).collect::<Result<_, Error>>()?;
    if !args.force
        && let Some(out) = args.out.iter().find(|out| out.exists())
    {
        return Err(ExportError::Exists(out.clone()).into());
    }
    if let Some(seconds) = args.watch {
        return watch(args, &outs, seconds, printer);
    }
    let (comparison, problems) = compared(&args.runs, args.sort.as_deref(), args.each)?;
    problems.iter().for_each(|problem| printer.note(&format!("left out: {problem}")));
    write(&comparison, &outs, &title(&args.runs), None)?;
    comparison.records().iter().for_each(|record| printer.data(record));
    printer.result(&text(&comparison));
    outs.iter().for_each(|(out, _)| printer.result(&out.display().to_string()));
    Ok(())
}

/// Rewrites the files every so many seconds until Ctrl-C, and then once more. A problem is reported once and ends nothing, because it may
/// be temporary.
fn watch(
    args: &Args,
    outs: &[(&PathBuf, String)],
    seconds: f64,
    printer: &Printer,
) -> Result<(), Error> {
    let interrupt = Interrupt::by_ctrl_c()?;
    interrupt.training_begins();
    let mut said = BTreeSet::new();
    let mut say = |line: String| {
        if said.insert(line.clone()) {
            printer.note(&line);
        }
    };
    loop {
        let is_last = interrupt.is_asked();
        let refresh = (!is_last).then_some(seconds);
        let written = compared(&args.runs, args.sort.as_deref(), args.each).and_then(|found| {
            write(&found.0, outs, &title(&args.runs), refresh)?;
            Ok(found)
        });
        match written {
            Ok((comparison, problems)) => {
                problems.into_iter().for_each(|problem| say(format!("left out: {problem}")));
                let all = hopfield_report::counted(comparison.runs.len(), "run");
                say(format!("{} of {all} finished", comparison.finished()));
            }
            Err(error) => say(error.to_string()),
        }
        if is_last {
            return Ok(());
        }
        let until = Instant::now() + Duration::from_secs_f64(seconds);
        while Instant::now() < until && !interrupt.is_asked() {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Writes the files. `refresh`: the page reloads after so many seconds.
fn write(
    comparison: &Comparison,
    outs: &[(&PathBuf, String)],
    title: &str,
    refresh: Option<f64>,
) -> Result<(), Error> {
    for (out, ending) in outs {
        match &ending[..] {
            "html" => {
                let html = comparison.page(title, refresh);
                write_whole(out, |file| file.write_all(html.as_bytes())).map_err(at(out))?;
            }
            ending => comparison.write_table(out, ending)?,
        }
    }
    Ok(())
}

/// Seconds between two updates, a day at most.
fn seconds(text: &str) -> Result<f64, &'static str> {
    let seconds = text.parse().ok().filter(|seconds| (0.1..=86_400.0).contains(seconds));
    seconds.ok_or("allowed: a number of seconds from 0.1 to 86400")
}

/// The table of these runs, with notes.
pub(crate) fn table(runs: &[PathBuf]) -> Result<String, Error> {
    let (comparison, _) = compared(runs, None, false)?;
    Ok(text(&comparison))
}

fn text(comparison: &Comparison) -> String {
    let notes = comparison.notes().into_iter();
    [comparison.text()].into_iter().chain(notes).collect::<Vec<_>>().join("\n")
}

/// The runs that these arguments mean, compared, and what is wrong with those that can't be read.
fn compared(
    runs: &[PathBuf],
    sort: Option<&str>,
    each: bool,
) -> Result<(Comparison, Vec<String>), Error> {
    let (mut read, mut problems) = (Vec::new(), Vec::new());
    for path in found::runs(runs)? {
        match Run::read(&path) {
            Ok(run) => read.push(run),
            Err(problem) => problems.push(problem.to_string()),
        }
    }
    if read.is_empty() {
        return Err(problems.join("\nerror: ").into());
    }
    Ok((Comparison::new(read, sort, each)?, problems))
}

fn ending(out: &Path) -> Result<String, Error> {
    let ending = out.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match FORMATS.contains(&&*ending) {
        true => Ok(ending),
        false => {
            let allowed = FORMATS.map(|format| format!(".{format}")).join(", ");
            Err(format!("--out {}; allowed: a name that ends with {allowed}", out.display()).into())
        }
    }
}

fn title(runs: &[PathBuf]) -> String {
    let names: Vec<String> = runs.iter().take(3).map(|run| run.display().to_string()).collect();
    let more = if runs.len() > 3 { ", …" } else { "" };
    names.join(", ") + more
}
