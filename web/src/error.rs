//! Errors, as JavaScript gets them.

use std::fmt::Display;

use wasm_bindgen::JsError;

/// An error whose message is this text.
pub(crate) fn js(error: impl Display) -> JsError {
    JsError::new(&error.to_string())
}
