//! The Python package `hopfield`: the layer, the stored memories and the trainer, for NumPy arrays.
//!
//! Numbers of arguments are checked and copied once, into 32-bit floats; Python may change an array while Rust computes. Results are handed over
//! without a copy. Everything that computes runs without the interpreter's lock, and a panic becomes a `RuntimeError`.

/// Python aligns objects to 16 bytes, but tensors need more, so they are boxed.
macro_rules! fits_python {
    ($($class:ty),+) => {
        const _: () = assert!($(align_of::<$class>() <= 16)&&+);
    };
}

mod arrays;
mod compute;
mod digits;
mod error;
mod layer;
mod memories;
mod run;
mod training;

use std::ffi::OsString;

use pyo3::prelude::*;

/// Tensors come and go; the system's allocator would hand their pages back and fault them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The program `hopfield` with these arguments; gives its exit code. `words`: how it is started.
#[pyfunction]
fn program(py: Python<'_>, words: Vec<OsString>, arguments: Vec<OsString>) -> u8 {
    let arguments = [OsString::from("hopfield")].into_iter().chain(arguments);
    py.detach(|| hopfield_cli::program_started_as(&words, arguments))
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<layer::Layer>()?;
    module.add_class::<layer::Retrieval>()?;
    module.add_class::<memories::Memory>()?;
    module.add_class::<memories::Classical>()?;
    module.add_class::<memories::Dense>()?;
    module.add_class::<memories::Continuous>()?;
    module.add_class::<memories::Recall>()?;
    module.add_class::<run::Run>()?;
    module.add_function(wrap_pyfunction!(digits::digits, module)?)?;
    module.add_function(wrap_pyfunction!(run::load, module)?)?;
    module.add_function(wrap_pyfunction!(training::train, module)?)?;
    module.add_function(wrap_pyfunction!(program, module)?)
}
