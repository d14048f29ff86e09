//! IDX files (plain and gzip-compressed) and PNG pictures: no panic, no more memory than the file can hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    if let Ok(pixels) = hopfield_data::images_in("fuzz", content, [2, 3], hopfield_data::Ink::White) {
        assert_eq!(pixels.len() % 6, 0);
    }
});
