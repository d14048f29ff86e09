//! What a stack answers to images, and which patterns its answers are made of.

use burn::tensor::{Device, Tensor, TensorData};
use hopfield_layer::{HopfieldLayer, Steps};
use hopfield_model::HopfieldStack;
use serde::Serialize;

use crate::error::Error;
use crate::finite::{check_finite, overflow};
use crate::host::host;
use crate::image_quality::mse;
use hopfield_report::counted;

/// The result for one image.
#[derive(Debug, Serialize)]
pub(crate) struct Recalled {
    image: String,
    /// What the network was given.
    pub(crate) state: Vec<f32>,
    /// What it answered.
    pub(crate) retrieved: Vec<f32>,
    /// The mean squared error per pixel between the answer and the undamaged image.
    mse: f64,
    layer: usize,
    /// The best patterns of the layer, best first.
    pub(crate) matches: Vec<Match>,
    energy: Option<Energy>,
    /// Update steps until the layer's state stops changing.
    steps: usize,
    converged: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Match {
    pub(crate) pattern: usize,
    head: usize,
    pub(crate) weight: f32,
}

/// The layer's energy of the state that it gets, of its answer, and of the fixed point.
#[derive(Debug, Serialize)]
struct Energy {
    state: f32,
    /// None if the answer has another dimension than the states.
    answer: Option<f32>,
    fixed_point: f32,
}

/// Answers images, and looks at one layer on the way. `clean` are the images before they were damaged.
pub(crate) fn answer(
    stack: &HopfieldStack,
    layer: usize,
    top_k: usize,
    names: &[String],
    states: &[f32],
    clean: &[f32],
    device: &Device,
) -> Result<Vec<Recalled>, Error> {
    let dim = stack.dim();
    let batch = TensorData::new(states.to_vec(), [names.len(), dim]);
    let batch = Tensor::<2>::from_data(batch, device);
    let trace = stack.trace(batch.clone());
    check_finite(&trace, |row| names[row].clone())?;
    let retrieved = host(trace[trace.len() - 1].retrieved.clone());
    let of_layer = &stack.layers[layer];
    let [_, width] = trace[layer].weights.dims();
    let weights = host(trace[layer].weights.clone());
    let state = stack.states_of(layer, batch);
    let found = of_layer.retrieve(state, Steps::default())?;
    let of_answer = match found.energy {
        Some(_) if of_layer.output_dim() == of_layer.dim() => {
            Some(host(of_layer.energy(trace[layer].retrieved.clone())?))
        }
        _ => None,
    };
    let energies = found.energy.map(|energy| (energy.dims()[1], host(energy)));
    let of_state = energies.iter().map(|(steps, energies)| (*steps, energies));
    for (steps, energies) in of_state.chain(of_answer.iter().map(|energies| (1, energies))) {
        if let Some(place) = energies.iter().position(|energy| !energy.is_finite()) {
            return Err(overflow(&names[place / steps], layer, "energies"));
        }
    }
    let recalled = names.iter().enumerate().map(|(index, image)| {
        let row = |numbers: &[f32]| numbers[index * dim..(index + 1) * dim].to_vec();
        let (retrieved, wanted) = (row(&retrieved), row(clean));
        Recalled {
            image: image.clone(),
            state: row(states),
            mse: mse(&retrieved, &wanted),
            retrieved,
            layer,
            matches: best(&weights[index * width..(index + 1) * width], top_k, of_layer),
            energy: energies.as_ref().map(|(steps, energies)| Energy {
                state: energies[index * steps],
                answer: of_answer.as_ref().map(|energies| energies[index]),
                fixed_point: energies[(index + 1) * steps - 1],
            }),
            steps: found.steps[index],
            converged: found.converged[index],
        }
    });
    Ok(recalled.collect())
}

/// The patterns with the largest weights over all heads; equal weights in the order of their indices.
fn best(weights: &[f32], count: usize, layer: &HopfieldLayer) -> Vec<Match> {
    let n = layer.pattern_count();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    let matches = order.into_iter().take(count);
    matches.map(|i| Match { pattern: i % n, head: i / n, weight: weights[i] }).collect()
}

impl Recalled {
    /// The result as a line of text.
    pub(crate) fn text(&self) -> String {
        let matches =
            self.matches.iter().map(|found| format!("{} ({:.3})", found.pattern, found.weight));
        let energy = self.energy.as_ref().map_or(String::new(), |energy| {
            format!("; energy {:.4}, at the fixed point {:.4}", energy.state, energy.fixed_point)
        });
        format!(
            "{}: MSE {:.5}; patterns of layer {} {}{energy}, after {}{}",
            self.image,
            self.mse,
            self.layer,
            matches.collect::<Vec<_>>().join(", "),
            counted(self.steps, "step"),
            if self.converged { "" } else { ", not converged" }
        )
    }
}
