//! Settings that do not fit each other.

use hopfield_layer::InvalidSetting;

/// The error for a setting outside its allowed range.
pub(crate) fn invalid(
    field: &'static str,
    value: impl ToString,
    allowed: impl Into<String>,
) -> InvalidSetting {
    InvalidSetting { field, value: value.to_string(), allowed: allowed.into() }
}
