//! The `train` binary.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::sync::Arc;

use hopfield_train::cli::Args;
use hopfield_train::printer::{self, Printer};
use hopfield_train::{Interrupt, Outcome, device, process, run};

/// The system's allocator hands every tensor's pages back and faults them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let args: Args = match printer::arguments() {
        Ok(args) => args,
        Err(code) => return code,
    };
    process::prepare();
    let interrupt = Arc::new(Interrupt::default());
    let handle = Arc::clone(&interrupt);
    // The first Ctrl-C saves and stops, the second stops at once.
    let handled = ctrlc::set_handler(move || {
        if !handle.ask() {
            std::process::exit(INTERRUPTED.into());
        }
    });
    if let Err(error) = handled {
        printer::error(&format!("Ctrl-C can't be handled: {error}"));
        return ExitCode::from(2);
    }
    match device::guarded(|| run(&args, &Printer::new(args.quiet, args.json), &interrupt)) {
        Ok(Outcome::Finished) => printer::exit_code(),
        Ok(Outcome::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(error) => {
            printer::error(&error.to_string());
            ExitCode::from(error.exit_code())
        }
    }
}
