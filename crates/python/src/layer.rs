//! `hopfield.Layer`.

use std::sync::Arc;

use burn::tensor::Tensor;
use hopfield_layer::{Beta, HopfieldLayer, HopfieldLayerConfig, Init, Similarity, Steps, Values};
use numpy::PyArrayDyn;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::arrays::{States, host, matrix, read_only};
use crate::compute::compute;
use crate::error::{failed, invalid};

/// A dense Hopfield layer: answers states I [B, d] with separation(β · similarity(I, H)) · V.
///
/// With the defaults, dot product and softmax, that is softmax(β · I · Hᵀ) · H (Ramsauer et al. 2020), one step of attention.
/// A layer does not change. It computes in 32-bit floats, on the CPU; several threads may use it at a time.
///
/// Args:
///     patterns: H, one per row: [N, d].
///     values: V: [N, m]. Without, the patterns are the values.
///     beta: The inverse temperature, more than 0; with several heads also one number for each. Default: 1/√(d/heads).
///     similarity: "dot", "centred_dot", "cosine", "euclidean" or "layer_norm".
///     separation: "softmax", "sparsemax", "entmax_1.5", "softmax1", "log_sum_relu", "top_k:K" or "polynomial:DEGREE".
///     steps: Update steps in one answer.
///     heads: The number of parts that states and patterns are split into; divides d and m.
///
/// Raises:
///     ValueError: An array or a setting is not what it should be; the message says what is allowed.
///
/// Examples:
///     >>> import hopfield
///     >>> layer = hopfield.Layer([[1, 1, 0], [0, 1, 1]], beta=8.0)
///     >>> layer([0.5, 0.4, 0.1]).round(2)
///     array([0.96, 1.  , 0.04], dtype=float32)
#[pyclass(frozen, module = "hopfield")]
pub(crate) struct Layer {
    pub(crate) layer: Arc<HopfieldLayer>,
}

fits_python!(Layer, Retrieval);

#[pymethods]
impl Layer {
    #[new]
    #[pyo3(signature = (patterns, *, values=None, beta=None, similarity="dot", separation="softmax", steps=1, heads=1))]
    #[expect(clippy::too_many_arguments, reason = "Python names them")]
    fn new(
        py: Python<'_>,
        patterns: &Bound<'_, PyAny>,
        values: Option<&Bound<'_, PyAny>>,
        beta: Option<&Bound<'_, PyAny>>,
        similarity: &str,
        separation: &str,
        steps: i64,
        heads: i64,
    ) -> PyResult<Self> {
        let patterns = matrix("patterns", patterns)?;
        let values = values.map(|values| matrix("values", values)).transpose()?;
        let [n, d] = patterns.dims();
        let of_values = |values: &Tensor<2>| Values { dim: values.dims()[1], init: Init::Data };
        let beta = beta.map(beta_of).transpose()?;
        let config = HopfieldLayerConfig::new(n, d)
            .with_values(values.as_ref().map(of_values))
            .with_beta(beta)
            .with_similarity(named("similarity", similarity)?)
            .with_separation(named("separation", separation)?)
            .with_steps(count("steps", steps)?)
            .with_heads(count("heads", heads)?);
        let layer = compute(py, || config.store(patterns, values))?.map_err(failed)?;
        Ok(Self { layer: layer.into() })
    }

