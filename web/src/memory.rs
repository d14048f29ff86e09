//! Associative memories that are stored, not trained.

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_layer::{Separation, Similarity};
use hopfield_memory::{
    AssociativeMemory, ClassicalHopfield, ClassicalSettings, ContinuousMemory, ContinuousSettings,
    DenseMemory, DenseSettings, Interaction, Storage, Updates,
};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use crate::error::js;

/// A classical memory of more units would have weights of over 64 MB.
const MOST_UNITS: usize = 4096;

/// Which memory, and its settings. In JSON: `{ "kind": "dense", "interaction": { "kind": "exponential", "beta": 1 } }`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Kind {
    Classical { storage: StorageName },
    Dense { interaction: InteractionForm },
    Continuous { similarity: Similarity, separation: Separation, beta: f64 },
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StorageName {
    Hebbian,
    PseudoInverse,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum InteractionForm {
    Polynomial { degree: u32 },
    RectifiedPolynomial { degree: u32 },
    Exponential { beta: f64 },
}

impl From<InteractionForm> for Interaction {
    fn from(form: InteractionForm) -> Self {
        match form {
            InteractionForm::Polynomial { degree } => Self::Polynomial(degree),
            InteractionForm::RectifiedPolynomial { degree } => Self::RectifiedPolynomial(degree),
            InteractionForm::Exponential { beta } => Self::Exponential { beta },
        }
    }
}

/// A memory with stored patterns. Binary ones update unit after unit, so that the energy never rises.
#[wasm_bindgen]
pub struct Memory {
    memory: Box<dyn AssociativeMemory>,
    is_binary: bool,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("dim", &self.memory.dim()).finish_non_exhaustive()
    }
}

impl Memory {
    /// Stores patterns, rows of `dim` numbers; `settings` is JSON.
    ///
    /// # Errors
    ///
    /// A setting is wrong, there are no patterns, or the memory is binary and an entry is neither 1 nor −1.
    pub fn of(settings: &str, patterns: Vec<f32>, dim: usize) -> Result<Self, String> {
        let kind: Kind = serde_json::from_str(settings).map_err(|error| error.to_string())?;
        let patterns = tensor(patterns, dim)?;
        let updates = Updates::Asynchronous;
        match kind {
            Kind::Classical { storage } => {
                let storage = match storage {
                    StorageName::Hebbian => Storage::Hebbian,
                    StorageName::PseudoInverse => Storage::PseudoInverse,
                };
                let settings = ClassicalSettings { storage, updates, ..Default::default() };
                Self::stored::<ClassicalHopfield>(patterns, &settings, true)
            }
            Kind::Dense { interaction } => {
                let settings = DenseSettings { interaction: interaction.into(), updates };
                Self::stored::<DenseMemory>(patterns, &settings, true)
            }
            Kind::Continuous { similarity, separation, beta } => {
                let settings =
                    ContinuousSettings { similarity, separation, beta, ..Default::default() };
                Self::stored::<ContinuousMemory>(patterns, &settings, false)
            }
        }
    }

    fn stored<M: AssociativeMemory + 'static>(
        patterns: Tensor<2>,
        settings: &M::Settings,
        is_binary: bool,
    ) -> Result<Self, String> {
        let memory = M::store(patterns, settings).map_err(|error| error.to_string())?;
        Ok(Self { memory: Box::new(memory), is_binary })
    }

    /// The states after one update; of a binary memory, one sweep over all units, from the first to the last.
    ///
    /// # Errors
    ///
    /// They can't be split into rows of d numbers, or a unit of a binary memory is not 1, −1 or 0 (unknown).
    pub fn updated(&self, states: Vec<f32>) -> Result<Vec<f32>, String> {
        let states = self.states(states)?;
        finite(self.memory.update(states))
    }

    /// The energy of each state.
    ///
    /// # Errors
    ///
    /// They can't be split into rows of d numbers, or the memory has no energy.
    pub fn energies_of(&self, states: Vec<f32>) -> Result<Vec<f32>, String> {
        let states = self.states(states)?;
        finite(self.memory.energy(states).map_err(|error| error.to_string())?)
    }

    /// Rows of units.
    fn states(&self, states: Vec<f32>) -> Result<Tensor<2>, String> {
        if self.is_binary && states.iter().any(|unit| ![1.0, -1.0, 0.0].contains(unit)) {
            return Err("The units of a binary memory are 1, −1 or, if unknown, 0.".into());
        }
        tensor(states, self.memory.dim())
    }
}

/// The numbers of an answer.
fn finite<const D: usize>(answer: Tensor<D>) -> Result<Vec<f32>, String> {
    let numbers: Vec<f32> = answer.into_data().iter().collect();
    match numbers.iter().all(|number| number.is_finite()) {
        true => Ok(numbers),
        false => Err("The numbers of the states or patterns are too large.".into()),
    }
}

