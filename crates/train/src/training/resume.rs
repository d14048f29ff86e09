//! The state that an earlier process left in the run folder.

use hopfield_database::TrainedFrom;
use hopfield_layer::HopfieldLayerConfig;
use hopfield_model::HopfieldStack;

use super::layers::{settings, shape, way};
use super::run::Run;
use crate::TrainError;
use crate::checkpoint::State;
use crate::printer::Printer;
use crate::run_folder::RunFolder;

impl Run<'_> {
    /// The state of the last checkpoint, if there is one yet.
    ///
    /// # Errors
    ///
    /// It can't be read, or belongs to another run.
    pub(super) fn resume(
        &self,
        folder: &RunFolder,
        printer: &Printer,
    ) -> Result<Option<State>, TrainError> {
        let path = folder.last_checkpoint();
        if !path.exists() {
            return Ok(None);
        }
        let (state, provenance) = State::load(&path, &self.config.training, &self.device)?;
        match self.difference(&state.stack, &provenance) {
            Some(problem) => Err(TrainError::RunFolder { path, problem }),
            None => {
                let (then, now) = (&provenance.versions, &self.provenance.versions);
                if then != now {
                    printer.note(&format!(
                        "note: the run was started with {then:?} and continues with {now:?}; it may not end with the same bytes"
                    ));
                }
                Ok(Some(state))
            }
        }
    }

    /// Why a checkpoint with this stack and provenance is not one of this run, if it isn't.
    fn difference(&self, stack: &HopfieldStack, saved: &TrainedFrom) -> Option<String> {
        let now = &self.provenance;
        if saved.config_sha256 != now.config_sha256 {
            return Some("the checkpoint belongs to a run with another config".into());
        }
        let changed = if saved.data_sha256 != now.data_sha256 {
            Some(("images", "there are now"))
        } else if saved.init_sha256 != now.init_sha256 {
            Some(("patterns", "init_from has now"))
        } else {
            None
        };
        if let Some((what, has_now)) = changed {
            return Some(format!(
                "the run began with other {what} than {has_now}; resume with the same, or start a new run with --run DIR"
            ));
        }
        let wanted = self.config.stack(self.image_shape.iter().product());
        let (count, wanted) = (stack.layers.len(), wanted.layers);
        let found = stack.layers.iter().zip(&wanted).map(|(layer, wanted)| settings(layer, wanted));
        let found: Vec<_> = found.collect();
        let shown = |layers: &[HopfieldLayerConfig]| -> Vec<String> {
            layers.iter().map(|layer| format!("{}, {}", shape(layer), way(layer))).collect()
        };
        (found != wanted || count != wanted.len()).then(|| {
            format!(
                "it holds {count} layers of {:?}, but by the config they are {:?}; start a new run with --run DIR",
                shown(&found),
                shown(&wanted)
            )
        })
    }
}
