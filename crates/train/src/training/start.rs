//! The state before the first step.

use burn::module::Module;
use burn::tensor::Tensor;
use hopfield_layer::{HopfieldLayer, LayerError};
use hopfield_model::{HopfieldStack, ModelError, Sgd};

use super::layers::LayerSettings;
use super::run::Run;
use crate::TrainError;
use crate::checkpoint::{Progress, State};
use crate::config::Training;
use crate::printer::Printer;
use crate::saved_run::SavedRun;

impl Run<'_> {
    /// The state before the first step: calibrated on the first batch, or taken from the run `begin`.
    ///
    /// # Errors
    ///
    /// The config does not fit the images, or `begin` does not fit the config.
    pub(super) fn start(
        &self,
        begin: Option<&SavedRun>,
        printer: &Printer,
    ) -> Result<State, TrainError> {
        let (stack, notes) = self.untrained(begin)?;
        notes.iter().for_each(|note| printer.note(note));
        let pixels = self.image_shape.iter().product();
        let (found, needed) = (stack.output_dim(), self.objective.output_dim(pixels));
        if found != needed {
            return Err(TrainError::OutputDim { found, needed });
        }
        if self.config.training.reseed_every > 0 {
            // An error now is better than one after some epochs.
            for (layer, expected) in stack.layers.iter().map(HopfieldLayer::dim).enumerate() {
                let what = "the training images, from which training.reseed_every takes patterns,";
                if pixels != expected {
                    let source = LayerError::WrongDimension { what, found: pixels, expected };
                    return Err(ModelError::Layer { layer, source }.into());
                }
            }
        }
        let Training { momentum, gradient_limit, .. } = self.config.training;
        Ok(State {
            sgd: Sgd::new(momentum, gradient_limit, &stack),
            stack,
            progress: Progress::default(),
            epoch_error: Tensor::zeros([1], &self.device),
        })
    }

    /// The error of the untrained stack on the images that epochs are measured on; infinite if it can't be made any more.
    pub(super) fn untrained_error(&self, begin: Option<&SavedRun>) -> f64 {
        let untrained = self.untrained(begin);
        untrained.map_or(f64::INFINITY, |(stack, _)| self.evaluate(&stack, self.measured()).error)
    }

    /// The stack before the first step, always the same, and notes for people.
    fn untrained(
        &self,
        begin: Option<&SavedRun>,
    ) -> Result<(HopfieldStack, Vec<String>), TrainError> {
        let first = self.batches.batch(0, &self.batches.order(0), 0);
        let config = self.config.stack(self.image_shape.iter().product());
        let stack = config.init(self.seeds.init, self.batches.images(), &first.states)?;
        let mut stack = stack.train();
        let notes = begin.map(|begin| self.begin_with(&mut stack, begin)).transpose()?;
        Ok((stack, notes.unwrap_or_default()))
    }

    /// Gives every layer the patterns, values and β of the same layer of a saved stack; the notes say where that one
    /// answered differently.
    fn begin_with(
        &self,
        stack: &mut HopfieldStack,
        begin: &SavedRun,
    ) -> Result<Vec<String>, TrainError> {
        let refuse =
            |problem: String| Err(TrainError::InitFrom { path: begin.path().into(), problem });
        let saved = begin.load(&self.device)?.stack;
        let mut notes = Vec::new();
        let mut note = |what: String| {
            notes.push(format!("note: init_from = \"{}\": {what}", begin.path().display()));
        };
        let (found, wanted) = (saved.is_residual(), stack.is_residual());
        if found != wanted {
            note(format!("its stack has residual = {found}, but the config has {wanted}"));
        }
        let (found, wanted) = (saved.layers.len(), stack.layers.len());
        if found != wanted {
            return refuse(format!("it has {found} layers; by the config there are {wanted}"));
        }
        for (index, (layer, saved)) in stack.layers.iter_mut().zip(saved.layers).enumerate() {
            let [found, wanted] = [&saved, &*layer].map(LayerSettings::from);
            if found.shape() != wanted.shape() {
                return refuse(format!(
                    "its layer {index} has {}; by the config it has {}",
                    found.shape(),
                    wanted.shape()
                ));
            }
            if found != wanted {
                note(format!(
                    "its layer {index} answers with {}, but by the config with {}",
                    found.way(),
                    wanted.way()
                ));
            }
            let plain = saved.valid();
            let values = plain.values.as_ref().map(|values| values.val());
            let values = move |own: Tensor<2>| values.unwrap_or(own);
            layer.update(|_| plain.patterns.val(), values, |_| plain.log_beta.val());
        }
        Ok(notes)
    }
}
