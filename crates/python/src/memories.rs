//! The networks that store patterns: `hopfield.Classical`, `Dense` and `Continuous`.

use hopfield_memory::{
    AssociativeMemory, ClassicalHopfield, ClassicalSettings, ContinuousMemory, ContinuousSettings,
    DenseMemory, DenseSettings, End, Interaction, Storage, Updates,
};
use numpy::PyArrayDyn;
use pyo3::prelude::*;

use crate::arrays::{Numbers, States, host, matrix, numbers, read_only};
use crate::compute::compute;
use crate::error::{failed, invalid};
use crate::layer::{count, counts, named};

/// A network that stores patterns and recalls them from states. It does not change; several threads may use it at a time.
#[pyclass(frozen, subclass, module = "hopfield")]
pub(crate) struct Memory {
    memory: Box<dyn AssociativeMemory + Send + Sync>,
    /// Whether units are +1 or −1, or 0 in a query.
    is_binary: bool,
}

fits_python!(Memory, Recall, Classical, Dense, Continuous);

#[pymethods]
impl Memory {
    /// d, the number of units.
    #[getter]
    fn dim(&self) -> usize {
        self.memory.dim()
    }

    /// Updates states until they stop changing.
    ///
    /// Args:
    ///     states: [..., d]. Binary networks take +1, -1 and, for an unknown unit, 0.
    ///     max_steps: Updates at most.
    ///
    /// Returns:
    ///     The recalled states: [..., d], float32. `trace` tells more.
    #[pyo3(signature = (states, *, max_steps=100))]
    fn recall<'py>(
        &self,
        py: Python<'py>,
        states: &Bound<'_, PyAny>,
        max_steps: i64,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        Ok(self.trace(py, states, max_steps)?.states.into_bound(py))
    }

    /// As `recall`, with all that is known about it.
    #[pyo3(signature = (states, *, max_steps=100))]
    fn trace(&self, py: Python<'_>, states: &Bound<'_, PyAny>, max_steps: i64) -> PyResult<Recall> {
        let max_steps = count("max_steps", max_steps)?;
        let states = self.states(states)?;
        let rows = states.rows.clone();
        let (recalled, steps, ends) = if states.count() == 0 {
            (Vec::new(), Vec::new(), Vec::new())
        } else {
            let found = compute(py, || self.memory.recall(rows, max_steps))?;
            (host(found.states), found.steps, found.ends)
        };
        let end = |end| match end {
            End::FixedPoint => "fixed_point",
            End::TwoCycle => "two_cycle",
            End::OutOfSteps => "out_of_steps",
        };
        Ok(Recall {
            states: states.answers(py, recalled, self.dim())?.unbind(),
            steps: states.array(py, counts(steps), None)?.unbind(),
            ends: ends.into_iter().map(end).collect(),
        })
    }

    /// Updates every unit of states once.
    ///
    /// Args:
    ///     states: [..., d].
    ///
    /// Returns:
    ///     [..., d], float32.
    fn update<'py>(
        &self,
        py: Python<'py>,
        states: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let states = self.states(states)?;
        match states.count() {
            0 => states.array(py, Vec::new(), self.dim()),
            _ => states.answered(py, self.dim(), |rows| self.memory.update(rows)),
        }
    }

    /// The energy of states.
    ///
    /// Args:
    ///     states: [..., d].
    ///
    /// Returns:
    ///     [...], float32.
    fn energy<'py>(
        &self,
        py: Python<'py>,
        states: &Bound<'_, PyAny>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let states = self.states(states)?;
        let rows = states.rows.clone();
        let energy = compute(py, || self.memory.energy(rows).map(host))?.map_err(failed)?;
        states.answers(py, energy, None)
    }
}

impl Memory {
    fn of(
        memory: impl AssociativeMemory + Send + Sync + 'static,
        is_binary: bool,
    ) -> PyClassInitializer<Self> {
        Self { memory: Box::new(memory), is_binary }.into()
    }

    fn states(&self, states: &Bound<'_, PyAny>) -> PyResult<States> {
        let found: Numbers = numbers("states", states)?;
        let is_unit = |unit: &f32| [-1.0, 0.0, 1.0].contains(unit);
        if self.is_binary
            && let Some(unit) = found.values.iter().find(|unit| !is_unit(unit))
        {
            return Err(invalid(format!(
                "states: a unit is {unit}; allowed: +1, -1 or, if it is unknown, 0"
            )));
        }
        States::of_numbers("states", found, self.dim())
    }
}

/// What `trace` of a memory finds.
#[pyclass(frozen, get_all, module = "hopfield")]
pub(crate) struct Recall {
    /// The recalled states: [..., d], float32.
    states: Py<PyArrayDyn<f32>>,
    /// The updates of every state, including the one that found it unchanged: [...], int64.
    steps: Py<PyArrayDyn<i64>>,
    /// How each recall ended, in C order: "fixed_point", "two_cycle" (of two states that alternate) or "out_of_steps".
    ends: Vec<&'static str>,
}

/// The Hopfield network with pairwise weights (Hopfield 1982), units +1 and -1: E(s) = −½ sᵀWs + bᵀs.
///
/// Args:
///     patterns: [N, d], entries +1 and -1.
///     storage: "hebbian", W = Σ x xᵀ, or "pseudo_inverse", W = X⁺X (Personnaz, Guyon & Dreyfus 1985); the diagonal is 0.
///     biases: b, one number per unit. Default: 0.
///     updates: "synchronous", all units at once, or "asynchronous", one after the other.
#[pyclass(frozen, extends = Memory, module = "hopfield")]
pub(crate) struct Classical {
    memory: Box<ClassicalHopfield>,
}

