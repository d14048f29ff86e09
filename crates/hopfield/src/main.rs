//! The `hopfield` binary.

mod arranged;
mod columns;
mod data;
mod encode;
mod error;
mod eval;
mod experiment;
mod export;
mod film;
mod finite;
mod host;
mod image_quality;
mod import;
mod info;
mod labels;
mod map;
mod measure;
mod measure_labels;
mod options;
mod probe;
mod recall;
mod recalled;
mod report;
mod retrieve;
mod retrieved;
mod show;
mod text;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use hopfield_train::printer::{self, Printer};
use hopfield_train::{device, process};

use error::Error;

/// The system's allocator would return the pages of every tensor and fault them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Inspect, convert, evaluate and use pattern databases, the patterns that stacks of dense Hopfield layers have learned.
///
/// RUN is a run folder written by `train` or `hopfield import`, or a single pattern database file, such as a snapshot in a
/// run's `evolution` folder.
#[derive(Debug, Parser)]
#[command(name = "hopfield", version, after_help = AFTER_HELP)]
struct Args {
    #[command(subcommand)]
    command: Command,

    /// Print JSON to standard output instead of text.
    #[arg(long, global = true, display_order = 1000)]
    json: bool,

    /// Print only errors (and JSON, with --json).
    #[arg(long, short, global = true, display_order = 1000)]
    quiet: bool,
}

const AFTER_HELP: &str = "\
Examples:
  hopfield data faces.npy --out faces.png               a look at data: range, NaN, copies, pictures
  hopfield info runs/digits
  hopfield export runs/digits --format npz              runs/digits/patterns.npz, for NumPy
  hopfield show runs/digits                             the patterns, in the terminal
  hopfield film runs/digits                             runs/digits/film.png: how they grew
  hopfield import mine.npy --beta 8 --run runs/mine     patterns from another program
  hopfield recall runs/digits digit.png --mask bottom   complete half a digit
  hopfield retrieve large.npy queries.npy --beta 0.5    search millions of patterns with little memory
  hopfield eval runs/digits --noise 0.5
  hopfield report runs/digits                           one HTML page with everything, and a playground
  hopfield experiment compare                           how well stored memories complete half a digit

Exit codes: 0 done, 2 usage or input error, or output that can't be written.";

#[derive(Debug, Subcommand)]
enum Command {
    Data(data::Args),
    Info(info::Args),
    Export(export::Args),
    Show(show::Args),
    Film(film::Args),
    Import(import::Args),
    Recall(recall::Args),
    Encode(encode::Args),
    Retrieve(retrieve::Args),
    Eval(eval::Args),
    Report(report::Args),
    #[command(subcommand)]
    Experiment(experiment::Command),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let args: Args = match printer::arguments() {
        Ok(args) => args,
        Err(code) => return code,
    };
    process::prepare();
    match device::guarded(|| run(&args, &mut Printer::new(args.quiet, args.json))) {
        Ok(()) => printer::exit_code(),
        Err(error) => {
            printer::error(&error.to_string());
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args, printer: &mut Printer) -> Result<(), Error> {
    match &args.command {
        Command::Data(args) => data::run(args, printer),
        Command::Info(args) => info::run(args, printer),
        Command::Export(args) => export::run(args, printer),
        Command::Show(args) => show::run(args, printer),
        Command::Film(args) => film::run(args, printer),
        Command::Import(args) => import::run(args, printer),
        Command::Recall(args) => recall::run(args, printer),
        Command::Encode(args) => encode::run(args, printer),
        Command::Retrieve(args) => retrieve::run(args, printer),
        Command::Eval(args) => eval::run(args, printer),
        Command::Report(args) => report::run(args, printer),
        Command::Experiment(command) => experiment::run(command, printer),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "hopfield", &mut script);
            printer.text(&String::from_utf8_lossy(&script));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
