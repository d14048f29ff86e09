//! The state that a process starts with: new, with the patterns of `init_from`, or from the last checkpoint.

use std::path::Path;

use burn::module::Module;
use burn::tensor::Tensor;
use hopfield_database::TrainedFrom;
use hopfield_layer::{
    HopfieldLayer, HopfieldLayerConfig, Init, LayerError, Separation, Similarity, distinct_patterns,
};
use hopfield_model::{HopfieldStack, ModelError, Sgd};

use super::run::Run;
use crate::TrainError;
use crate::checkpoint::{Progress, State};
use crate::config::Training;

impl Run<'_> {
    /// The state before the first step: calibrated on the first batch, or taken from `init_from`.
    ///
    /// # Errors
    ///
    /// The config does not fit the images, or `init_from` does not fit the config.
    pub(super) fn start(&self) -> Result<State, TrainError> {
        let (stack, notes) = self.untrained()?;
        notes.iter().for_each(|note| self.printer.note(note));
        let (pixels, found) = (self.pixels(), stack.output_dim());
        let needed = self.objective.output_dim(pixels);
        if found != needed {
            return Err(TrainError::Unfit(format!(
                "the last layer answers in dimension {found}, but images have {needed} pixels; give it values of the images' \
                 dimension with values = {{}}"
            )));
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
    pub(super) fn untrained_error(&self) -> f64 {
        let untrained = self.untrained();
        untrained.map_or(f64::INFINITY, |(stack, _)| self.evaluate(&stack, self.measured()).error)
    }

    /// The stack before the first step, always the same, and notes for people.
    fn untrained(&self) -> Result<(HopfieldStack, Vec<String>), TrainError> {
        let first = self.batches.batch(&mut self.batches.epoch(0), 0)?;
        let config = self.config.stack(self.pixels());
        let stack = config.init(self.seeds.init, self.batches.images(), &first.states)?;
        let mut stack = stack.train();
        let begin = self.config.init_from.as_deref().zip(self.begin.as_ref());
        let notes = match begin {
            Some((path, saved)) => begin_with(&mut stack, &config.layers, path, saved)?,
            None => self.copies(&stack),
        };
        Ok((stack, notes))
    }

    /// Warns of layers that begin with copies, because their patterns are training images and these have copies.
    fn copies(&self, stack: &HopfieldStack) -> Vec<String> {
        let host = |numbers: Tensor<2>| -> Vec<f32> { numbers.into_data().iter().collect() };
        let distinct = |numbers: &[f32], values: Option<&[f32]>, n| {
            distinct_patterns(0..n, numbers, values, [n, 1])
        };
        let images = self.batches.images();
        let warning = |(index, layer): (usize, &HopfieldLayer)| {
            let patterns = layer.pattern_count();
            let values = layer.values.as_ref().map(|values| host(values.val()));
            let numbers = host(layer.patterns.val());
            let different = distinct(&numbers, values.as_deref(), patterns);
            (different < patterns).then(|| {
                let [count, _] = images.dims();
                let of_images = distinct(&host(images.clone()), None, count);
                format!(
                    "warning: layers.{index}: only {different} of its {patterns} patterns differ, and copies stay copies: they \
                     begin as training images, of which {of_images} of {count} are distinct; start a new run with init = {{ kind \
                     = \"normal\" }}, or at most {of_images} patterns and init.kind = \"k_means++\""
                )
            })
        };
        let from_images = self
            .config
            .stack(self.pixels())
            .layers
            .into_iter()
            .map(|layer| matches!(layer.init, Init::Data | Init::KMeansPlusPlus));
        let layers = stack.layers.iter().enumerate().zip(from_images);
        layers.filter(|(_, drawn)| *drawn).filter_map(|(layer, _)| warning(layer)).collect()
    }

    /// The state of the checkpoint, if there is one yet.
    ///
    /// # Errors
    ///
    /// It can't be read, or belongs to another run.
    pub(super) fn resume(&self, checkpoint: &Path) -> Result<Option<State>, TrainError> {
        if !checkpoint.exists() {
            return Ok(None);
        }
        let (state, provenance) = State::load(checkpoint, &self.config.training, &self.device)?;
        if let Some(problem) = self.difference(&state.stack, &provenance) {
            return Err(TrainError::at(checkpoint, problem));
        }
        let (then, now) = (&provenance.versions, &self.provenance.versions);
        if then != now {
            self.printer.note(&format!(
                "note: the run was started with {then:?} and continues with {now:?}; it may not end with the same bytes"
            ));
        }
        Ok(Some(state))
    }

    /// Why a checkpoint with this stack and provenance is not one of this run, if it isn't.
    fn difference(&self, stack: &HopfieldStack, saved: &TrainedFrom) -> Option<String> {
        let now = &self.provenance;
        if saved.config_sha256 != now.config_sha256 {
            return Some("the checkpoint belongs to a run with another config".into());
        }
        let began_with = [
            (saved.data_sha256 == now.data_sha256, "images", "there are now"),
            (saved.init_sha256 == now.init_sha256, "patterns", "init_from has now"),
        ];
        if let Some((_, what, has_now)) = began_with.into_iter().find(|(same, ..)| !same) {
            return Some(format!(
                "the run began with other {what} than {has_now}; resume with the same, or start a new run with --run DIR"
            ));
        }
        let compared = compare(&stack.layers, &self.config.stack(self.pixels()).layers);
        let different = compared.map_or_else(Some, |others| others.into_iter().next());
        different.map(|problem| format!("{problem}; start a new run with --run DIR"))
    }
}

/// Gives every layer of `stack` the patterns, values and β of the same layer of the stack `saved` at `path`; the notes say
/// where that one answered differently.
fn begin_with(
    stack: &mut HopfieldStack,
    wanted: &[HopfieldLayerConfig],
    path: &Path,
    saved: &HopfieldStack,
) -> Result<Vec<String>, TrainError> {
    let say = |what: String| format!("init_from = \"{}\": {what}", path.display());
    let mut notes = Vec::new();
    let residual = saved.is_residual();
    if residual != stack.is_residual() {
        notes
            .push(format!("its stack has residual = {residual}, but the config has {}", !residual));
    }
    let compared = compare(&saved.layers, wanted);
    notes.extend(compared.map_err(|problem| TrainError::Unfit(say(problem)))?);
    for (layer, saved) in stack.layers.iter_mut().zip(&saved.layers) {
        let plain = saved.valid();
        let values = plain.values.as_ref().map(|values| values.val());
        let values = move |own: Tensor<2>| values.unwrap_or(own);
        layer.update(|_| plain.patterns.val(), values, |_| plain.log_beta.val());
    }
    Ok(notes.into_iter().map(|note| format!("note: {}", say(note))).collect())
}

/// Says which saved layers answer in another way than the config wants.
///
/// # Errors
///
/// Their number, or the shape of one, is not the config's.
fn compare(saved: &[HopfieldLayer], wanted: &[HopfieldLayerConfig]) -> Result<Vec<String>, String> {
    let (count, needed) = (saved.len(), wanted.len());
    if count != needed {
        return Err(format!("it has {count} layers; by the config there are {needed}"));
    }
    let mut others = Vec::new();
    for (index, (saved, wanted)) in saved.iter().zip(wanted).enumerate() {
        let values = saved.values.as_ref().map(|values| values.dims()[1]);
        let has = shape(saved.pattern_count(), saved.dim(), values, saved.heads());
        let values = wanted.values.map(|values| values.dim);
        let needed = shape(wanted.patterns, wanted.dim, values, wanted.heads);
        if has != needed {
            return Err(format!("its layer {index} has {has}; by the config it has {needed}"));
        }
        let way = way(saved.similarity, saved.separation, saved.steps);
        let needed = self::way(wanted.similarity, wanted.separation, wanted.steps);
        if way != needed {
            others.push(format!(
                "its layer {index} answers with {way}, but by the config with {needed}"
            ));
        }
    }
    Ok(others)
}

/// The numbers of a layer, for people.
fn shape(patterns: usize, dim: usize, values: Option<usize>, heads: usize) -> String {
    let values = values.map_or(String::new(), |dim| format!(", values of dimension {dim}"));
    let heads = if heads > 1 { format!(", {heads} heads") } else { String::new() };
    format!("{patterns} patterns of dimension {dim}{values}{heads}")
}

/// How a layer answers, for people.
fn way(similarity: Similarity, separation: Separation, steps: usize) -> String {
    let plural = if steps == 1 { "step" } else { "steps" };
    format!("{similarity:?}, {separation:?} and {steps} {plural}")
}
