//! The continuous network: a Hopfield layer with stored patterns.

use burn::tensor::{Tensor, assert_shape};
use hopfield_layer::{Beta, HopfieldLayer, HopfieldLayerConfig, Separation, Similarity, Steps};

use crate::error::MemoryError;
use crate::recall::{AssociativeMemory, End, Recall};

/// Settings of a [`ContinuousMemory`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContinuousSettings {
    /// How states and patterns are compared.
    pub similarity: Similarity,
    /// How scores become weights.
    pub separation: Separation,
    /// The inverse temperature β.
    pub beta: f64,
    /// A recall stops when an update moves the state by at most this Euclidean distance.
    pub tolerance: f64,
}

impl Default for ContinuousSettings {
    /// Dot product, softmax, β = 8, tolerance 10⁻⁴.
    fn default() -> Self {
        let tolerance = Steps::default().tolerance;
        Self { similarity: Similarity::Dot, separation: Separation::Softmax, beta: 8.0, tolerance }
    }
}

/// The continuous network of Ramsauer et al. (2020), with states in ℝᵈ: a [`HopfieldLayer`] that stores patterns,
///
/// ```text
/// E(s) = −lse_β(X s) + ½ sᵀs + β⁻¹ log N + ½ M²            s ← softmax(β s Xᵀ) X
/// ```
///
/// or any other similarity and separation; see [`HopfieldLayer::energy`] for their energies. Recall works in the key space of
/// the [`Similarity`], like [`HopfieldLayer::retrieve`].
///
/// [`update`](AssociativeMemory::update) answers with a mean of the patterns as they are stored. Under cosine and LayerNorm, whose key space has only
/// their directions, repeated updates are therefore not a recall, and the energy can rise unless all patterns have the same norm.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use hopfield_memory::{AssociativeMemory, ContinuousMemory, End};
///
/// let device = Device::flex();
/// let stored = Tensor::<2>::from_data([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]], &device);
/// let memory = ContinuousMemory::store(stored, &Default::default())?;
/// let found = memory.recall(Tensor::<2>::from_data([[0.5, 0.4, 0.1]], &device), 100);
/// assert_eq!(found.ends, [End::FixedPoint]);
/// assert!(found.states.into_data().try_to_vec::<f32>().unwrap()[0] > 0.99);
/// # Ok::<(), hopfield_memory::MemoryError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ContinuousMemory {
    layer: HopfieldLayer,
    tolerance: f64,
}

impl ContinuousMemory {
    /// The layer that holds the patterns.
    pub fn layer(&self) -> &HopfieldLayer {
        &self.layer
    }
}

impl AssociativeMemory for ContinuousMemory {
    type Settings = ContinuousSettings;

    fn store(patterns: Tensor<2>, settings: &ContinuousSettings) -> Result<Self, MemoryError> {
        let &ContinuousSettings { similarity, separation, beta, tolerance } = settings;
        let shape @ [n, d] = patterns.dims();
        if shape.contains(&0) {
            return Err(MemoryError::Empty { shape });
        }
        if tolerance.is_nan() || tolerance < 0.0 {
            return Err(hopfield_layer::InvalidSetting {
                field: "tolerance",
                value: tolerance.to_string(),
                allowed: "a number, 0 or more".into(),
            }
            .into());
        }
        let layer = HopfieldLayerConfig::new(n, d)
            .with_similarity(similarity)
            .with_separation(separation)
            .with_beta(Some(Beta::Fixed(beta)))
            .store(patterns, None)?;
        Ok(Self { layer, tolerance })
    }

    fn dim(&self) -> usize {
        self.layer.dim()
    }

    fn update(&self, states: Tensor<2>) -> Tensor<2> {
        if self.layer.separation != Separation::LogSumRelu {
            return self.layer.forward(states);
        }
        let found = self.layer.answer(states.clone());
        stay_if_unreached(states, found.retrieved, found.weights)
    }

    fn energy(&self, states: Tensor<2>) -> Result<Tensor<1>, MemoryError> {
        Ok(self.layer.energy(states)?)
    }

    fn recall(&self, states: Tensor<2>, max_steps: usize) -> Recall {
        let d = self.dim();
        assert_shape!(states, [.., d]);
        let steps = Steps { max: max_steps, tolerance: self.tolerance };
        let found =
            self.layer.retrieve(states.clone(), steps).expect("a recall takes 1 step or more");
        let end = |converged| if converged { End::FixedPoint } else { End::OutOfSteps };
        Recall {
            states: match self.layer.separation {
                Separation::LogSumRelu => stay_if_unreached(states, found.states, found.weights),
                _ => found.states,
            },
            steps: found.steps,
            ends: found.converged.into_iter().map(end).collect(),
        }
    }
}

/// The answers, and the states themselves where no pattern is within reach: all their weights are 0.
fn stay_if_unreached(states: Tensor<2>, answers: Tensor<2>, weights: Tensor<2>) -> Tensor<2> {
    let unreached = weights.sum_dim(1).equal_elem(0.0).expand(states.shape());
    answers.mask_where(unreached, states)
}
