//! See `hopfield_fuzz::parquet`.
#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| hopfield_fuzz::parquet(content));
