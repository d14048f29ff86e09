//! Why a run ended without a result.

use std::io;
use std::path::{Path, PathBuf};

use hopfield_arrays::ArrayError;
use hopfield_data::DataError;
use hopfield_database::ExportError;
use hopfield_model::{ModelError, ObjectiveError};
use thiserror::Error;

use crate::config::Problem;

/// Why a run ended without a result.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The config has problems; all of them are listed.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nerror: "))]
    Config(Vec<Problem>),
    /// The program was built without any device.
    #[error("no device was compiled in; build with a feature such as --features flex")]
    NoDevice,
    /// The images can't be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The stack can't be made.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The results can't be exported.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The pattern database of `init_from` does not fit the config.
    #[error("init_from = \"{}\": {problem}", path.display())]
    InitFrom {
        /// The run folder or file.
        path: PathBuf,
        /// How they differ.
        problem: String,
    },
    /// The config keeps back more images than there are.
    #[error(
        "data.validation = {validation}; allowed: a whole number below the number of training images, {images}"
    )]
    Validation {
        /// How many the config keeps back.
        validation: usize,
        /// How many there are.
        images: usize,
    },
    /// The task does not fit the images.
    #[error("task.{0}")]
    Task(ObjectiveError),
    /// Nothing more can be learned.
    #[error(
        "training is stuck in epoch {epoch}: task.{source}, and start a new run with --run DIR"
    )]
    Stuck {
        /// The epoch, from 1.
        epoch: u64,
        /// Why.
        source: ObjectiveError,
    },
    /// The last layer answers in another dimension than the task needs.
    #[error(
        "the last layer answers in dimension {found}, but images have {needed} pixels; give it values of the images' \
         dimension with values = {{}}"
    )]
    OutputDim {
        /// The dimension of its answers.
        found: usize,
        /// The dimension needed.
        needed: usize,
    },
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The run folder is not what it should be.
    #[error("{}: {problem}", path.display())]
    RunFolder {
        /// The folder.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A checkpoint or a pattern database is damaged, or is none.
    #[error(transparent)]
    Database(#[from] ArrayError),
    /// There is no such device. (A device in a config is reported as a problem of the config.)
    #[error("--device {name}; allowed: {allowed}")]
    UnknownDevice {
        /// The name asked for.
        name: String,
        /// What is allowed.
        allowed: String,
    },
    /// The device can't be used.
    #[error(
        "device {name} can't be used here: {reason}\nhint: train on the CPU with --device flex"
    )]
    Device {
        /// Its name.
        name: String,
        /// What its driver or library said.
        reason: String,
    },
    /// The training diverged.
    #[error(
        "training diverged in epoch {epoch}: a number is not finite any more{}\n\
         hint: lower training.learning_rate or training.beta_learning_rate, or set a (smaller) training.gradient_limit, and start a new run with --run DIR",
        checkpoint.as_ref().map_or(String::new(), |path| format!("; the last good checkpoint is {}", path.display()))
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: u64,
        /// The last good checkpoint, if there is one.
        checkpoint: Option<PathBuf>,
    },
}

impl TrainError {
    /// The exit code: 1 if the training failed, 2 if the config, the data or the run folder has to be changed first.
    pub fn exit_code(&self) -> u8 {
        match self {
            TrainError::Diverged { .. } | TrainError::Stuck { .. } => 1,
            _ => 2,
        }
    }

    /// The training diverged in `epoch`; `checkpoint` holds a good state.
    pub(crate) fn diverged(epoch: u64, checkpoint: Option<&PathBuf>) -> Self {
        TrainError::Diverged { epoch, checkpoint: checkpoint.cloned() }
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| TrainError::Io { path: path.into(), source }
    }
}