    /// The answers to states.
    ///
    /// Args:
    ///     states: [..., d], such as [d], [B, d] or [B, S, d].
    ///
    /// Returns:
    ///     The mean of the values under the weights: [..., m], float32.
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        states: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        self.states(states)?.answered(py, self.layer.output_dim(), |rows| self.layer.forward(rows))
    }

    /// The weights that states give the patterns. Each row sums to 1, head by head (less with "softmax1", "log_sum_relu" and "polynomial").
    ///
    /// Args:
    ///     states: [..., d].
    ///
    /// Returns:
    ///     [..., heads·N], float32: the N weights of head 0 first.
    fn weights<'py>(
        &self,
        py: Python<'py>,
        states: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        self.states(states)?.answered(py, self.width(), |rows| self.layer.associate(rows))
    }

    /// The similarities of states to the patterns.
    ///
    /// Args:
    ///     states: [..., d].
    ///
    /// Returns:
    ///     [..., heads·N], float32.
    fn similarities<'py>(
        &self,
        py: Python<'py>,
        states: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        self.states(states)?.answered(py, self.width(), |rows| self.layer.similarities(rows))
    }

    /// The energy of states, which an update step never raises.
    ///
    /// Args:
    ///     states: [..., d].
    ///
    /// Returns:
    ///     [...], float32.
    ///
    /// Raises:
    ///     ValueError: This similarity and this separation have no energy.
    fn energy<'py>(
        &self,
        py: Python<'py>,
        states: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let states = self.states(states)?;
        let rows = states.rows.clone();
        let energy = compute(py, || self.layer.energy(rows).map(host))?.map_err(failed)?;
        states.answers(py, energy, None)
    }

    /// Updates states until they stop changing; the layer's own number of steps plays no part.
    ///
    /// Args:
    ///     states: [..., d].
    ///     max_steps: Update steps at most.
    ///     tolerance: A state is done when a step moves it by no more than this Euclidean distance.
    ///
    /// Returns:
    ///     The retrieved states: [..., m], float32. `trace` tells more.
    #[pyo3(signature = (states, *, max_steps=100, tolerance=1e-4))]
    fn retrieve<'py>(
        &self,
        py: Python<'py>,
        states: &Bound<'_, PyAny>,
        max_steps: i64,
        tolerance: f64,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        Ok(self.trace(py, states, max_steps, tolerance)?.states.into_bound(py))
    }

    /// As `retrieve`, with all that is known about it.
    #[pyo3(signature = (states, *, max_steps=100, tolerance=1e-4))]
    fn trace(
        &self,
        py: Python<'_>,
        states: &Bound<'_, PyAny>,
        max_steps: i64,
        tolerance: f64,
    ) -> PyResult<Retrieval> {
        let states = self.states(states)?;
        let steps = Steps { max: count("max_steps", max_steps)?, tolerance };
        let rows = states.rows.clone();
        let found = compute(py, || self.layer.retrieve(rows, steps))?.map_err(failed)?;
        let of_states = states.answers(py, host(found.states), self.layer.output_dim())?;
        let energy = found.energy.map(|energy| {
            let [_, steps] = energy.dims();
            states.answers(py, host(energy), steps)
        });
        Ok(Retrieval {
            states: of_states.unbind(),
            weights: states.array(py, host(found.weights), self.width())?.unbind(),
            steps: states.array(py, counts(found.steps), None)?.unbind(),
            converged: states.array(py, found.converged, None)?.unbind(),
            energy: energy.transpose()?.map(Bound::unbind),
        })
    }

    /// H: [N, d], float32, read-only.
    #[getter]
    pub(crate) fn patterns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        read_only(py, &self.layer.patterns.val())
    }

    /// V: [N, m], float32, read-only; None if the patterns are the values.
    #[getter]
    pub(crate) fn values<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, PyArrayDyn<f32>>>> {
        self.layer.values.as_ref().map(|values| read_only(py, &values.val())).transpose()
    }

    /// The inverse temperature; with several heads, a list with that of each.
    #[getter]
    pub(crate) fn beta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.layer.beta()[..] {
            [beta] => Ok(beta.into_pyobject(py)?.into_any()),
            ref all => all.to_vec().into_pyobject(py),
        }
    }

    /// How states and patterns are compared.
    #[getter]
    fn similarity(&self) -> &'static str {
        self.layer.similarity.name()
    }

    /// How scores become weights.
    #[getter]
    fn separation(&self) -> String {
        self.layer.separation.to_string()
    }

    /// Update steps in one answer.
    #[getter]
    fn steps(&self) -> usize {
        self.layer.steps
    }

    /// The number of parts that states and patterns are split into.
    #[getter]
    fn heads(&self) -> usize {
        self.layer.heads()
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let settings = PyDict::new(py);
        settings.set_item("values", self.values(py)?)?;
        settings.set_item("beta", self.beta(py)?)?;
        settings.set_item("similarity", self.similarity())?;
        settings.set_item("separation", self.separation())?;
        settings.set_item("steps", self.steps())?;
        settings.set_item("heads", self.heads())?;
        Ok((PyTuple::new(py, [self.patterns(py)?])?, settings))
    }

    fn __repr__(&self) -> String {
        let layer = &self.layer;
        let [n, d] = layer.patterns.dims();
        let beta = match layer.beta()[..] {
            [beta] => format!("{beta:.4}"),
            ref all => format!("{all:.4?}"),
        };
        let values = match layer.values {
            Some(_) => format!(", values {n} × {}", layer.output_dim()),
            None => String::new(),
        };
        format!(
            "<hopfield.Layer: patterns {n} × {d}{values}, beta {beta}, {}, {}>",
            Similarity::name(layer.similarity),
            layer.separation
        )
    }
}

impl Layer {
    fn states(&self, states: &Bound<'_, PyAny>) -> PyResult<States> {
        States::of(states, self.layer.dim())
    }

    /// The weights of a state.
    fn width(&self) -> usize {
        self.layer.heads() * self.layer.pattern_count()
    }
}

/// What `Layer.trace` finds.
#[pyclass(frozen, get_all, module = "hopfield")]
pub(crate) struct Retrieval {
    /// The retrieved states: [..., m], float32.
    states: Py<PyArrayDyn<f32>>,
    /// The weights of the last step: [..., heads·N], float32.
    weights: Py<PyArrayDyn<f32>>,
    /// Update steps of every state: [...], int64.
    steps: Py<PyArrayDyn<i64>>,
    /// Whether the last step of every state was within the tolerance: [...], bool.
    converged: Py<PyArrayDyn<bool>>,
    /// The energy of every state before the first step and after each: [..., T + 1], float32. None if there is no energy.
    energy: Option<Py<PyArrayDyn<f32>>>,
}

/// A setting that is a whole number, 1 or more.
///
/// # Errors
///
/// A `ValueError` if it is not that.
pub(crate) fn count(setting: &str, value: i64) -> PyResult<usize> {
    let allowed = usize::try_from(value).ok().filter(|&value| value > 0);
    allowed.ok_or_else(|| {
        invalid(format!("`{setting}` is {value}; allowed: a whole number, 1 or more"))
    })
}

fn beta_of(argument: &Bound<'_, PyAny>) -> PyResult<Beta> {
    if let Ok(beta) = argument.extract() {
        return Ok(Beta::Fixed(beta));
    }
    let start = argument.extract().map_err(|_| {
        invalid(format!(
            "`beta` is {argument}; allowed: a number, or a list with one for each head"
        ))
    })?;
    Ok(Beta::PerHead { start, trainable: false })
}

/// Numbers as NumPy counts.
pub(crate) fn counts(numbers: Vec<usize>) -> Vec<i64> {
    numbers.into_iter().map(|number| number as i64).collect()
}

/// The setting called `setting` that has this name.
///
/// # Errors
///
/// A `ValueError` if there is none.
pub(crate) fn named<T: std::str::FromStr<Err: std::fmt::Display>>(
    setting: &str,
    name: &str,
) -> PyResult<T> {
    name.parse().map_err(|error| invalid(format!("`{setting}` is {name:?}; {error}")))
}
