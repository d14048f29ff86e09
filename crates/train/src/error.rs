//! Why a run ended without a result.

use std::io;
use std::path::{Path, PathBuf};

use hopfield_data::DataError;
use hopfield_database::{DatabaseError, ExportError};
use hopfield_model::ModelError;
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
    /// The pattern database to begin with does not fit the config.
    #[error("init_from = \"{}\": {problem}", path.display())]
    InitFrom {
        /// The run folder or file.
        path: PathBuf,
        /// How they differ.
        problem: String,
    },
    /// More images are to be kept back than there are.
    #[error(
        "data.validation = {validation}; allowed: a whole number below the number of training images, {images}"
    )]
    Validation {
        /// How many are to be kept back.
        validation: usize,
        /// How many there are.
        images: usize,
    },
    /// There are other labels than the classifier has.
    #[error(
        "there is an image with the label {largest}, but task.labels = {labels}; allowed: {} or more, for labels from 0 to {largest}",
        largest + 1
    )]
    Labels {
        /// The largest label.
        largest: usize,
        /// How many the classifier has.
        labels: usize,
    },
    /// A classifier is told from other stacks by that it answers in another dimension than it takes.
    #[error(
        "task.labels = {labels}, which is the number of pixels of an image; allowed: any other number"
    )]
    AsManyLabelsAsPixels {
        /// How many labels there are to be.
        labels: usize,
    },
    /// No image has a gradient.
    #[error(
        "no image of epoch {epoch} has a gradient, though most have wrong labels: the label units are saturated at task.temperature = {temperature}; raise it (about .7 times the number of pixels is a good start), and start a new run with --run DIR"
    )]
    Saturated {
        /// The epoch, from 1.
        epoch: u64,
        /// T
        temperature: f64,
    },
    /// The last layer does not answer with images.
    #[error(
        "the last layer answers in dimension {found}, but images have {pixels} pixels; give it values of the images' \
         dimension with values = {{}}"
    )]
    OutputDim {
        /// The dimension of its answers.
        found: usize,
        /// Pixels of an image.
        pixels: usize,
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
    Database(#[from] DatabaseError),
    /// There is no such device. (One that a config asks for is a problem of the config.)
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
        "training diverged in epoch {epoch}: its numbers are not finite any more{}\n\
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
    /// The exit code: 1 if the training failed, 2 for everything that the user can mend before it.
    pub fn exit_code(&self) -> u8 {
        match self {
            TrainError::Diverged { .. } | TrainError::Saturated { .. } => 1,
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
