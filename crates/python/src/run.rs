//! `hopfield.Run` and `hopfield.load`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use hopfield_data::Applied;
use hopfield_database::PatternDatabase;
use hopfield_train::{SavedRun, TrainError};
use numpy::PyArrayDyn;
use pyo3::prelude::*;
use tempfile::TempDir;

use crate::arrays::{States, device, host, numbers};
use crate::compute::compute;
use crate::error::{failed, invalid, raised};
use crate::layer::Layer;

/// A run that was trained or imported: its stack, its metrics and its folder.
///
/// A run trained without a folder has a temporary one, which is removed with this object.
#[pyclass(frozen, module = "hopfield")]
pub(crate) struct Run {
    path: PathBuf,
    metrics: Vec<serde_json::Value>,
    config: Option<toml::Table>,
    database: Box<PatternDatabase>,
    /// What it was trained on, if that was in memory.
    rows: Option<Py<PyAny>>,
    /// Removed with the run.
    _temporary: Option<TempDir>,
}

fits_python!(Run);

/// Opens a run, or a pattern database.
///
/// Args:
///     path: The folder of a run, or a file such as `patterns.safetensors`.
///
/// Raises:
///     FileNotFoundError: There is none.
///     ValueError: It is no run.
#[pyfunction]
pub(crate) fn load(py: Python<'_>, path: PathBuf) -> PyResult<Run> {
    Run::open(py, &path, None, None)
}

#[pymethods]
impl Run {
    /// The folder of the run, or the file that was opened.
    #[getter]
    fn path(&self) -> &Path {
        &self.path
    }

    /// The layers, from the input on: a list of `Layer`.
    #[getter]
    fn layers(&self) -> Vec<Layer> {
        let layers = self.database.stack.layers.iter();
        layers.map(|layer| Layer { layer: layer.clone().into() }).collect()
    }

    /// The patterns of each layer: a list of arrays [N, d], float32, read-only.
    #[getter]
    fn patterns<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyArrayDyn<f32>>>> {
        self.layers().iter().map(|layer| layer.patterns(py)).collect()
    }

    /// The values of each layer: a list of arrays [N, m], or None where the patterns are the values.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Vec<Option<Bound<'py, PyArrayDyn<f32>>>>> {
        self.layers().iter().map(|layer| layer.values(py)).collect()
    }

    /// β of each layer: a list of numbers, or of lists with one for each head.
    #[getter]
    fn beta<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.layers().iter().map(|layer| layer.beta(py)).collect()
    }

    /// Whether a layer passes on its state plus its answer, instead of its answer.
    #[getter]
    fn residual(&self) -> bool {
        self.database.stack.is_residual()
    }

    /// The shape of an image, (height, width) or (height, width, 3); None if rows are vectors.
    #[getter]
    fn image_shape<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let tuple = py.import("builtins")?.getattr("tuple")?;
        let shape = self.database.image_shape;
        shape.map(|shape| tuple.call1((to_python(py, &shape)?,))).transpose()
    }

    /// The names of the labels that it was trained with, if they have some.
    #[getter]
    fn classes(&self) -> Vec<String> {
        self.database.classes.clone()
    }

    /// What `metrics.jsonl` says: a list with a dict for each epoch.
    #[getter]
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.metrics)
    }

    /// All settings of the training, as `config.toml` says them: a dict; None if it was not trained here.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.config.as_ref().map(|config| to_python(py, config)).transpose()
    }

    /// What the stack makes of rows, as `hopfield encode --recalled` does: they are scaled as in training, and the answers are scaled back. If the
    /// training had no other scale, rows of bytes (whole numbers up to 255, one above 1) are divided by 255.
    ///
    /// Args:
    ///     rows: [..., d], or images [..., height, width] if the run is one of images.
    ///
    /// Returns:
    ///     [..., m], float32.
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        rows: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let (states, applied) = self.states(rows)?;
        let rows = states.rows.clone();
        let answers = compute(py, || {
            let mut answers = host(self.database.stack.forward(rows));
            if self.database.answers_rows() {
                let dim = self.database.stack.dim();
                answers.chunks_mut(dim).zip(&applied).for_each(|(row, applied)| applied.undo(row));
            }
            answers
        })?;
        states.answers(py, answers, self.database.stack.output_dim())
    }

    /// The weights that a layer gives its patterns, as `hopfield encode` writes them.
    ///
    /// Args:
    ///     rows: [..., d], as for a call.
    ///     layer: From 0 at the input; -1 is the last.
    ///
    /// Returns:
    ///     [..., heads·N], float32.
    #[pyo3(signature = (rows, *, layer=-1), text_signature = "($self, rows, *, layer=-1)")]
    fn weights<'py>(
        &self,
        py: Python<'py>,
        rows: &Bound<'_, PyAny>,
        layer: isize,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let stack = &self.database.stack;
        let count = stack.layers.len();
        let from_end = if layer < 0 { layer + count as isize } else { layer };
        let found = usize::try_from(from_end).ok().filter(|&index| index < count);
        let Some(index) = found else {
            return Err(invalid(format!(
                "`layer` is {layer}; allowed: {} to {}",
                -(count as isize),
                count - 1
            )));
        };
        let (states, _) = self.states(rows)?;
        let layer = &stack.layers[index];
        let width = layer.heads() * layer.pattern_count();
        states.answered(py, width, |rows| layer.associate(stack.states_of(index, rows)))
    }

    /// Writes one HTML page with everything about the run, as `hopfield report` does, and replaces it if it exists.
    ///
    /// Args:
    ///     path: The page. Default: report.html in the run's folder.
    ///     rows: Rows to measure the run on. Default: the rows that the run was trained with, if they were in memory, and otherwise the test
    ///         rows that its config names.
    #[pyo3(signature = (path=None, *, rows=None))]
    fn report(
        &self,
        py: Python<'_>,
        path: Option<PathBuf>,
        rows: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let mut arguments = vec![OsString::from("report")];
        let folder = TempDir::new()?;
        if let Some(rows) = rows.or(self.rows.as_ref().map(|rows| rows.bind(py))) {
            let file = folder.path().join("rows.npy");
            py.import("numpy")?.call_method1("save", (&file, rows))?;
            arguments.push(joined("--data=", file));
        }
        if let Some(path) = path {
            arguments.extend(["--force".into(), joined("--out=", path)]);
        }
        arguments.extend(["--".into(), self.path().into()]);
        compute(py, || hopfield_cli::command(arguments).map_err(|error| raised(&*error)))?
    }

    fn __repr__(&self) -> String {
        let stack = &self.database.stack;
        let counts = stack.layers.iter().map(|layer| layer.pattern_count().to_string());
        let counts = counts.collect::<Vec<_>>().join(", ");
        format!(
            "<hopfield.Run: {}, layers of {counts} patterns of {} numbers>",
            self.path().display(),
            stack.dim()
        )
    }
}

