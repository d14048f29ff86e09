//! See `hopfield_fuzz::npy`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::npy(content));
