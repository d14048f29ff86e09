//! Work outside the interpreter's lock.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::OnceLock;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// Runs `work` without the interpreter's lock.
///
/// # Errors
///
/// A `RuntimeError` if it panics, or if this process was forked from one that had computed already: the worker threads do not exist here.
pub(crate) fn compute<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    static FIRST: OnceLock<u32> = OnceLock::new();
    let here = process::id();
    if *FIRST.get_or_init(|| here) != here {
        return Err(PyRuntimeError::new_err(
            "hopfield was used before this process was forked, and its worker threads do not exist in this process; start processes \
             with multiprocessing.get_context(\"spawn\")",
        ));
    }
    py.detach(|| catch_unwind(AssertUnwindSafe(work))).map_err(|panic| fault(&*panic))
}

/// A panic, which is a fault of ours.
pub(crate) fn fault(panic: &(dyn Any + Send)) -> PyErr {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown");
    PyRuntimeError::new_err(format!("internal error in hopfield, please report it: {text}"))
}
