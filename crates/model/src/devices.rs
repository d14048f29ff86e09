//! Work for several devices at once.

use std::panic;
use std::thread;
use std::time::Duration;

/// Time between two looks at whether there is something to do: little, compared with a step.
const IDLE: Duration = Duration::from_micros(20);

/// Does the work of all devices at once, one thread each, and returns the results in order. A single piece of work is done
/// on this thread.
///
/// # Panics
///
/// If one of them panics.
pub(crate) fn on_all<T: Send, W: FnOnce() -> T + Send>(work: impl Iterator<Item = W>) -> Vec<T> {
    let mut work: Vec<W> = work.collect();
    if work.len() == 1 {
        return work.drain(..).map(|work| work()).collect();
    }
    thread::scope(|scope| {
        let running: Vec<_> = work.into_iter().map(|work| scope.spawn(work)).collect();
        // This thread may belong to Rayon's pool, or be all of it, so the others may depend on it: it must not just wait.
        while !running.iter().all(thread::ScopedJoinHandle::is_finished) {
            if rayon::yield_now() != Some(rayon::Yield::Executed) {
                thread::sleep(IDLE);
            }
        }
        let joined = running.into_iter().map(|running| running.join());
        joined.map(|found| found.unwrap_or_else(|reason| panic::resume_unwind(reason))).collect()
    })
}
