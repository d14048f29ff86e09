//! See `hopfield_fuzz::csv`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::csv(content));
