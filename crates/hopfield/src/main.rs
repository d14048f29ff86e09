//! The `hopfield` binary.

mod cli;
mod error;
mod eval;
mod eval_labels;
mod experiment;
mod export;
mod image_quality;
mod import;
mod info;
mod probe;
mod recall;
mod report;
mod retrieve;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use hopfield_train::printer::{self, Printer};
use hopfield_train::process;

use cli::{Args, Command};
use error::Error;

/// The system's allocator hands every tensor's pages back and faults them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    process::prepare();
    match run(&args, &mut Printer::new(args.quiet, args.json)) {
        Ok(()) if printer::output_was_lost() => ExitCode::from(2),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer::error(&error.to_string());
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args, printer: &mut Printer) -> Result<(), Error> {
    match &args.command {
        Command::Info { run } => info::info(run, printer),
        Command::Export(args) => export::export(args, printer),
        Command::Import(args) => import::import(args, printer),
        Command::Recall(args) => recall::recall(args, printer),
        Command::Retrieve(args) => retrieve::retrieve(args, printer),
        Command::Eval(args) => eval::eval(args, printer),
        Command::Report(args) => report::report(args, printer),
        Command::Experiment(args) => experiment::experiment(args, printer),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "hopfield", &mut script);
            printer.text(&String::from_utf8_lossy(&script));
            Ok(())
        }
    }
}
