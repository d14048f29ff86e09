//! Dense Hopfield networks in a browser: a stack that is trained there, the networks that are stored, and what both answer, compiled
//! to WebAssembly. `web/page` has the pages that call it; `web/build` makes the site.
//!
//! Every function that JavaScript calls is a thin wrapper; what it wraps is ordinary Rust, and tested as such.

mod choices;
mod digits;
mod error;
mod memory;
mod network;
mod settings;
mod training;

/// A panic is a bug; JavaScript gets its message as an error, instead of "unreachable".
#[cfg(target_family = "wasm")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        wasm_bindgen::throw_str(&format!("This is a bug; please reload the page. ({panic})"))
    }));
}

pub use choices::choices;
pub use digits::Digits;
pub use memory::Memory;
pub use network::Network;
pub use settings::Settings;
pub use training::Training;
