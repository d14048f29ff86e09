//! The `hopfield` binary.

#![forbid(unsafe_code)]

use std::process::ExitCode;

/// The system's allocator would return the pages of every tensor and fault them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hopfield_cli::program(std::env::args_os()).into()
}
