//! See `hopfield_fuzz::pytorch`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::pytorch(content));
