//! How a user's Ctrl-C reaches a run.

use std::sync::atomic::{AtomicBool, Ordering};

/// How a user's Ctrl-C reaches a run.
#[derive(Debug, Default)]
pub struct Interrupt {
    asked: AtomicBool,
    /// Whether there is a state to save; before, the process may just end.
    training: AtomicBool,
}

impl Interrupt {
    /// Asks the run to save and stop. Gives whether it will: not if it has nothing to save yet, or has
    /// been asked before.
    pub fn ask(&self) -> bool {
        self.training.load(Ordering::Relaxed) && !self.asked.swap(true, Ordering::Relaxed)
    }

    /// Asks the run to save and stop as soon as there is something to save.
    pub fn stop(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// From now on there is a state to save.
    pub(crate) fn training_begins(&self) {
        self.training.store(true, Ordering::Relaxed);
    }

    /// Whether the run is to save and stop.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
