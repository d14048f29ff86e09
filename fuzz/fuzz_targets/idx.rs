//! See `hopfield_fuzz::idx`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::idx(content));
