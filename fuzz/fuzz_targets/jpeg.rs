//! See `hopfield_fuzz::jpeg`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::jpeg(content));
