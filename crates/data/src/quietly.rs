//! Panics of other people's libraries as errors.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` of a library that panics where it should give an error: a panic on this thread becomes an
/// error with the panic's message, and nothing is printed.
///
/// # Errors
///
/// The message of the panic.
pub fn quietly<T>(work: impl FnOnce() -> T + panic::UnwindSafe) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    QUIET.set(true);
    let result = panic::catch_unwind(work);
    QUIET.set(false);
    result.map_err(|payload| match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => match payload.downcast::<&str>() {
            Ok(message) => (*message).to_owned(),
            Err(_) => "unknown reason".to_owned(),
        },
    })
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
        assert!(!QUIET.get());
    }
}
