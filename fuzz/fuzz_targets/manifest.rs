//! See `hopfield_fuzz::manifest`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::manifest(content));
