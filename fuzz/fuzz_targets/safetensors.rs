//! See `hopfield_fuzz::safetensors`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::safetensors(content));
