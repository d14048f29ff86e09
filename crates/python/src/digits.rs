//! `hopfield.digits`.

use hopfield_data::{Bundled, Source, Split};
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

use crate::compute::compute;
use crate::error::failed;

type Part<'py> = (Bound<'py, PyArrayDyn<f32>>, Bound<'py, PyArray1<u32>>);

/// The digits of MNIST that come with the package.
///
/// Returns:
///     ((train_images, train_labels), (test_images, test_labels)): images [10000, 28, 28] and [2000, 28, 28], float32 from 0 (paper) to 1 (ink);
///     labels uint32.
#[pyfunction]
pub(crate) fn digits(py: Python<'_>) -> PyResult<(Part<'_>, Part<'_>)> {
    let data = compute(py, || Bundled.load())?.map_err(failed)?;
    let part = |split: &Split| -> PyResult<Part<'_>> {
        let images = PyArray1::from_vec(py, split.all_rows().map_err(failed)?);
        let labels = split.labels().unwrap_or_default().to_vec();
        Ok((images.reshape(vec![split.count(), 28, 28])?, PyArray1::from_vec(py, labels)))
    };
    Ok((part(&data.train)?, part(&data.test)?))
}
