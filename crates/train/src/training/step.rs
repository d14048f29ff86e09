//! One step of a training.

use burn::tensor::Tensor;
use hopfield_layer::Beta;
use hopfield_model::{LearningRates, imbalance, squared_error};

use super::{Run, shared};
use crate::batches::Batch;
use crate::checkpoint::State;

impl Run<'_> {
    /// One step of SGD; gives the error summed over the batch.
    pub(super) fn step(&self, state: &mut State, batch: Batch) -> Tensor<1> {
        let training = &self.config.training;
        let per_epoch = self.batches.per_epoch();
        let done = state.progress.steps(per_epoch);
        let total = training.epochs * per_epoch;
        let factor = training.schedule.factor(done, total);
        let error = match &self.config.classify {
            Some(classify) => {
                let [wrong, learning] = self.classify_step(classify, state, batch, factor);
                state.progress.learning += learning;
                Tensor::from_data([wrong as f32], &self.device)
            }
            None => self.reconstruction_step(
                state,
                batch,
                factor,
                done as f64 / (total - 1).max(1) as f64,
            ),
        };
        state.epoch_error = state.epoch_error.clone() + error.clone();
        state.progress.batches += 1;
        error
    }

    /// One step of a stack that answers with images, `way` of the way through the training; gives the squared error.
    fn reconstruction_step(
        &self,
        state: &mut State,
        batch: Batch,
        factor: f64,
        way: f64,
    ) -> Tensor<1> {
        let training = &self.config.training;
        for (layer, settings) in state.stack.layers.iter_mut().zip(&self.config.layers) {
            if let Beta::Scheduled(schedule) = &settings.beta {
                // The last step is the end of the schedule.
                layer.set_beta(&[schedule.at(way)]);
            }
        }
        let rates = LearningRates {
            patterns: factor * training.learning_rate,
            log_beta: factor * training.beta_learning_rate,
        };
        if self.devices.len() > 1 {
            let (gradients, error) =
                shared::gradients(&state.stack, &batch, &self.devices, training.balance);
            state.sgd.step_by(&mut state.stack, gradients, rates);
            return error;
        }
        let Batch { states, targets, .. } = batch;
        let [size, _] = targets.dims();
        let answers = state.stack.trace(states);
        let last = answers.last().expect("a stack has layers");
        let error = squared_error(last.retrieved.clone(), targets);
        let mut loss = error.clone() / size as f64;
        if training.balance > 0.0 {
            let layers = answers.into_iter().zip(&state.stack.layers);
            for (answer, layer) in layers.filter(|(_, layer)| layer.separation.has_full_support()) {
                loss = loss + imbalance(answer.weights, layer.heads()) * training.balance;
            }
        }
        let gradients = loss.backward();
        state.sgd.step(&mut state.stack, &gradients, rates);
        error.without_autodiff()
    }
}
