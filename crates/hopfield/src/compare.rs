//! `hopfield compare`: many runs side by side.

mod comparison;
mod found;
mod notes;
mod page;
mod run;
mod table;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use hopfield_arrays::write_whole;
use hopfield_database::ExportError;
use hopfield_train::printer::Printer;

use crate::error::{Error, at};
use crate::options::positive;
use comparison::Comparison;
use run::Run;

/// Compare runs: in what they differ, and what was measured of them.
///
/// RUN is the folder of a run, a folder with runs in it (such as that of a sweep), or a pattern such as 'runs/*'. Runs that differ
/// in the seed only are one row: means ± standard deviations, the best mean of each measure with a star.
///
/// The page (--out compare.html) shows the table, which sorts and filters, training curves on top of each other, each measure over
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

    /// Write the files anew every so many seconds, until Ctrl-C; the page shows what is new.
    #[arg(long, value_name = "SECONDS", requires = "out", num_args = 0..=1, default_missing_value = "10", value_parser = positive)]
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
    loop {
        let (comparison, problems) = compared(&args.runs, args.sort.as_deref(), args.each)?;
        problems.iter().for_each(|problem| printer.note(&format!("left out: {problem}")));
        for (out, ending) in &outs {
            match &ending[..] {
                "html" => {
                    let html = comparison.page(&title(&args.runs), args.watch)?;
                    write_whole(out, |file| file.write_all(html.as_bytes())).map_err(at(out))?;
                }
                ending => comparison.write_table(out, ending)?,
            }
        }
        if args.watch.is_none() {
            comparison.records().iter().for_each(|record| printer.data(record));
            printer.result(&text(&comparison));
            let written = outs.iter().map(|(out, _)| out.display().to_string());
            written.for_each(|out| printer.result(&out));
            return Ok(());
        }
        let all = comparison.runs.len();
        let finished = comparison.runs.iter().filter(|run| comparison::is_finished(run)).count();
        printer.note(&format!("{finished} of {all} runs have ended"));
        thread::sleep(Duration::from_secs_f64(args.watch.unwrap_or_default()));
    }
}

/// The table of the runs in a folder, with notes.
pub(crate) fn table(folder: &Path) -> Result<String, Error> {
    let (comparison, _) = compared(&[folder.into()], None, false)?;
    Ok(text(&comparison))
}

fn text(comparison: &Comparison) -> String {
    let notes = comparison.notes().into_iter().map(|note| format!("{note}\n"));
    comparison.text() + &notes.collect::<String>()
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
