//! Why a run ended without a result.

use std::fmt::Display;
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
    /// The images can't be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The stack can't be made.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The results can't be exported.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The config asks for what these images, this machine or a saved stack can't give, or a run folder is not what it should
    /// be. The text says what is wrong and what to do.
    #[error("{0}")]
    Unfit(String),
    /// Something that the config names is not there, or is not what it should be.
    #[error("{source}{hint}")]
    Named {
        /// What is wrong.
        source: Box<TrainError>,
        /// Where that was named, and how to name another place; begins a line.
        hint: String,
    },
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
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A checkpoint or a pattern database is damaged, or is none.
    #[error(transparent)]
    Database(#[from] ArrayError),
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

    /// The training diverged in `epoch`; the first of `paths` that exists holds a good state.
    pub(crate) fn diverged(epoch: u64, paths: &[PathBuf]) -> Self {
        Self::Diverged { epoch, checkpoint: paths.iter().find(|path| path.exists()).cloned() }
    }

    /// A file or folder is not what it should be.
    pub(crate) fn at(path: &Path, problem: impl Display) -> Self {
        Self::Unfit(format!("{}: {problem}", path.display()))
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| TrainError::Io { path: path.into(), source }
    }
}
