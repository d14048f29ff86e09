//! What `--version` says.

use std::sync::OnceLock;

use crate::device;

/// The version of this package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that was built, as the first digits of its hash, or `unknown`.
pub const COMMIT: &str = env!("HOPFIELD_COMMIT");

/// Version, commit, compiled backends, and the vector instructions that are used on this CPU.
pub fn long() -> &'static str {
    static LONG: OnceLock<String> = OnceLock::new();
    LONG.get_or_init(|| {
        format!(
            "{VERSION}\ncommit: {COMMIT}\nbackends: {}\nvector instructions: {}",
            device::names(true),
            hopfield_kernels::vector_instructions()
        )
    })
}
