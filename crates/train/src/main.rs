//! The `train` binary.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use hopfield_train::cli::Program;
use hopfield_train::printer::Printer;
use hopfield_train::process;

/// The system's allocator hands every tensor's pages back and faults them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let code = process::program(std::env::args_os(), |Program { args, quiet, json }| {
        Ok(args.execute(&Printer::new(*quiet, *json))?)
    });
    code.into()
}