#[pymethods]
impl Classical {
    #[new]
    #[pyo3(signature = (patterns, *, storage="hebbian", biases=None, updates="synchronous"))]
    fn new(
        py: Python<'_>,
        patterns: &Bound<'_, PyAny>,
        storage: &str,
        biases: Option<&Bound<'_, PyAny>>,
        updates: &str,
    ) -> PyResult<PyClassInitializer<Self>> {
        let patterns = matrix("patterns", patterns)?;
        let storage = one_of(
            "storage",
            storage,
            &[("hebbian", Storage::Hebbian), ("pseudo_inverse", Storage::PseudoInverse)],
        )?;
        let biases = biases.map(|biases| numbers("biases", biases)).transpose()?;
        let biases = biases.map(|biases| biases.values);
        let settings = ClassicalSettings { storage, biases, updates: updates_of(updates)? };
        let memory = compute(py, || ClassicalHopfield::store(patterns, &settings))?;
        let memory = memory.map_err(failed)?;
        let own = Self { memory: memory.clone().into() };
        Ok(Memory::of(memory, true).add_subclass(own))
    }

    /// W: [d, d], float32, read-only.
    #[getter]
    fn weights<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        read_only(py, &self.memory.weights())
    }
}

/// The dense associative memory (Krotov & Hopfield 2016; Demircigil et al. 2017), units +1 and -1: E(s) = −Σ F(x·s).
///
/// Args:
///     patterns: [N, d], entries +1 and -1.
///     interaction: F: "exponential", exp(βz); "polynomial", zⁿ; or "rectified_polynomial", max(0, z)ⁿ.
///     degree: n of a polynomial. Default: 3.
///     beta: β of the exponential. Default: 1.
///     updates: "synchronous", all units at once, or "asynchronous", one after the other.
#[pyclass(frozen, extends = Memory, module = "hopfield")]
pub(crate) struct Dense;

#[pymethods]
impl Dense {
    #[new]
    #[pyo3(signature = (patterns, *, interaction="exponential", degree=None, beta=None, updates="synchronous"))]
    fn new(
        py: Python<'_>,
        patterns: &Bound<'_, PyAny>,
        interaction: &str,
        degree: Option<i64>,
        beta: Option<f64>,
        updates: &str,
    ) -> PyResult<PyClassInitializer<Self>> {
        let n = count("degree", degree.unwrap_or(3))?;
        let n = u32::try_from(n)
            .map_err(|_| invalid(format!("`degree` is {n}; allowed: less than 2³²")))?;
        let interaction = one_of(
            "interaction",
            interaction,
            &[
                ("exponential", Interaction::Exponential { beta: beta.unwrap_or(1.0) }),
                ("polynomial", Interaction::Polynomial(n)),
                ("rectified_polynomial", Interaction::RectifiedPolynomial(n)),
            ],
        )?;
        let is_exponential = matches!(interaction, Interaction::Exponential { .. });
        if is_exponential && degree.is_some() || !is_exponential && beta.is_some() {
            return Err(invalid(
                "`degree` applies only to polynomials and `beta` only to the exponential; remove the one that does not apply",
            ));
        }
        let settings = DenseSettings { interaction, updates: updates_of(updates)? };
        let patterns = matrix("patterns", patterns)?;
        let memory = compute(py, || DenseMemory::store(patterns, &settings))?;
        Ok(Memory::of(memory.map_err(failed)?, true).add_subclass(Self))
    }
}

/// The continuous network (Ramsauer et al. 2020), states in ℝᵈ: s ← softmax(β s Xᵀ) X.
///
/// Args:
///     patterns: [N, d].
///     beta: The inverse temperature, more than 0.
///     similarity, separation: As of a `Layer`.
///     tolerance: A state is done when an update moves it by no more than this Euclidean distance.
#[pyclass(frozen, extends = Memory, module = "hopfield")]
pub(crate) struct Continuous;

#[pymethods]
impl Continuous {
    #[new]
    #[pyo3(signature = (patterns, *, beta=8.0, similarity="dot", separation="softmax", tolerance=1e-4))]
    fn new(
        py: Python<'_>,
        patterns: &Bound<'_, PyAny>,
        beta: f64,
        similarity: &str,
        separation: &str,
        tolerance: f64,
    ) -> PyResult<PyClassInitializer<Self>> {
        let settings = ContinuousSettings {
            similarity: named("similarity", similarity)?,
            separation: named("separation", separation)?,
            beta,
            tolerance,
        };
        let patterns = matrix("patterns", patterns)?;
        let memory = compute(py, || ContinuousMemory::store(patterns, &settings))?;
        Ok(Memory::of(memory.map_err(failed)?, false).add_subclass(Self))
    }
}

fn updates_of(name: &str) -> PyResult<Updates> {
    let all = [("synchronous", Updates::Synchronous), ("asynchronous", Updates::Asynchronous)];
    one_of("updates", name, &all)
}

fn one_of<T: Copy>(setting: &str, name: &str, all: &[(&str, T)]) -> PyResult<T> {
    all.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or_else(|| {
        let names = all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        invalid(format!("`{setting}` is {name:?}; allowed: {names}"))
    })
}
