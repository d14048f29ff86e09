//! See `hopfield_fuzz::config`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::config(content));
