//! Turns panics of libraries into errors.

use std::panic;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// The messages of panics, on any thread, while [`quietly`] runs.
static RECORDED: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Runs `work` of a library that panics where it should return an error. A panic that reaches this thread, even from
/// a thread of the library, becomes an error, and nothing is printed. One call runs at a time.
///
/// # Errors
///
/// The message of the first panic, which caused the others.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T + panic::UnwindSafe) -> Result<T, String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    static HOOK: Once = Once::new();
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| match recorded().as_mut() {
            Some(messages) => messages.push(info.payload_as_str().unwrap_or("unknown").to_owned()),
            None => before(info),
        }));
    });
    *recorded() = Some(Vec::new());
    let result = panic::catch_unwind(work);
    let messages = recorded().take().unwrap_or_default();
    result.map_err(|_| messages.into_iter().next().unwrap_or_default())
}

fn recorded() -> MutexGuard<'static, Option<Vec<String>>> {
    RECORDED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(quietly(|| 3), Ok(3));
        let number = 7;
        assert_eq!(quietly(|| -> u8 { panic!("no {number}") }), Err("no 7".to_owned()));
        assert_eq!(quietly(|| -> u8 { panic!("no") }), Err("no".to_owned()));
        let elsewhere = || std::thread::spawn(|| -> u8 { panic!("the cause") }).join().unwrap();
        assert_eq!(quietly(elsewhere), Err("the cause".to_owned()));
        assert!(recorded().is_none());
    }
}
