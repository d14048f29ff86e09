//! The program `hopfield` as a library: [`program`] is all of it, [`command`] runs a single command.

mod arranged;
mod columns;
mod compare;
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
mod init;
mod labels;
mod man;
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
mod sweep;
mod text;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};
use hopfield_train::printer::Printer;
use hopfield_train::{cli, process, version};

use error::Error;

/// Train stacks of dense Hopfield layers, and look at, convert, evaluate and use the patterns that they have learned.
///
/// RUN is a run folder written by `hopfield train` or `hopfield import`, or a single pattern database file, such as a snapshot in a
/// run's `evolution` folder.
#[derive(Debug, Parser)]
#[command(name = "hopfield", version, long_version = version::long(), after_help = AFTER_HELP)]
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
  hopfield train --example digits                       train on the digits in the program; writes runs/digits
  hopfield init                                         the configs of all examples, to be changed
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
  hopfield sweep sweep.toml                             many runs that differ in some settings
  hopfield compare runs/sweep --out compare.html        what they differ in, and which is best
  hopfield experiment compare                           how well stored memories complete half a digit

Exit codes: 0 done, 1 training diverged, 2 usage or input error, or output that can't be written, 130 training interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    Train(cli::Args),
    Init(init::Args),
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
    Sweep(sweep::Args),
    Compare(compare::Args),
    Report(report::Args),
    #[command(subcommand)]
    Experiment(experiment::Command),
    Man(man::Args),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Runs the program with these arguments, of which the first is its name; gives its exit code.
pub fn program(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let name = || OsString::from("hopfield");
    let own = std::env::current_exe().map_or_else(|_| name(), OsString::from);
    program_started_as(&[own], arguments)
}

/// The same for a program that is started by these words, followed by the arguments without the first: a sweep starts it again.
pub fn program_started_as(words: &[OsString], arguments: impl IntoIterator<Item = OsString>) -> u8 {
    process::program(arguments, |args: &Args| {
        args.command.run(words, &mut Printer::new(args.quiet, args.json))
    })
}

/// Runs one command, such as `["report", "runs/digits"]`, and prints nothing.
///
/// # Errors
///
/// Those that the program would print.
pub fn command(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(), Box<dyn std::error::Error>> {
    let name = [OsString::from("hopfield")];
    let args = Args::try_parse_from(name.iter().cloned().chain(arguments))?;
    args.command.run(&name, &mut Printer::new(true, false))?;
    Ok(())
}

impl Command {
    /// Gives the exit code. `program`: the words by which this program is started.
    fn run(&self, program: &[OsString], printer: &mut Printer) -> Result<u8, Error> {
        let done = match self {
            Self::Train(args) => return Ok(args.execute(printer)?),
            Self::Init(args) => init::run(args, printer),
            Self::Data(args) => data::run(args, printer),
            Self::Info(args) => info::run(args, printer),
            Self::Export(args) => export::run(args, printer),
            Self::Show(args) => show::run(args, printer),
            Self::Film(args) => film::run(args, printer),
            Self::Import(args) => import::run(args, printer),
            Self::Recall(args) => recall::run(args, printer),
            Self::Encode(args) => encode::run(args, printer),
            Self::Retrieve(args) => retrieve::run(args, printer),
            Self::Eval(args) => eval::run(args, printer),
            Self::Sweep(args) => return sweep::run(args, program, printer),
            Self::Compare(args) => compare::run(args, printer),
            Self::Report(args) => report::run(args, printer),
            Self::Experiment(command) => experiment::run(command, printer),
            Self::Man(args) => man::run(args, Args::command(), printer),
            Self::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Args::command(), "hopfield", &mut script);
                printer.text(&String::from_utf8_lossy(&script));
                Ok(())
            }
        };
        done.map(|()| 0)
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
