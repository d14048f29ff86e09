//! See `hopfield_fuzz::npz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::npz(content));
