//! `hopfield sweep`: many runs, from one file.

mod commands;
mod workers;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use hopfield_train::printer::Printer;
use hopfield_train::{Existing, INTERRUPTED, Interrupt, Job, RunRecord, Sweep, SweepRun, device};
use serde_json::json;

use crate::compare;
use crate::error::Error;
use crate::options::count;
use commands::Command;
use workers::{Ended, Workers};

/// Train many runs that differ in some settings: all combinations of a sweep file, with every seed.
///
/// SWEEP is a TOML file: `config = "mine.toml"` (seen from the file) or `example = "digits"`,
/// seeds, and axes:
///
///   example = "digits"
///   seeds = [1, 2, 3]
///   [settings]                                 # of all runs
///   training.epochs = 10
///   [[axes]]
///   layers.0.beta = [0.1, 0.3, 1.0]
///   [[axes]]                                   # keys of one axis are moved together
///   layers.0.patterns = [32, 64]
///   layers.1.patterns = [64, 128]
///   [[axes]]
///   training.learning_rate = { from = 0.01, to = 1.0, count = 3, scale = "log" }
///
/// With `random = true` instead of `count`, a range is drawn from, `budget = N` times. An empty
/// text removes a key.
///
/// Each run is an ordinary run folder, named by what it differs in. If the sweep is interrupted
/// or killed, run the same command again: runs that have ended are not repeated. Several
/// processes, also on several machines, can work on one sweep. A run that fails is reported and
/// stops no other. Compare the runs with `hopfield compare`.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The sweep file.
    sweep: PathBuf,

    /// Change a setting of all runs, such as training.epochs=1; can be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,

    /// The folder of the runs [default: runs/<SWEEP's name>].
    #[arg(long, value_name = "DIR")]
    runs: Option<PathBuf>,

    /// How many runs are trained at once, which share the cores [default: one on each core; on a GPU, one].
    #[arg(long, value_name = "COUNT", value_parser = count::<1024>)]
    jobs: Option<usize>,

    /// Print the command of each run, one on a line, instead of training: for xargs, GNU parallel, Slurm and others.
    #[arg(long)]
    print_commands: bool,
}

/// So many names of failed runs are listed.
const SHOWN: usize = 3;

/// Gives the exit code. `program`: how this program is started.
pub(crate) fn run(args: &Args, program: &[OsString], printer: &Printer) -> Result<u8, Error> {
    let sweep = Sweep::read(&args.sweep, &args.set)?;
    let folder = || Path::new("runs").join(args.sweep.file_stem().unwrap_or_default());
    let folder = args.runs.clone().unwrap_or_else(folder);
    let command = |run: &SweepRun| Command::new(program, &sweep, run, &folder.join(&run.name));
    if RunRecord::is_one(&folder) {
        let problem =
            "it is the folder of a run; choose another folder for the sweep with --runs DIR";
        return Err(format!("{}: {problem}", folder.display()).into());
    }
    if args.print_commands {
        let lines = sweep.runs.iter().map(|run| command(run)?.line());
        printer.text(&lines.collect::<Result<Vec<_>, Error>>()?.join("\n"));
        return Ok(0);
    }
    let jobs = sweep.runs.iter().map(|run| {
        let job = Job::new(run.config.clone(), folder.join(&run.name), Existing::Reuse);
        Ok((job, command(run)?))
    });
    let jobs = jobs.collect::<Result<Vec<_>, Error>>()?;
    let at_once = args.jobs.unwrap_or_else(|| at_once(&sweep)).min(jobs.len());
    let interrupt = Interrupt::by_ctrl_c()?;
    let ended = Workers::new(&jobs, at_once, printer).run(&interrupt);

    let name = |run: usize| jobs[run].0.folder.display().to_string();
    for (run, ended) in ended.iter().enumerate() {
        printer
            .data(&json!({ "run": name(run), "ended": ended.name(), "problem": ended.problem() }));
    }
    let failed = ended.iter().filter(|ended| ended.problem().is_some()).count();
    let open = ended.iter().filter(|ended| matches!(ended, Ended::Open)).count();
    if failed < ended.len() && open < ended.len() {
        let begun = jobs.iter().map(|(job, _)| job.folder.clone());
        let begun: Vec<PathBuf> = begun.filter(|folder| RunRecord::is_one(folder)).collect();
        printer.result(&compare::table(&begun)?);
    }
    if open > 0 {
        let all = hopfield_report::counted(ended.len(), "run");
        printer.note(&format!("interrupted, with {open} of {all} left; the same command goes on"));
        return Ok(INTERRUPTED);
    }
    if failed > 0 {
        let names = ended.iter().zip(&sweep.runs).filter(|(ended, _)| ended.problem().is_some());
        let names: Vec<&str> = names.take(SHOWN).map(|(_, run)| &*run.name).collect();
        let more = if failed > SHOWN { ", …" } else { "" };
        let all = hopfield_report::counted(ended.len(), "run");
        return Err(format!("{failed} of {all} failed: {}{more}", names.join("; ")).into());
    }
    Ok(0)
}

/// One run on each core; on other devices one, as they are shared less well.
fn at_once(sweep: &Sweep) -> usize {
    let on_cpu = |run: &SweepRun| device::is_cpu(&run.config.device);
    if sweep.runs.iter().all(on_cpu) { workers::cores() } else { 1 }
}
