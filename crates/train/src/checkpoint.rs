//! The whole state of a training in one file: a run resumed from it goes on as if it had never stopped, bit for bit.

use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use hopfield_database::{DatabaseFile, PatternDatabase, Provenance, TrainedFrom, invalid_metadata};
use hopfield_model::{HopfieldStack, Sgd};
use serde::{Deserialize, Serialize};

use crate::TrainError;
use crate::config::Training;
use crate::run_folder::write_whole;

/// How far the training has got.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Epochs completed.
    pub(crate) epochs: u64,
    /// Batches done of the current epoch.
    pub(crate) batches: u64,
    /// The lowest error so far, of those measured after each epoch.
    #[serde(alias = "best_mse")]
    pub(crate) best_error: Option<f64>,
    /// Images of the current epoch that had a gradient.
    #[serde(default)]
    pub(crate) learning: usize,
}

/// The state of a training.
pub(crate) struct State {
    pub(crate) stack: HopfieldStack,
    pub(crate) sgd: Sgd,
    pub(crate) progress: Progress,
    /// The objective's error, summed over the images of the current epoch: `[1]`.
    pub(crate) epoch_error: Tensor<1>,
}

const PROGRESS: &str = "training";
const EPOCH_ERROR: &str = "epoch_squared_error";

impl State {
    /// Saves the state in each of `paths`: the pattern database, with the velocities of SGD and the progress.
    ///
    /// # Errors
    ///
    /// A number is not finite, so the state could not be loaded again; or a file can't be written.
    pub(crate) fn save(
        &self,
        paths: &[PathBuf],
        database: &PatternDatabase,
    ) -> Result<(), TrainError> {
        let mut archive = database.to_archive();
        for (name, velocity) in self.sgd.state() {
            archive.put_data(name, &velocity);
        }
        archive.put(EPOCH_ERROR.into(), &self.epoch_error);
        archive.metadata[PROGRESS] =
            serde_json::to_value(&self.progress).expect("progress is plain data");
        if archive.not_finite().is_some() {
            let Progress { epochs, batches, .. } = self.progress;
            let epoch = epochs + u64::from(batches > 0);
            return Err(TrainError::diverged(epoch, paths));
        }
        let bytes = archive.to_bytes();
        paths.iter().try_for_each(|path| write_whole(path, &bytes))
    }

    /// Loads a state, and the provenance that it was saved with.
    ///
    /// # Errors
    ///
    /// The file can't be read, or is not a checkpoint.
    pub(crate) fn load(
        path: &Path,
        training: &Training,
        device: &Device,
    ) -> Result<(Self, TrainedFrom), TrainError> {
        let mut file = DatabaseFile::open(path)?;
        let PatternDatabase { stack, provenance, .. } = file.load(device)?;
        let invalid = |problem: String| invalid_metadata(&path.display().to_string(), problem);
        let Provenance::Trained(provenance) = provenance else {
            return Err(invalid("it was imported, not trained".into()).into());
        };
        let progress = Progress::deserialize(&file.metadata[PROGRESS]);
        let (momentum, limit) = (training.momentum, training.gradient_limit);
        let state = Self {
            progress: progress.map_err(|error| invalid(error.to_string()))?,
            sgd: Sgd::with_state(momentum, limit, &stack, |name, shape| file.data(name, shape))?,
            epoch_error: Tensor::from_data(file.data(EPOCH_ERROR, &[1])?, device),
            stack: stack.train(),
        };
        Ok((state, provenance))
    }
}
