//! Errors of the crates below as Python's exceptions.

use std::error::Error;
use std::fmt::Display;
use std::io;

use hopfield_train::TrainError;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

/// What the command line calls something, and what Python does.
const WORDS: [(&str, &str); 8] = [
    ("--run DIR", "run=DIR"),
    ("--resume", "resume=True"),
    ("--init-from PATH", "settings={\"init_from\": PATH}"),
    ("--set ", ""),
    ("add --data PLACE", "give rows=ROWS"),
    ("`steps.tolerance`", "`tolerance`"),
    ("`beta.start`", "`beta`"),
    ("\nerror: ", "\n"),
];

/// A `ValueError`.
pub(crate) fn invalid(problem: impl Display) -> PyErr {
    PyValueError::new_err(problem.to_string())
}

/// An error of a library: the `OSError` of its kind, such as `FileNotFoundError`; a `RuntimeError` if a training failed, or a `ValueError`.
pub(crate) fn raised(error: &(dyn Error + 'static)) -> PyErr {
    let mut text = error.to_string();
    for (word, here) in WORDS {
        text = text.replace(word, here);
    }
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<io::Error>() {
            return io::Error::new(refused.kind(), text).into();
        }
        cause = error.source();
    }
    match error.downcast_ref() {
        Some(TrainError::Diverged { .. } | TrainError::Stuck { .. }) => {
            PyRuntimeError::new_err(text)
        }
        _ => PyValueError::new_err(text),
    }
}

/// An error whose exact kind Python need not know.
pub(crate) fn failed<E: Error + 'static>(error: E) -> PyErr {
    raised(&error)
}
