//! The classical network with pairwise weights.

use burn::tensor::{Tensor, TensorData, assert_shape};
use hopfield_layer::{InvalidSetting, matmul};

use crate::error::MemoryError;
use crate::recall::{AssociativeMemory, Recall, recall_binary};
use crate::units::{Sweep, Updates, check_patterns, decide, has_unknown};

/// The rounding error of a field, relative to the sum of the magnitudes of its weights.
const ROUNDING: f64 = 1e-6;

/// How patterns become weights; the diagonal is 0 in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// `W = Σ x xᵀ` (Hopfield 1982). Stores about .14 d random patterns, far fewer if they are correlated.
    #[default]
    Hebbian,
    /// `W = X⁺ X`, the projection onto the span of the patterns (Personnaz, Guyon & Dreyfus 1985). All patterns are fixed
    /// points, correlated or not. d independent patterns span the whole space, and then every state is a fixed point.
    PseudoInverse,
}

/// Settings of a [`ClassicalHopfield`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClassicalSettings {
    /// How patterns become weights.
    pub storage: Storage,
    /// b, one number per unit; `None` means 0 for all.
    pub biases: Option<Vec<f32>>,
    /// How units are updated.
    pub updates: Updates,
}

/// The Hopfield network with pairwise weights (Hopfield 1982), units ±1:
///
/// ```text
/// E(s) = −½ sᵀ W s + bᵀ s            s ← sgn(W s − b)
/// ```
///
/// The diagonal of W is 0. `sgn(0)` keeps the unit; an unknown unit of a query (0) becomes +1. The energy never rises under
/// asynchronous updates. Synchronous updates end in a fixed point or in a cycle of two states (Goles & Olivos 1981).
///
/// With Hebbian storage and integer biases, fields are integers and exact in f32 while N·d < 2²⁴.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use hopfield_memory::{AssociativeMemory, ClassicalHopfield, ClassicalSettings, Storage};
///
/// let device = Device::flex();
/// let stored = Tensor::<2>::from_data([[1.0, 1.0, 1.0, 1.0, -1.0, -1.0]], &device);
/// let settings = ClassicalSettings { storage: Storage::PseudoInverse, ..Default::default() };
/// let memory = ClassicalHopfield::store(stored.clone(), &settings)?;
/// let query = Tensor::<2>::from_data([[1.0, -1.0, 1.0, 1.0, -1.0, -1.0]], &device);
/// let found = memory.recall(query, 10);
/// found.states.into_data().assert_eq(&stored.into_data(), true);
/// assert_eq!(found.steps, [2]); // the first changes a unit, the second finds nothing to change
/// # Ok::<(), hopfield_memory::MemoryError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ClassicalHopfield {
    /// W: `[d, d]`.
    weights: Tensor<2>,
    /// b: `[1, d]`.
    biases: Tensor<2>,
    /// Fields of magnitude up to this are ties: `[1, d]`.
    rounding: Tensor<2>,
    updates: Updates,
}

impl ClassicalHopfield {
    /// W, with a diagonal of 0: `[d, d]`.
    pub fn weights(&self) -> Tensor<2> {
        self.weights.clone()
    }

    fn step(&self, states: Tensor<2>) -> Tensor<2> {
        let field = matmul(states.clone(), self.weights.clone()) - self.biases.clone();
        match self.updates {
            Updates::Synchronous => decide(field, self.rounding.clone(), states),
            Updates::Asynchronous => self.sweep(states, field),
        }
    }

    /// field: W s − b, kept up to date as units change.
    fn sweep(&self, states: Tensor<2>, mut field: Tensor<2>) -> Tensor<2> {
        let mut sweep = Sweep::new(&states);
        for unit in 0..self.dim() {
            let column = |of: &Tensor<2>| of.clone().narrow(1, unit, 1);
            let new = decide(column(&field), column(&self.rounding), sweep.unit(unit));
            let change = sweep.set(unit, new);
            field = field + change * self.weights.clone().narrow(0, unit, 1); // [B, 1] · [1, d]
        }
        sweep.states()
    }
}

impl AssociativeMemory for ClassicalHopfield {
    type Settings = ClassicalSettings;

    fn store(patterns: Tensor<2>, settings: &ClassicalSettings) -> Result<Self, MemoryError> {
        check_patterns(&patterns)?;
        let [_, d] = patterns.dims();
        let device = patterns.device();
        let biases = settings.biases.clone().unwrap_or_else(|| vec![0.0; d]);
        let broken = biases.iter().find(|bias| !bias.is_finite()).map(f32::to_string);
        let count = (biases.len() != d).then(|| format!("{} numbers", biases.len()));
        if let Some(value) = count.or(broken) {
            let allowed = format!("{d} finite numbers, one per unit");
            return Err(InvalidSetting { field: "biases", value, allowed }.into());
        }
        let rows = match settings.storage {
            Storage::Hebbian => patterns,
            Storage::PseudoInverse => orthonormal(patterns),
        };
        let weights = matmul(rows.clone().transpose(), rows);
        let rounding = match settings.storage {
            Storage::Hebbian => Tensor::zeros([1, d], &device),
            // Includes the diagonal: if the patterns span the whole space, the rest of W is nothing but rounding.
            Storage::PseudoInverse => weights.clone().abs().sum_dim(0) * ROUNDING,
        };
        let weights = weights.clone() * (weights.ones_like() - Tensor::eye(d, &device));
        let biases = Tensor::from_data(TensorData::new(biases, [1, d]), &device);
        Ok(Self { weights, biases, rounding, updates: settings.updates })
    }

    fn dim(&self) -> usize {
        self.weights.dims()[0]
    }

    fn update(&self, states: Tensor<2>) -> Tensor<2> {
        let d = self.dim();
        assert_shape!(states, [.., d]);
        has_unknown(&states);
        self.step(states)
    }

    fn energy(&self, states: Tensor<2>) -> Result<Tensor<1>, MemoryError> {
        let d = self.dim();
        assert_shape!(states, [.., d]);
        let field = matmul(states.clone(), self.weights.clone()) * 0.5 - self.biases.clone();
        Ok(-(states * field).sum_dim(1).flatten(0, 1))
    }

    fn recall(&self, states: Tensor<2>, max_steps: usize) -> Recall {
        let d = self.dim();
        assert_shape!(states, [.., d]);
        has_unknown(&states);
        recall_binary(states, max_steps, |states| self.step(states))
    }
}

/// An orthonormal basis of the span of the rows, by two passes of Gram–Schmidt in f64. Rows that depend on earlier ones are
/// left out.
fn orthonormal(rows: Tensor<2>) -> Tensor<2> {
    let [_, d] = rows.dims();
    let device = rows.device();
    let numbers: Vec<f64> = rows.into_data().iter::<f64>().collect();
    let mut base: Vec<Vec<f64>> = Vec::new();
    for row in numbers.chunks_exact(d) {
        if base.len() == d {
            break;
        }
        let mut left = row.to_vec();
        for known in base.iter().chain(&base) {
            let part = dot(&left, known);
            left.iter_mut().zip(known).for_each(|(left, known)| *left -= part * known);
        }
        let norm = dot(&left, &left).sqrt();
        if norm > 1e-9 * (d as f64).sqrt() {
            base.push(left.into_iter().map(|x| x / norm).collect());
        }
    }
    let shape = [base.len(), d];
    let base = base.concat().into_iter().map(|x| x as f32).collect::<Vec<f32>>();
    Tensor::from_data(TensorData::new(base, shape), &device)
}

/// a·b, in eight partial sums, as many as fit a vector register.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; LANES];
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    rest + sums.iter().sum::<f64>()
}
