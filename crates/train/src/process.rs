//! A program from its arguments to its exit code, and how a process that computes a lot is set up.

use std::error::Error;
use std::ffi::OsString;

use clap::Parser;

use crate::{TrainError, device, printer};

/// Runs a program with these arguments, of which the first is its name. Says what went wrong, if anything did; gives the exit code.
pub fn program<A: Parser>(
    arguments: impl IntoIterator<Item = OsString>,
    run: impl FnOnce(&A) -> Result<u8, Box<dyn Error>>,
) -> u8 {
    let arguments = match printer::parse(arguments) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    prepare();
    match device::guarded(|| run(&arguments)) {
        Ok(0) => printer::exit_code(),
        Ok(code) => code,
        Err(error) => {
            printer::error(&error.to_string());
            error.downcast_ref().map_or(2, TrainError::exit_code)
        }
    }
}

/// Sets up this process: the allocator keeps freed memory for the next tensors, and this thread joins Rayon's pool.
///
/// Both shorten the time between two operations. The allocator would return pages to the system after 10 ms, only to fault
/// them in again, and work of a thread outside Rayon's pool is first handed over to a thread inside.
pub fn prepare() {
    // SAFETY: the function writes one integer of mimalloc's own table of options, which it guards against other threads. The
    // option exists in both versions of the library (2 and 3), and every value is allowed.
    #[allow(unsafe_code)]
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, -1);
    }
    // If there is a pool already, it stays as it is.
    let _ = rayon::ThreadPoolBuilder::new().use_current_thread().build_global();
}

/// `mi_option_purge_delay`: after how many milliseconds freed pages are returned to the system; −1: never.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
