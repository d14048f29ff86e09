//! See `hopfield_fuzz::png`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::png(content));
