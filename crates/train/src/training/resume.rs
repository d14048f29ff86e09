//! The state that an earlier process left in the run folder.

use hopfield_model::{HopfieldStack, TrainedFrom};

use super::layers::LayerSettings;
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
        let wanted: Vec<LayerSettings> = wanted.layers.iter().map(Into::into).collect();
        let found: Vec<LayerSettings> = stack.layers.iter().map(Into::into).collect();
        let shown = |layers: &[LayerSettings]| -> Vec<String> {
            layers.iter().map(|layer| format!("{}, {}", layer.shape(), layer.way())).collect()
        };
        (found != wanted).then(|| {
            format!(
                "it holds layers of {:?}, but by the config they are {:?}; start a new run with --run DIR",
                shown(&found),
                shown(&wanted)
            )
        })
    }
}
