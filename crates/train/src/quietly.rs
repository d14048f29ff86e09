//! Turns panics of libraries into errors.

use std::ffi::OsStr;
use std::panic::{self, PanicHookInfo};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// The messages of panics while [`quietly`] runs, and since [`expect_panics`]: on any thread, in the order of time.
static QUIET: Mutex<Option<Vec<String>>> = Mutex::new(None);
static LIBRARIES: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Runs `work` of a library that panics where it should return an error. A panic that reaches this thread, even from
/// a thread of the library, becomes an error, and nothing is printed. One call runs at a time.
///
/// # Errors
///
/// The message of the first panic, which caused the others.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T + panic::UnwindSafe) -> Result<T, String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    set_hook();
    *lock(&QUIET) = Some(Vec::new());
    let result = panic::catch_unwind(work);
    let messages = lock(&QUIET).take().unwrap_or_default();
    result.map_err(|_| messages.into_iter().next().unwrap_or_default())
}

/// From now on, libraries may panic for reasons that are no fault of ours.
pub(crate) fn expect_panics() {
    *lock(&LIBRARIES) = Some(Vec::new());
}

/// Runs the work of a whole program. A panic of a library that reaches this thread becomes an error, and nothing is printed, if it
/// was [expected](expect_panics); any other goes on.
///
/// # Errors
///
/// The message of the first panic of a library.
pub(crate) fn in_libraries<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    set_hook();
    let result = panic::catch_unwind(panic::AssertUnwindSafe(work));
    let messages = lock(&LIBRARIES).take().unwrap_or_default();
    result.or_else(|panic| match messages.into_iter().next() {
        Some(message) => Err(message),
        None => panic::resume_unwind(panic),
    })
}

fn set_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let message = || info.payload_as_str().unwrap_or("unknown").to_owned();
            if let Some(messages) = lock(&QUIET).as_mut() {
                messages.push(message());
            } else if let Some(messages) = lock(&LIBRARIES).as_mut()
                && is_of_a_library(info)
            {
                messages.push(message());
            } else {
                before(info);
            }
        }));
    });
}

/// Whether the panic is none of our own code. What Burn reads from a device panics where it was asked for.
fn is_of_a_library(info: &PanicHookInfo<'_>) -> bool {
    !info.location().is_some_and(|at| is_ours(Path::new(at.file())))
        || info.payload_as_str().is_some_and(|message| message.starts_with("Error while reading"))
}

/// Files of the workspace have relative paths; in a registry, they are in the folders of our packages.
fn is_ours(file: &Path) -> bool {
    let is_package = |folder: &OsStr| folder.to_string_lossy().starts_with("hopfield-");
    file.is_relative() || file.iter().any(is_package)
}

fn lock(messages: &'static Mutex<Option<Vec<String>>>) -> MutexGuard<'static, Option<Vec<String>>> {
    messages.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_files_are_told_from_those_of_libraries() {
        let registry = "/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f";
        assert!(is_ours(Path::new(file!())));
        assert!(is_ours(Path::new(&format!("{registry}/hopfield-train-0.2.0/src/device.rs"))));
        assert!(!is_ours(Path::new(&format!("{registry}/burn-flex-0.22.1/src/lib.rs"))));
    }

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(quietly(|| 3), Ok(3));
        let number = 7;
        assert_eq!(quietly(|| -> u8 { panic!("no {number}") }), Err("no 7".to_owned()));
        assert_eq!(quietly(|| -> u8 { panic!("no") }), Err("no".to_owned()));
        let elsewhere = || std::thread::spawn(|| -> u8 { panic!("the cause") }).join().unwrap();
        assert_eq!(quietly(elsewhere), Err("the cause".to_owned()));
        assert!(lock(&QUIET).is_none());
    }
}
