//! npz files (and whatever else their first bytes may make of them).
#![no_main]

mod arrays;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| arrays::read(content));
