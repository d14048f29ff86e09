//! NumPy arrays in and out.

use burn::tensor::{Device, Tensor, TensorData};
use numpy::{Element, PyArray1, PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::compute::compute;
use crate::error::invalid;

/// Numbers of an argument: finite, and in C order.
pub(crate) struct Numbers {
    pub(crate) values: Vec<f32>,
    pub(crate) shape: Vec<usize>,
}

/// The numbers of an argument called `name`: an array, or what NumPy makes one of.
///
/// # Errors
///
/// A `ValueError` if it holds no numbers, or one that is not finite.
pub(crate) fn numbers(name: &str, argument: &Bound<'_, PyAny>) -> PyResult<Numbers> {
    if let Ok(array) = argument.cast::<PyArrayDyn<f32>>()
        && array.is_c_contiguous()
        && let Ok(values) = array.to_vec()
    {
        return finite(name, argument, values, array.shape().to_vec());
    }
    let py = argument.py();
    let numpy = numpy(py)?;
    let array = numpy.call_method1("asarray", (argument,)).map_err(|error| {
        match error.is_instance_of::<PyValueError>(py) {
            true => invalid(format!("{name}: {}", error.value(py))),
            false => error,
        }
    })?;
    let dtype = array.getattr("dtype")?;
    let kind: String = dtype.getattr("kind")?.extract()?;
    if !["b", "i", "u", "f"].contains(&kind.as_str()) {
        return Err(invalid(format!("{name}: their dtype is {dtype}; expected real numbers")));
    }
    // Numbers that are too large become infinite, which is told below.
    let quiet = PyDict::new(py);
    quiet.set_item("over", "ignore")?;
    let quiet = numpy.call_method("errstate", (), Some(&quiet))?;
    quiet.call_method0("__enter__")?;
    let converted = array.call_method1("astype", ("f4", "C"));
    quiet.call_method1("__exit__", (py.None(), py.None(), py.None()))?;
    let converted = converted?;
    let converted = converted.cast::<PyArrayDyn<f32>>()?;
    finite(name, &array, converted.to_vec().map_err(invalid)?, converted.shape().to_vec())
}

/// The numbers of an array in C order; `given` is what it was made of.
fn finite(
    name: &str,
    given: &Bound<'_, PyAny>,
    values: Vec<f32>,
    shape: Vec<usize>,
) -> PyResult<Numbers> {
    let Some(flat) = values.iter().position(|value| !value.is_finite()) else {
        return Ok(Numbers { values, shape });
    };
    let mut left = flat;
    let mut place: Vec<_> = shape.iter().rev().map(|&size| (left % size, left /= size).0).collect();
    place.reverse();
    let there = match &place[..] {
        [row, column] => format!("row {row}, column {column}"),
        place => format!("the number at {place:?}"),
    };
    let original = given.call_method1("item", (flat,))?;
    let found = match original.extract::<f64>()? {
        number if number.is_nan() => "missing (NaN)".to_owned(),
        number if number.is_infinite() => "infinite".to_owned(),
        number => format!("{number:e}, too large for a 32-bit float"),
    };
    Err(invalid(format!("{name}: {there} is {found}; allowed: finite numbers up to 3.4e38")))
}

/// Rows of an argument that has exactly two axes, on the CPU.
pub(crate) fn matrix(name: &str, argument: &Bound<'_, PyAny>) -> PyResult<Tensor<2>> {
    let Numbers { values, shape } = numbers(name, argument)?;
    let [rows, columns] = shape[..] else {
        return Err(invalid(format!("{name} have the shape {shape:?}; expected two axes, [n, d]")));
    };
    if values.is_empty() {
        return Err(invalid(format!(
            "{name} have the shape {shape:?}; expected at least one row of at least one number"
        )));
    }
    Ok(Tensor::from_data(TensorData::new(values, [rows, columns]), &device()))
}

/// States that a layer or a memory answers.
pub(crate) struct States {
    /// `[M, d]`
    pub(crate) rows: Tensor<2>,
    /// The axes before the last.
    lead: Vec<usize>,
    /// How errors name them.
    name: &'static str,
}

impl States {
    /// States with `dim` numbers each, along the last axis.
    ///
    /// # Errors
    ///
    /// A `ValueError` if they are not that.
    pub(crate) fn of(argument: &Bound<'_, PyAny>, dim: usize) -> PyResult<Self> {
        Self::of_numbers("states", numbers("states", argument)?, dim)
    }

    pub(crate) fn of_numbers(name: &'static str, numbers: Numbers, dim: usize) -> PyResult<Self> {
        let Numbers { values, mut shape } = numbers;
        if shape.last() != Some(&dim) {
            return Err(invalid(format!(
                "{name} have the shape {shape:?}; the last axis must have {dim} numbers, as many as a pattern has"
            )));
        }
        shape.pop();
        let count: usize = shape.iter().product();
        let rows = Tensor::from_data(TensorData::new(values, [count, dim]), &device());
        Ok(Self { rows, lead: shape, name })
    }

    pub(crate) fn count(&self) -> usize {
        self.lead.iter().product()
    }

    /// An array with something of each state: the axes before the last, and then `width` numbers, or just one.
    pub(crate) fn array<'py, T: Element>(
        &self,
        py: Python<'py>,
        values: Vec<T>,
        width: impl Into<Option<usize>>,
    ) -> PyResult<Bound<'py, PyArrayDyn<T>>> {
        let shape: Vec<_> = self.lead.iter().copied().chain(width.into()).collect();
        PyArray1::from_vec(py, values).reshape(shape)
    }

    /// What `work` makes of the rows, `width` numbers for each, as an array. It runs without the interpreter's lock.
    ///
    /// # Errors
    ///
    /// As for [`answers`](Self::answers) and [`compute`].
    pub(crate) fn answered<'py, const D: usize>(
        &self,
        py: Python<'py>,
        width: usize,
        work: impl FnOnce(Tensor<2>) -> Tensor<D> + Send,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let rows = self.rows.clone();
        self.answers(py, compute(py, || host(work(rows)))?, width)
    }

    /// The same as [`array`](Self::array), of numbers that must be finite.
    ///
    /// # Errors
    ///
    /// A `ValueError` if one is not: products of large numbers overflow.
    pub(crate) fn answers<'py>(
        &self,
        py: Python<'py>,
        values: Vec<f32>,
        width: impl Into<Option<usize>>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        match values.iter().position(|value| !value.is_finite()) {
            None => self.array(py, values, width),
            Some(place) => {
                let state = place / (values.len() / self.count());
                Err(invalid(format!(
                    "{}: the result for state {state} overflows a 32-bit float; scale states and patterns down, so that no product or square \
                     exceeds 3.4e38",
                    self.name
                )))
            }
        }
    }
}

/// The numbers of a tensor, row by row.
pub(crate) fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap_or_else(|error| panic!("these are f32: {error:?}"))
}

/// What something consists of, as an array that can't be written to: a change of it would change nothing else.
pub(crate) fn read_only<'py>(
    py: Python<'py>,
    tensor: &Tensor<2>,
) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let shape = tensor.dims();
    let array = PyArray1::from_vec(py, host(tensor.clone())).reshape(shape.to_vec())?;
    array.call_method1("setflags", (false,))?;
    Ok(array)
}

/// Where everything is computed.
pub(crate) fn device() -> Device {
    Device::flex()
}

fn numpy(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static NUMPY: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    Ok(NUMPY.get_or_try_init(py, || Ok::<_, PyErr>(py.import("numpy")?.unbind()))?.bind(py))
}
