//! A training that begins where another ended.

use burn::module::Module;
use burn::tensor::Tensor;
use hopfield_layer::HopfieldLayer;
use hopfield_model::HopfieldStack;

use super::Run;
use crate::TrainError;
use crate::printer::Printer;
use crate::saved_run::SavedRun;

impl Run<'_> {
    /// Gives every layer the patterns, values and β of the same layer of a saved stack; says so if they answered in
    /// another way than the config's.
    pub(super) fn begin_with(
        &self,
        stack: &mut HopfieldStack,
        begin: &SavedRun,
        printer: &Printer,
    ) -> Result<(), TrainError> {
        let refuse =
            |problem: String| Err(TrainError::InitFrom { path: begin.path().into(), problem });
        let saved = begin.load(&self.device)?.stack;
        let note = |what: String| {
            printer.note(&format!("note: init_from = \"{}\": {what}", begin.path().display()));
        };
        if saved.is_residual() != stack.is_residual() {
            note(format!(
                "its stack has residual = {}, the config's the contrary",
                saved.is_residual()
            ));
        }
        let (found, wanted) = (saved.layers.len(), stack.layers.len());
        if found != wanted {
            return refuse(format!("it has {found} layers; by the config there are {wanted}"));
        }
        for (index, (layer, saved)) in stack.layers.iter_mut().zip(saved.layers).enumerate() {
            let (found, wanted) = (shape(&saved), shape(layer));
            if found != wanted {
                return refuse(format!(
                    "its layer {index} has {found}; by the config it has {wanted}"
                ));
            }
            let ways = [&saved, &*layer].map(way);
            if ways[0] != ways[1] {
                note(format!(
                    "its layer {index} answers with {}; the config's with {}",
                    ways[0], ways[1]
                ));
            }
            let plain = saved.valid();
            let values = plain.values.as_ref().map(|values| values.val());
            let values = move |own: Tensor<2>| values.unwrap_or(own);
            layer.update(|_| plain.patterns.val(), values, |_| plain.log_beta.val());
        }
        Ok(())
    }
}

/// How a layer answers.
pub(super) fn way(layer: &HopfieldLayer) -> String {
    let steps = if layer.steps == 1 { "step" } else { "steps" };
    format!("{:?}, {:?} and {} {steps}", layer.similarity, layer.separation, layer.steps)
}

pub(super) fn shape(layer: &HopfieldLayer) -> String {
    let values =
        layer.values.as_ref().map(|values| format!(", values of dimension {}", values.dims()[1]));
    let heads =
        if layer.heads() > 1 { format!(", {} heads", layer.heads()) } else { String::new() };
    format!(
        "{} patterns of dimension {}{}{heads}",
        layer.pattern_count(),
        layer.dim(),
        values.unwrap_or_default()
    )
}