/// Rows of `dim` numbers.
fn tensor(rows: Vec<f32>, dim: usize) -> Result<Tensor<2>, String> {
    let count = rows.len();
    if dim > MOST_UNITS {
        return Err(format!("A memory of {dim} units; allowed: up to {MOST_UNITS}."));
    }
    if dim == 0 || count == 0 || !count.is_multiple_of(dim) {
        return Err(format!("{count} numbers can't be split into rows of {dim}."));
    }
    if rows.iter().any(|number| !number.is_finite()) {
        return Err("A number is not finite.".into());
    }
    Ok(Tensor::from_data(TensorData::new(rows, [count / dim, dim]), &Device::flex()))
}

#[wasm_bindgen]
impl Memory {
    /// Stores patterns; see [`of`](Self::of).
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str, patterns: Vec<f32>, dim: usize) -> Result<Memory, JsError> {
        Self::of(settings, patterns, dim).map_err(js)
    }

    /// One update; see [`updated`](Self::updated).
    pub fn update(&self, states: Vec<f32>) -> Result<Vec<f32>, JsError> {
        self.updated(states).map_err(js)
    }

    /// Energies; see [`energies_of`](Self::energies_of).
    pub fn energies(&self, states: Vec<f32>) -> Result<Vec<f32>, JsError> {
        self.energies_of(states).map_err(js)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: [f32; 12] = [1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];

    #[test]
    fn every_memory_completes_a_pattern_and_its_energy_falls() {
        for settings in [
            r#"{"kind":"classical","storage":"hebbian"}"#,
            r#"{"kind":"classical","storage":"pseudo_inverse"}"#,
            r#"{"kind":"dense","interaction":{"kind":"rectified_polynomial","degree":3}}"#,
            r#"{"kind":"dense","interaction":{"kind":"polynomial","degree":3}}"#,
            r#"{"kind":"dense","interaction":{"kind":"exponential","beta":1}}"#,
            r#"{"kind":"continuous","similarity":"dot","separation":{"kind":"softmax"},"beta":8}"#,
        ] {
            let memory = Memory::of(settings, STORED.to_vec(), 6).unwrap();
            let query = vec![1.0, 1.0, 1.0, 0.0, 0.0, 0.0];
            let found = memory.updated(query.clone()).unwrap();
            for (found, expected) in found.iter().zip(&STORED[..6]) {
                assert!((found - expected).abs() < 1e-3, "{settings}: {found}");
            }
            let energies = memory.energies_of([query, found].concat()).unwrap();
            assert!(energies[1] < energies[0], "{settings}: {energies:?}");
        }
    }

    #[test]
    fn what_cannot_be_stored_or_recalled_is_refused() {
        let classical = r#"{"kind":"classical","storage":"hebbian"}"#;
        let refused = |settings: &str, patterns: &[f32], dim| {
            Memory::of(settings, patterns.to_vec(), dim).unwrap_err()
        };
        assert_eq!(refused(classical, &STORED, 5), "12 numbers can't be split into rows of 5.");
        assert_eq!(refused(classical, &[], 5), "0 numbers can't be split into rows of 5.");
        assert_eq!(refused(classical, &[f32::NAN], 1), "A number is not finite.");
        assert!(refused(classical, &[0.5, 1.0], 2).contains('1'));
        assert!(
            refused(r#"{"kind":"quantum"}"#, &STORED, 6).starts_with("unknown variant `quantum`")
        );
        let degree = r#"{"kind":"dense","interaction":{"kind":"polynomial","degree":0}}"#;
        assert_eq!(refused(degree, &STORED, 6), "`degree` is 0; allowed: 1 or more");
        let memory = Memory::of(classical, STORED.to_vec(), 6).unwrap();
        let error = memory.updated(vec![0.5; 6]).unwrap_err();
        assert_eq!(error, "The units of a binary memory are 1, −1 or, if unknown, 0.");
        assert!(memory.energies_of(vec![1.0; 5]).is_err());
        assert_eq!(memory.energies_of(vec![7.0; 6]).unwrap_err(), error);
        let large = refused(classical, &[1.0; 5000], 5000);
        assert_eq!(large, "A memory of 5000 units; allowed: up to 4096.");
        let dot = r#"{"kind":"continuous","similarity":"dot","separation":"softmax","beta":1}"#;
        let memory = Memory::of(dot, vec![1e30; 6], 6).unwrap();
        let error = memory.updated(vec![1e30; 6]).unwrap_err();
        assert_eq!(error, "The numbers of the states or patterns are too large.");
    }
}
