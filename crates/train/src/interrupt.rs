//! How a user's Ctrl-C reaches a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::TrainError;

/// The exit code of a process that was interrupted.
pub const INTERRUPTED: u8 = 130;

/// How a user's Ctrl-C reaches a run.
#[derive(Debug, Default)]
pub struct Interrupt {
    asked: AtomicBool,
    /// Whether there is a state to save; before, the process may just end.
    training: AtomicBool,
}

impl Interrupt {
    /// Asked by Ctrl-C. Where there is nothing to save yet, and at the second time, the process ends at once with the exit code
    /// [`INTERRUPTED`].
    ///
    /// # Errors
    ///
    /// The system refuses, or Ctrl-C is handled already.
    pub fn by_ctrl_c() -> Result<Arc<Self>, TrainError> {
        let interrupt = Arc::new(Self::default());
        let asked = Arc::clone(&interrupt);
        let handled = ctrlc::set_handler(move || {
            if !asked.ask() {
                std::process::exit(INTERRUPTED.into());
            }
        });
        handled.map_err(|error| TrainError::Unfit(format!("Ctrl-C can't be handled: {error}")))?;
        Ok(interrupt)
    }

    /// Asks the run to save and stop. Gives whether it will: not if it has nothing to save yet, or has
    /// been asked before.
    pub fn ask(&self) -> bool {
        self.training.load(Ordering::Relaxed) && !self.asked.swap(true, Ordering::Relaxed)
    }

    /// Asks the run to save and stop as soon as there is something to save.
    pub fn stop(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// From now on there is something to save or to wait for: the first Ctrl-C asks, and does not end the process.
    pub fn training_begins(&self) {
        self.training.store(true, Ordering::Relaxed);
    }

    /// Whether the run is to save and stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
