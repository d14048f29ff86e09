//! Fuzz targets for everything that reads other people's files: none may panic, hang, take more memory than the file can
//! hold, or give out a number that is not finite. Where plain bytes would not get past a checksum or a length, a target
//! packs them itself: an array into an archive, a header in front of its data.
//!
//! The seeds in `corpus` are one folder per target.

#![forbid(unsafe_code)]

mod arrays;
mod images;
mod settings;

pub use arrays::{csv, npy, npz, parquet, pytorch, safetensors};
pub use images::{idx, jpeg, png};
pub use settings::{config, manifest};

/// Takes the content of a file.
pub type Target = fn(&[u8]);

/// All targets by name, which is that of their folder of seeds, too.
pub const TARGETS: &[(&str, Target)] = &[
    ("config", config),
    ("csv", csv),
    ("idx", idx),
    ("jpeg", jpeg),
    ("manifest", manifest),
    ("npy", npy),
    ("npz", npz),
    ("parquet", parquet),
    ("png", png),
    ("pytorch", pytorch),
    ("safetensors", safetensors),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::panic::catch_unwind;
    use std::path::Path;

    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// Damage as fuzzers do it: bits, bytes and lengths that are liked for their trouble, parts left out or doubled.
    fn damage(content: &mut Vec<u8>, random: &mut ChaCha8Rng) {
        for _ in 0..random.random_range(1..4) {
            let end = content.len();
            let at = random.random_range(0..=end);
            let length = random.random_range(0..9).min(end - at);
            match random.random_range(0..5) {
                0 if at < end => content[at] ^= 1 << random.random_range(0..8),
                1 if at < end => content[at] = random.random(),
                2 => content[at..at + length].fill(*[0, 0x7f, 0xff].get(end % 3).unwrap()),
                3 => drop(content.drain(at..at + length)),
                _ => {
                    let part = content[at..at + length].to_vec();
                    content.splice(at..at, part);
                }
            }
        }
    }

    #[test]
    fn damaged_files_are_errors() {
        for (name, target) in TARGETS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
            let mut seeds: Vec<_> =
                fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            seeds.sort();
            assert!(!seeds.is_empty(), "no seeds in {}", folder.display());
            let mut random = ChaCha8Rng::seed_from_u64(1);
            for seed in seeds {
                let whole = fs::read(&seed).unwrap();
                target(&whole);
                for _ in 0..500 {
                    let mut content = whole.clone();
                    damage(&mut content, &mut random);
                    if catch_unwind(|| target(&content)).is_err() {
                        let kept = std::env::temp_dir().join(format!("fuzz-{name}"));
                        fs::write(&kept, &content).unwrap();
                        panic!("{name}, from {}: {} breaks it", seed.display(), kept.display());
                    }
                }
            }
        }
    }
}
