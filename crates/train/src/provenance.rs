//! Where a run's results come from: the config, the images, the programs.

use std::collections::BTreeMap;

use hopfield_data::{DataError, Dataset};
use hopfield_database::TrainedFrom;
use sha2::{Digest, Sha256};

use crate::config::Config;

/// The provenance of a run.
pub(crate) fn provenance(
    config: &Config,
    data: &Dataset,
    init_sha256: Option<String>,
) -> Result<TrainedFrom, DataError> {
    Ok(TrainedFrom {
        config_sha256: config.sha256(),
        data_sha256: data_sha256(data)?,
        init_sha256,
        seed: config.seed,
        versions: versions(&config.device),
    })
}

/// SHA-256 of all rows, scaled, as little-endian f32, and of their labels, as u32, in hexadecimal: whatever file they come from.
///
/// # Errors
///
/// They can't be read.
pub fn data_sha256(data: &Dataset) -> Result<String, DataError> {
    let mut hash = Sha256::new();
    for split in [&data.train, &data.test] {
        split.each_block(|rows| hash.update(hopfield_arrays::bytes(rows)))?;
        for label in split.labels().unwrap_or_default() {
            hash.update(label.to_le_bytes());
        }
    }
    Ok(format!("{:x}", hash.finalize()))
}

/// The version of Burn in the lock file.
const BURN: &str = "0.22.1";

fn versions(device: &str) -> BTreeMap<String, String> {
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    BTreeMap::from([
        ("hopfield-train".into(), env!("CARGO_PKG_VERSION").into()),
        ("burn".into(), BURN.into()),
        ("device".into(), device.into()),
        ("target".into(), target),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_burn_is_the_one_in_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"burn\"\nversion = \"{BURN}\"")));
    }
}