impl Run {
    /// The run at a path; `rows`: what it was trained on.
    pub(crate) fn open(
        py: Python<'_>,
        path: &Path,
        rows: Option<Py<PyAny>>,
        temporary: Option<TempDir>,
    ) -> PyResult<Self> {
        // Whoever holds the run may go to another folder.
        let path = std::path::absolute(path)?;
        let open = || -> Result<_, TrainError> {
            let saved = SavedRun::find(&path)?;
            Ok((saved.load(&device())?, saved.metrics()?, saved.config_text()?))
        };
        let (database, metrics, config) = compute(py, open)?.map_err(failed)?;
        let config = config.map(|text| text.parse()).transpose().map_err(failed)?;
        let database = database.into();
        Ok(Self { path, metrics, config, database, rows, _temporary: temporary })
    }

    /// Rows as the stack sees them, and what was done to each, whatever the others are.
    fn states(&self, rows: &Bound<'_, PyAny>) -> PyResult<(States, Vec<Applied>)> {
        let mut rows = numbers("rows", rows)?;
        if let Some(image) = self.database.image_shape.map(Vec::from)
            && rows.shape.ends_with(&image)
        {
            rows.shape.truncate(rows.shape.len() - image.len());
            rows.shape.push(self.database.stack.dim());
        }
        let dim = self.database.stack.dim();
        let mut applied = Vec::new();
        if rows.shape.last() == Some(&dim) {
            for row in rows.values.chunks_mut(dim) {
                let done = Applied::to(row, &self.database.scaling, self.database.least_byte());
                done.apply(row);
                applied.push(done);
            }
        }
        Ok((States::of_numbers("rows", rows, dim)?, applied))
    }
}

/// An option of the command line with its value, which may begin with a dash.
fn joined(option: &str, value: impl AsRef<OsStr>) -> OsString {
    let mut joined = OsString::from(option);
    joined.push(value);
    joined
}

/// As `json.loads` gives it.
fn to_python<'py>(py: Python<'py>, value: &impl serde::Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(failed)?;
    py.import("json")?.call_method1("loads", (text,))
}
